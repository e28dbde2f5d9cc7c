"""Several processes that log into one store at once: points a second in the database."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from nbtrack.api import Store
from nbtrack.config import load_config
from nbtrack.store.checking import check_database
from tests.postgresql_server import running_postgresql

PROCESSES = 8
POINTS = 20_000
"""That each process logs, one a call."""

GOALS = {"SQLite": 15_000, "PostgreSQL": 50_000}
WORK = f"""
import json, sys, time
import nbtrack
store = nbtrack.connect(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
slowest = 0.0
with store.start_run() as run:
    for step in range({POINTS}):
        started = time.perf_counter()
        run.log_metric("loss", 0.5, step)
        slowest = max(slowest, time.perf_counter() - started)
whole = store.recorder.delivery.flush(300)
print(json.dumps([whole, slowest]), flush=True)
"""


def measure_writers(folder: Path) -> str:
    """Return a Markdown table for both databases."""
    lines = [
        f"{PROCESSES} processes, {POINTS:,} points each, until all are in the database.",
        "",
        "| store | points a second | lost | slowest call | goal |",
        "| --- | ---: | ---: | ---: | --- |",
        _line("SQLite", f"sqlite:///{folder / 'writers' / 'runs.db'}", folder),
    ]
    with running_postgresql() as url:
        lines.append(_line("PostgreSQL", url, folder))
    return "\n".join(lines)


def _line(name: str, url: str, folder: Path) -> str:
    environment = {
        **os.environ,
        "NBTRACK_OUTBOX": str(folder / "writers-outbox"),
        "JUPYTER_DATA_DIR": str(folder / "writers-data"),
    }
    Store(load_config(url)).database.close()
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", WORK, url],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
        )
        for _ in range(PROCESSES)
    ]  # fmt: skip
    for process in processes:
        _read(process)
    started = time.perf_counter()
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    found = [json.loads(_read(process)) for process in processes]
    seconds = time.perf_counter() - started
    for process in processes:
        process.communicate(timeout=60)
    slowest = max(slowest for _, slowest in found) * 1000
    store = Store(load_config(url))
    frame = store.runs()
    lost = PROCESSES * POINTS - len(store.history(list(frame.run_id)))
    problems = [finding for finding in check_database(store.database) if finding.is_problem]
    store.close()
    if problems or not all(whole for whole, _ in found):
        raise RuntimeError(f"{name}: {problems or found}")
    rate, goal = PROCESSES * POINTS / seconds, GOALS[name]
    verdict = "reached" if rate >= goal else "MISSED"
    return f"| {name} | {rate:,.0f} | {lost} | {slowest:.0f} ms | ≥ {goal:,}: {verdict} |"


def _read(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()

"""The same logging work by one tracker, in that tracker's own environment.

``python peer_work.py TRACKER FOLDER`` prints as JSON what was measured, in seconds. This file runs
where nothing of nbtrack or its tests may be installed.
"""

from __future__ import annotations

import json
import os
import sqlite3
import statistics
import struct
import sys
import time
from pathlib import Path
from typing import Any

CALLS = {"mlflow": 300}
KEYS = 100
MANY = 10_000
MANY_CALLS = {"mlflow": 300}


class Append:
    """A raw append of 24-byte records: the limit."""

    def __init__(self, folder: Path) -> None:
        self.file = os.open(folder / "points", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def log(self, values: dict[str, float], step: int) -> None:
        record = struct.pack("<qqd", step, 0, 0.0)
        os.write(self.file, record * len(values))

    def end(self) -> None:
        os.close(self.file)


class Sqlite:
    """One transaction in SQLite for each call."""

    def __init__(self, folder: Path) -> None:
        self.connection = sqlite3.connect(folder / "points.db", isolation_level=None)
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute("PRAGMA synchronous = NORMAL")
        self.connection.execute("CREATE TABLE IF NOT EXISTS points (key, step, time, value)")

    def log(self, values: dict[str, float], step: int) -> None:
        rows = [(key, step, time.time(), value) for key, value in values.items()]
        self.connection.execute("BEGIN")
        self.connection.executemany("INSERT INTO points VALUES (?, ?, ?, ?)", rows)
        self.connection.execute("COMMIT")

    def end(self) -> None:
        self.connection.close()


class Nbtrack:
    """The tracker of this repository."""

    def __init__(self, folder: Path) -> None:
        os.environ |= {"NBTRACK_OUTBOX": str(folder / "outbox"), "JUPYTER_DATA_DIR": str(folder)}
        import nbtrack

        self.store = nbtrack.connect(folder / "runs.db")
        self.context = self.store.start_run()
        self.run = self.context.__enter__()

    def log(self, values: dict[str, float], step: int) -> None:
        self.run.log_metrics(values, step)

    def end(self) -> None:
        self.context.__exit__(None, None, None)
        self.store.recorder.delivery.flush(60)


class Dvclive:
    """DVCLive, without a repository."""

    def __init__(self, folder: Path) -> None:
        from dvclive import Live

        self.live = Live(str(folder / "live"), save_dvc_exp=False, report=None, dvcyaml=None)

    def log(self, values: dict[str, float], step: int) -> None:
        self.live.step = step
        for key, value in values.items():
            self.live.log_metric(key, value)

    def end(self) -> None:
        self.live.end()


class Trackio:
    """Trackio, local."""

    def __init__(self, folder: Path) -> None:
        os.environ |= {"TRACKIO_DIR": str(folder), "HF_HUB_OFFLINE": "1"}
        import trackio

        self.trackio = trackio
        trackio.init(project="work", embed=False)

    def log(self, values: dict[str, float], step: int) -> None:
        self.trackio.log(values, step=step)

    def end(self) -> None:
        self.trackio.finish()


class Wandb:
    """Weights & Biases, offline."""

    def __init__(self, folder: Path) -> None:
        os.environ |= {"WANDB_MODE": "offline", "WANDB_SILENT": "true", "WANDB_DIR": str(folder)}
        import wandb

        self.run = wandb.init(project="work", dir=str(folder))

    def log(self, values: dict[str, float], step: int) -> None:
        self.run.log(values, step=step)

    def end(self) -> None:
        self.run.finish()


class Aim:
    """Aim, its own repository."""

    def __init__(self, folder: Path) -> None:
        from aim import Repo, Run

        Repo.from_path(str(folder), init=True)
        self.run = Run(repo=str(folder), system_tracking_interval=None, log_system_params=False)

    def log(self, values: dict[str, float], step: int) -> None:
        for key, value in values.items():
            self.run.track(value, name=key, step=step)

    def end(self) -> None:
        self.run.close()


class Mlflow:
    """MLflow on its SQLite."""

    def __init__(self, folder: Path) -> None:
        os.environ |= {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
        import mlflow

        self.mlflow = mlflow
        mlflow.set_tracking_uri(f"sqlite:///{folder / 'mlflow.db'}")
        mlflow.start_run()

    def log(self, values: dict[str, float], step: int) -> None:
        if len(values) == 1:
            ((key, value),) = values.items()
            self.mlflow.log_metric(key, value, step=step)
        else:
            self.mlflow.log_metrics(values, step=step)

    def end(self) -> None:
        self.mlflow.end_run()


TRACKERS: dict[str, Any] = {
    "raw append": Append,
    "sqlite3": Sqlite,
    "nbtrack": Nbtrack,
    "dvclive": Dvclive,
    "trackio": Trackio,
    "wandb": Wandb,
    "aim": Aim,
    "mlflow": Mlflow,
}


def time_calls(tracker: Any, values: dict[str, float], calls: int, first: int) -> list[float]:
    """Return the seconds of each call."""
    samples = []
    for step in range(first, first + calls):
        started = time.perf_counter()
        tracker.log(values, step)
        samples.append(time.perf_counter() - started)
    return samples


def measure(name: str, folder: Path) -> dict[str, float]:
    """Return the seconds of a call with one key and with a hundred, and of many with the end."""
    calls = CALLS.get(name, 2_000)
    tracker = TRACKERS[name](folder / "calls")
    one = time_calls(tracker, {"loss": 0.5}, calls, 0)
    keys = {f"metric_{number}": number / 7 for number in range(KEYS)}
    hundred = time_calls(tracker, keys, max(calls // 20, 20), calls)
    tracker.end()
    many = MANY_CALLS.get(name, MANY)
    started = time.perf_counter()
    tracker = TRACKERS[name](folder / "many")
    begun = time.perf_counter()
    time_calls(tracker, {"loss": 0.5}, many, 0)
    tracker.end()
    return {
        "one": statistics.median(one),
        "hundred": statistics.median(hundred),
        "many": (time.perf_counter() - begun) * MANY / many,
        "start": begun - started,
    }


def main() -> None:
    """Do the work that the command line asks for."""
    name, folder = sys.argv[1], Path(sys.argv[2])
    for part in ("calls", "many"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    sys.stdout.write(f"\n{json.dumps(measure(name, folder))}\n")


if __name__ == "__main__":
    main()

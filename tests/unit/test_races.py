"""Reconcilers, late heartbeats and finishing kernels at once: every run ends as it ended."""

from __future__ import annotations

import random
import subprocess
from dataclasses import asdict

from nbtrack.model import TRANSITIONS, Kernel, Status
from nbtrack.store import Database
from nbtrack.store.outbox import Batch, Record
from nbtrack.store.reader import read_run
from nbtrack.store.writer import deliver
from tests.unit.processes import start_python
from tests.waiting import until

RUNS = 24
ENDS = ("completed", "failed", "interrupted")
MEDDLERS = ("reconcile", "reconcile", "beat", "beat")

MEDDLE = """
    import random, select, sys
    from dataclasses import asdict
    from nbtrack.kernels import reconcile
    from nbtrack.model import Status
    from nbtrack.store import open_store
    from nbtrack.store.liveness import note_life
    from tests.unit.test_races import kernel, run_id, RUNS

    what, url = sys.argv[1:]
    reconcile.LEASE_SECONDS = -1  # whatever cannot be seen from here is taken for dead at once
    database = open_store(url)
    print("ready", flush=True)
    sys.stdin.readline()
    while not select.select([sys.stdin], [], [], 0)[0]:
        if what == "reconcile":
            reconcile.mark_dead(database)
            continue
        for number in random.sample(range(RUNS), RUNS):
            note_life(
                database, asdict(kernel(number)), {run_id(number): Status.RUNNING},
                observer="kernel", cause="alive",
            )
    database.close()
"""

FINISH = """
    import sys
    from tests.unit.test_races import finish_all
    from nbtrack.store import open_store

    database = open_store(sys.argv[1])
    print("ready", flush=True)
    sys.stdin.readline()
    finish_all(database)
    database.close()
"""


def kernel(number: int) -> Kernel:
    """Return the kernel of a run, on a host that nobody can see."""
    return Kernel("far", "other-machine/boot/pid:[1]", 1_000 + number, 42)


def run_id(number: int) -> str:
    return f"{number:032x}"


def expected_end(number: int) -> str:
    return ENDS[number % len(ENDS)]


def batch(number: int, position: int) -> Batch:
    """Return a part of what a run's own process delivers: its start, a point, its end."""
    time = 1_000 + position
    records: list[Record] = [
        {"op": "start", "time": time, "status": "queued", "experiment": "Default",
         "parent": None, "run": {"run_name": "by hand"}, "code": None,
         "kernel": asdict(kernel(number))},
        {"op": "begin", "time": time, "status": "running", "experiment": "Default", "run": {}},
        {"op": "metrics", "time": time, "points": [["loss", 0, 0.5]]},
        {"op": "end", "time": time, "status": expected_end(number), "reason": "its own end",
         "peak_memory": None},
    ]  # fmt: skip
    return Batch(run_id(number), position * 10, position * 10 + 10, [records[position]], 0)


def finish_all(database: Database) -> None:
    """Deliver the rest of all runs, in an order of its own."""
    for position in (1, 2, 3):
        for number in random.sample(range(RUNS), RUNS):
            deliver(database, batch(number, position))


def started(program: str, *arguments: str) -> subprocess.Popen[str]:
    """Return a process that waits for its first line."""
    process = start_python(program, *arguments)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def tell(processes: list[subprocess.Popen[str]]) -> None:
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()


def await_end(processes: list[subprocess.Popen[str]]) -> None:
    for process in processes:
        _, errors = process.communicate(timeout=150)
        assert process.returncode == 0, errors


def deaths(database: Database) -> int:
    """Return how many times runs were called dead."""
    return sum(
        [event.to_status for event in read_run(database, run_id(number)).events].count(Status.DEAD)
        for number in range(RUNS)
    )


def test_no_race_gives_a_wrong_end(store_url: str, database: Database) -> None:
    for number in range(RUNS):
        deliver(database, batch(number, 0))
    meddlers = [started(MEDDLE, what, store_url) for what in MEDDLERS]
    # what a process delivers may be delivered by a reconciler too, if it seems to be gone
    finishers = [started(FINISH, store_url) for _ in range(2)]
    tell(meddlers)
    until(lambda: deaths(database) > 0, "a run of an unseen kernel to be called dead")
    tell(finishers)
    await_end(finishers)
    tell(meddlers)
    await_end(meddlers)
    for number in range(RUNS):
        run = read_run(database, run_id(number))
        assert (run.status, run.reason) == (expected_end(number), "its own end")
        statuses = [event.to_status for event in run.events]
        for event, status in zip(run.events[1:], statuses, strict=False):
            assert event.from_status == status
            assert status is not None
            assert event.to_status in TRANSITIONS[status]
        assert statuses[-1] == expected_end(number)
        assert run.metrics["loss"].count == 1
        assert run.start_time is not None

"""The line of cells that wait: places and expected starts, from earlier attempts alone."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from nbtrack.dashboard.service import DashboardService
from nbtrack.model import Kernel, Status, now
from nbtrack.store import Database
from nbtrack.store.outbox import Batch, Record
from nbtrack.store.queue_line import QueuePlace, read_queue
from nbtrack.store.writer import deliver
from tests.unit.asking import ask
from tests.unit.recorded_runs import deliver_run

KERNEL = Kernel("far", "other-machine/boot/pid:[1]", 4711, 42)
NOTEBOOK = "/study.ipynb"


def start(database: Database, run_id: str, cell_id: str | None, status: str, time: int) -> None:
    run = {"run_name": run_id[0], "notebook": NOTEBOOK, "cell_id": cell_id}
    record: Record = {
        "op": "start", "time": time, "status": status, "experiment": "Default", "parent": None,
        "run": run, "code": None, "kernel": asdict(KERNEL),
    }  # fmt: skip
    deliver(database, Batch(run_id, 0, 10, [record], 0))


def attempts(database: Database, cell_id: str, *seconds: float) -> None:
    for number, length in enumerate(seconds, 1):
        deliver_run(
            database, seconds=length, notebook=NOTEBOOK, cell_id=cell_id, attempt=number
        )  # fmt: skip


def test_places_and_starts_follow_the_line(database: Database) -> None:
    attempts(database, "train", 100, 60, 80)
    attempts(database, "plot", 10)
    began = now() - 20_000
    start(database, "a" * 32, "train", "running", began)
    start(database, "b" * 32, "plot", "queued", began + 1)
    start(database, "c" * 32, "train", "queued", began + 2)
    start(database, "d" * 32, "new", "queued", began + 3)
    start(database, "e" * 32, "plot", "queued", began + 4)
    assert read_queue(database) == [
        QueuePlace("b" * 32, 1, 10.0, began + 80_000),
        QueuePlace("c" * 32, 2, 80.0, began + 90_000),
        QueuePlace("d" * 32, 3, None, began + 170_000),
        QueuePlace("e" * 32, 4, 10.0, None),
    ]
    assert [place.place for place in read_queue(database, ["c" * 32])] == [2]


def test_a_cell_that_takes_longer_than_usual_may_end_now(database: Database) -> None:
    attempts(database, "train", 1)
    start(database, "a" * 32, "train", "running", now() - 50_000)
    start(database, "b" * 32, "train", "queued", now())
    (place,) = read_queue(database)
    assert place.expected_start == pytest.approx(now(), abs=10_000)


def test_nothing_is_expected_of_cells_that_are_not_known(database: Database) -> None:
    attempts(database, "train", 1)
    start(database, "a" * 32, None, "running", now())
    start(database, "b" * 32, "train", "queued", now())
    (place,) = read_queue(database)
    assert (place.place, place.expected_seconds, place.expected_start) == (1, 1.0, None)


def test_failed_attempts_tell_no_duration(database: Database) -> None:
    deliver_run(database, status=Status.FAILED, notebook=NOTEBOOK, cell_id="train", attempt=1)
    start(database, "b" * 32, "train", "queued", now())
    assert read_queue(database)[0].expected_seconds is None


def test_an_empty_line(database: Database) -> None:
    start(database, "a" * 32, "train", "running", now())
    assert read_queue(database) == []


def test_the_dashboard_is_told_where_runs_stand(database: Database) -> None:
    attempts(database, "train", 60)
    began = now()
    start(database, "a" * 32, "train", "running", began)
    start(database, "b" * 32, "train", "queued", began + 1)
    waiting = {"place": 1, "expected_start": began + 60_000, "expected_seconds": 60.0}
    service = DashboardService(database)
    window = ask(service, "rows", view={}, columns=["attributes.status"], offset=0, limit=10)
    told = {row["status"]: row.get("waiting") for row in window["rows"]}
    assert told == {"completed": None, "running": None, "queued": waiting}
    assert ask(service, "run", run_id="b" * 32)["waiting"] == waiting
    assert "waiting" not in ask(service, "run", run_id="a" * 32)
    # a mark of a cell tells of its latest attempt; of those recorded here, only one has a number
    marks = ask(service, "cell_statuses", notebook=NOTEBOOK, cell_ids=["train"])["cells"]
    assert [(mark["status"], mark.get("waiting")) for mark in marks] == [("queued", waiting)]

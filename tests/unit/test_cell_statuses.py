"""What front ends around the dashboard ask: marks of cells, activity, stale runs."""

from __future__ import annotations

from typing import Any

import pytest

from nbtrack.api import Store
from nbtrack.dashboard.protocol import MAX_CELLS
from nbtrack.dashboard.service import DashboardService
from nbtrack.model import Stage, Status
from nbtrack.store.bulk import set_stage
from nbtrack.store.engine import Database
from tests.unit.asking import ask, refusal
from tests.unit.recorded_runs import deliver_run

NOTEBOOK = "/home/ada/digits.ipynb"


@pytest.fixture
def database(store: Store) -> Database:
    return store.database


@pytest.fixture
def service(store: Store) -> DashboardService:
    return DashboardService(store.database)


def attempt(database: Database, cell: str, status: Status, notebook: str = NOTEBOOK) -> str:
    return deliver_run(database, name=cell, status=status, notebook=notebook, cell_id=cell)


def statuses(service: DashboardService, *cells: str) -> dict[str, tuple[str, int]]:
    found: Any = ask(service, "cell_statuses", notebook=NOTEBOOK, cell_ids=list(cells))
    return {each["cell_id"]: (each["status"], each["attempt"]) for each in found["cells"]}


def test_a_cell_bears_the_status_of_its_latest_attempt(
    database: Database, service: DashboardService
) -> None:
    attempt(database, "train", Status.FAILED)
    attempt(database, "train", Status.RUNNING)
    attempt(database, "test", Status.COMPLETED)
    attempt(database, "plot", Status.DEAD, notebook="/elsewhere/digits.ipynb")
    assert statuses(service, "train", "test", "plot", "never") == {
        "train": ("running", 2),
        "test": ("completed", 1),
    }


def test_a_deleted_run_marks_no_cell(database: Database, service: DashboardService) -> None:
    attempt(database, "train", Status.COMPLETED)
    last = attempt(database, "train", Status.FAILED)
    set_stage(database, [last], Stage.DELETED, observer="test")
    assert statuses(service, "train") == {"train": ("completed", 1)}


def test_no_more_cells_than_the_bound(service: DashboardService) -> None:
    cells = [str(number) for number in range(MAX_CELLS + 1)]
    error = refusal(service, "cell_statuses", notebook=NOTEBOOK, cell_ids=cells)
    assert "1,000" in error["message"]


def test_activity_counts_what_is_open_and_not_deleted(
    database: Database, service: DashboardService
) -> None:
    for status in (Status.RUNNING, Status.RUNNING, Status.QUEUED, Status.COMPLETED):
        deliver_run(database, status=status)
    deleted = deliver_run(database, status=Status.RUNNING)
    set_stage(database, [deleted], Stage.DELETED, observer="test")
    found = ask(service, "activity")
    assert (found["running"], found["queued"]) == (2, 1)


def test_stale_are_the_dead_and_interrupted_without_metrics(
    database: Database, service: DashboardService
) -> None:
    dead = deliver_run(database, status=Status.DEAD)
    interrupted = deliver_run(database, status=Status.INTERRUPTED, params={"lr": 1})
    deliver_run(database, status=Status.INTERRUPTED, metrics={"acc": 1})
    deliver_run(database, status=Status.FAILED)
    deliver_run(database, status=Status.RUNNING)
    found = ask(service, "stale", view={})
    assert found == {"run_ids": [interrupted, dead], "count": 2}
    assert ask(service, "stale", view={"search": "params.lr = 1"})["count"] == 1
    set_stage(database, [dead, interrupted], Stage.DELETED, observer="test")
    assert ask(service, "stale", view={})["count"] == 0

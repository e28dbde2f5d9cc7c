"""Questions that nobody means to ask get a bounded answer, or an error that says what to do."""

from __future__ import annotations

import base64
import os
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from nbtrack.api import Store
from nbtrack.dashboard.service import DashboardService
from nbtrack.store.artifacts import ArtifactStore
from tests.unit.asking import ask, refusal
from tests.unit.recorded_runs import deliver_run

HUGE = 2 * 2**30


@pytest.fixture
def service(store: Store) -> DashboardService:
    for number in range(3):
        deliver_run(store.database, name=f"run {number}", params={"lr": number})
    return DashboardService(store.database)


def rows(service: DashboardService, view: dict[str, Any], offset: int = 0) -> Any:
    return ask(service, "rows", view=view, columns=["params.lr"], offset=offset, limit=10)


@pytest.mark.parametrize("column", ["params.none", "metrics.none", "tags.none", "attributes.host"])
def test_a_column_that_no_run_has_leaves_no_run(service: DashboardService, column: str) -> None:
    operator = ">" if column.startswith("metrics.") else "="
    value = 1 if column.startswith("metrics.") else "x"
    view = {"filters": [{"column": column, "operator": operator, "values": [value]}]}
    assert rows(service, view)["total"] == 0
    empty = {"filters": [{"column": column, "operator": "is empty", "values": []}]}
    assert rows(service, empty)["total"] == 3
    assert rows(service, {"sort": [{"column": column, "descending": True}]})["total"] == 3
    assert rows(service, {"group_by": [column]})["total"] == 1


@pytest.mark.parametrize(
    "search",
    [
        "x" * 100_000,
        "word " * 20_000,
        "params.lr > 1 and " * 6_000 + "params.lr = 2",
        "(" * 100_000,
    ],
    ids=["word", "words", "conditions", "parentheses"],
)
def test_a_very_long_search_is_refused_with_its_bound(
    service: DashboardService, search: str
) -> None:
    error = refusal(
        service, "rows", view={"search": search}, columns=["params.lr"], offset=0, limit=10
    )
    assert error["code"] == "query"
    assert "10,000" in error["message"]


def test_a_page_beyond_the_end_is_empty_and_tells_the_total(service: DashboardService) -> None:
    for view in ({}, {"group_by": ["params.lr"]}):
        found = rows(service, view, offset=10**9)
        assert (found["rows"], found["total"]) == ([], 3)


def test_a_part_of_a_huge_file_takes_no_more_memory_than_the_part(
    service: DashboardService, store: Store
) -> None:
    with store.start_run() as run:
        run.log_text("small", "huge.bin")
    folder = Path(ArtifactStore(store.config.artifacts).uri(run.run_id))
    os.truncate(folder / "huge.bin", HUGE)  # a hole, which takes no room on the disk
    tracemalloc.start()
    part = ask(service, "artifact", run_id=run.run_id, path="huge.bin", offset=HUGE - 5, limit=1000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert base64.b64decode(part["data"]) == b"\x00" * 5
    assert peak < 50_000_000

"""What people do in the grid never reads all points: seen in SQLite's plans of its statements."""

from __future__ import annotations

import re
from typing import Any

import pytest

from nbtrack.dashboard.service import DashboardService
from nbtrack.store import Database, open_store
from nbtrack.store.reader import read_series
from tests.benchmarks.fill import Filling, fill
from tests.benchmarks.grid_service import Action, actions, request_of
from tests.unit.statements import executed

RUNS = 300
_SCAN = re.compile(r"\bSCAN (metrics|latest_metrics|params)(?! USING (COVERING )?INDEX)")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Database:
    database = open_store(tmp_path_factory.mktemp("plans") / "runs.db")
    fill(database, Filling(RUNS))
    return database


def plans(database: Database, statements: list[tuple[str, Any]]) -> list[str]:
    """Return the lines of the plans of statements."""
    with database.reading() as connection:
        return [
            str(row[3])
            for text, values in statements
            if text.lstrip().upper().startswith(("SELECT", "WITH"))
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values)
        ]


@pytest.mark.parametrize("action", list(actions(RUNS)), ids=lambda action: action.name)
def test_no_action_reads_all_points(filled: Database, action: Action) -> None:
    service = DashboardService(filled)

    with executed(filled) as statements:
        assert service.handle(request_of(action.operation, action.args))["ok"]
    lines = plans(filled, statements)
    assert lines
    assert not [line for line in lines if re.search(r"\bSCAN metrics\b", line)]
    if action.name != "overall search":  # that looks into every text
        assert not [line for line in lines if _SCAN.search(line)]


def test_a_chart_reads_the_points_of_its_runs(filled: Database) -> None:
    with filled.reading() as connection:
        run_id = connection.exec_driver_sql("SELECT run_id FROM runs LIMIT 1").scalar_one()
    with executed(filled) as statements:
        list(read_series(filled, [run_id]))
    lines = plans(filled, statements)
    assert any(line.startswith("SEARCH metrics USING PRIMARY KEY") for line in lines)
    assert not [line for line in lines if "SCAN metrics" in line]

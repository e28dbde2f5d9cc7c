"""Windows of the run table against a naive sort in Python; what they cost; the columns."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nbtrack.dashboard.protocol import MAX_WINDOW, OPERATIONS
from nbtrack.dashboard.service import DashboardService
from nbtrack.model import Status
from nbtrack.query.columns import ATTRIBUTES, Column, parse_column
from nbtrack.store import Database
from nbtrack.store.experiments import ensure_experiment
from tests.benchmarks.fill import Filling, fill
from tests.unit.asking import ask, request
from tests.unit.naive_runs import RUNS, SORTS, Run, naively_sorted
from tests.unit.recorded_runs import deliver_run
from tests.unit.statements import executed

_EXPERIMENTS = itertools.count()


@given(
    runs=st.lists(RUNS, max_size=8, unique_by=lambda run: run["run_id"]),
    sorts=st.lists(SORTS, min_size=1, max_size=4),
    size=st.integers(1, 5),
)
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_windows_make_up_the_whole_in_the_order_of_a_naive_sort(
    database: Database, runs: list[Run], sorts: list[list[dict[str, Any]]], size: int
) -> None:
    service = DashboardService(database)
    experiment = f"e{next(_EXPERIMENTS)}"
    view: dict[str, Any] = {"experiments": [ensure_experiment(database, experiment)]}
    prefix = f"{view['experiments'][0]:08x}"
    runs = [{**run, "run_id": prefix + run["run_id"][8:]} for run in runs]
    runs = list({run["run_id"]: run for run in runs}.values())
    for run in runs:
        deliver_run(database, experiment=experiment, **run)
    for sort in sorts:
        view["sort"] = sort
        shown: list[str] = []
        for offset in range(0, len(runs) + size, size):
            window = ask(service, "rows", view=view, columns=[], offset=offset, limit=size)
            assert window["total"] == len(runs)
            assert window["offset"] == offset
            shown += [row["run_id"] for row in window["rows"]]
        assert shown == [run["run_id"] for run in naively_sorted(runs, sort)]


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("name", ATTRIBUTES)
def test_every_attribute_can_be_shown_and_sorted_by(
    database: Database, name: str, *, descending: bool
) -> None:
    service, column = DashboardService(database), f"attributes.{name}"
    for number in range(5):
        deliver_run(database, start=number, description=f"d{number % 2}", user_id="ada")
    view = {"sort": [{"column": column, "descending": descending}]}
    found = ask(service, "rows", view=view, columns=[column], offset=0, limit=9)["rows"]
    cells = [row["cells"][0] for row in found]
    assert len(cells) == 5
    present = [cell for cell in cells if cell is not None]
    assert cells[: len(present)] == present
    assert present == sorted(present, reverse=descending)


def test_a_window_beyond_the_end_is_empty(database: Database) -> None:
    service = DashboardService(database)
    deliver_run(database)
    for offset, limit in [(1, 9), (10**9, MAX_WINDOW), (0, 0)]:
        found = ask(service, "rows", view={}, columns=[], offset=offset, limit=limit)
        assert (found["total"], found["offset"], found["rows"]) == (1, offset, [])


def test_a_running_run_shows_how_long_it_has_been_running(database: Database) -> None:
    deliver_run(database, status=Status.RUNNING, start=1_000)
    found = ask(
        DashboardService(database),
        "rows", view={}, columns=["attributes.duration"], offset=0, limit=1,
    )  # fmt: skip
    assert found["rows"][0]["cells"][0] > 1_000_000


def test_a_long_text_is_cut_in_its_cell(database: Database) -> None:
    deliver_run(database, params={"text": "x" * 5_000})
    found = ask(
        DashboardService(database),
        "rows", view={}, columns=["params.text"], offset=0, limit=1,
    )  # fmt: skip
    assert found["rows"][0]["cells"] == ["x" * 299 + "…"]


COSTS: dict[str, dict[str, Any]] = {
    "store": {},
    "summary": {"view": {}},
    "experiments": {},
    "columns": {"view": {}},
    "rows": {
        "view": {
            "search": "metrics.metric_1 > 0.1 and params.param_0 < 99",
            "sort": [{"column": "metrics.metric_0", "descending": True}],
        },
        "columns": ["attributes.status", "params.param_0", "metrics.metric_1", "tags.tag_2"],
        "offset": 0,
        "limit": 8,
    },
    "run": {},
    "series": {},
    "artifacts": {},
}


def cost_of_each(database: Database) -> dict[str, tuple[int, int]]:
    """Return the number of statements and of bytes that each reading operation takes."""
    service = DashboardService(database)
    ask(service, "store")
    rows = ask(service, "rows", view={}, columns=[], offset=0, limit=1)["rows"]
    run = {"run_id": rows[0]["run_id"]}
    own = {
        "run": run,
        "artifacts": run,
        "series": {"run_ids": list(run.values()), "keys": ["metric_0", "metric_1"]},
    }
    costs = {}
    for operation, args in COSTS.items():
        with executed(database) as statements:
            reply = service.handle(request(operation, **own.get(operation, args)))
        assert reply["ok"], reply
        costs[operation] = len(statements), len(json.dumps(reply))
    return costs


def test_what_a_request_costs_does_not_grow_with_the_number_of_runs(database: Database) -> None:
    assert OPERATIONS.keys() > COSTS.keys()
    fill(database, Filling(10))
    few = cost_of_each(database)
    fill(database, Filling(1_000), seed=1)
    many = cost_of_each(database)
    for operation, (statements, size) in few.items():
        # a column of very many different numbers is asked for once more
        assert many[operation][0] <= statements + 1 <= 15, operation
        assert many[operation][1] <= size * 1.1 + 100, operation


@given(entity=st.sampled_from(["params", "metrics", "tags"]), key=st.text(min_size=1))
@settings(max_examples=300)
def test_a_columns_identifier_names_it_again(entity: str, key: str) -> None:
    assert parse_column(Column(entity, key).id) == Column(entity, key)

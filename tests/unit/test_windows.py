"""Windows of the run table against a naive sort in Python; what they cost; the columns."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from nbtrack.dashboard.protocol import MAX_WINDOW, OPERATIONS
from nbtrack.dashboard.service import DashboardService
from nbtrack.model import Status
from nbtrack.query.columns import ATTRIBUTES, Column, parse_column
from nbtrack.store import Database
from nbtrack.store.edits import ensure_experiment
from nbtrack.store.values import encode_param
from tests.benchmarks.fill import Filling, fill
from tests.unit.asking import ask, request
from tests.unit.recorded_runs import deliver_run

Run = dict[str, Any]
_EXPERIMENTS = itertools.count()

TEXTS = st.text(alphabet="aBé%_'\"\\ 1", max_size=3)
NUMBERS = st.sampled_from([-math.inf, -1.5, 0, 0.1, 1, 2, 10, 1e300, math.inf, math.nan])
VALUES = TEXTS | NUMBERS | st.booleans() | st.lists(st.integers(0, 2), max_size=2)
ENDS = {
    Status.COMPLETED: "FINISHED", Status.FAILED: "FAILED", Status.INTERRUPTED: "KILLED",
    Status.RUNNING: "RUNNING", Status.QUEUED: "SCHEDULED",
}  # fmt: skip
RUNS = st.fixed_dictionaries(
    {
        "run_id": st.integers(0, 2**128 - 1).map("{:032x}".format),
        "name": TEXTS,
        "status": st.sampled_from(list(ENDS)),
        "start": st.integers(0, 5),
        "seconds": st.sampled_from([0, 0.25, 1, 1.0, 7]),
        "params": st.dictionaries(st.sampled_from(["lr", "a b"]), VALUES),
        "metrics": st.dictionaries(st.sampled_from(["acc", "log loss"]), NUMBERS),
        "tags": st.dictionaries(st.sampled_from(["team", "é"]), TEXTS),
        "user_id": st.none() | TEXTS,
        "git_branch": st.none() | TEXTS,
    }
)


def seconds(run: Run) -> float | None:
    return None if run["status"] in {"running", "queued"} else run["seconds"]


def param(run: Run, key: str) -> tuple[int, Any] | None:
    """Return numbers by value, before everything else by text."""
    if key not in run["params"]:
        return None
    kind, text = encode_param(run["params"][key])
    try:
        number = math.nan if kind in {"bool", "json"} else float(text)
    except ValueError:
        number = math.nan
    return (1, text) if math.isnan(number) else (0, number)


def metric(run: Run, key: str) -> tuple[int, float] | None:
    value = run["metrics"].get(key)
    return None if value is None else (int(math.isnan(value)), 0 if math.isnan(value) else value)


def plain(value: Any) -> tuple[int, Any] | None:
    return None if value is None else (0, value)


MODEL: dict[str, Callable[[Run], tuple[int, Any] | None]] = {
    "attributes.run_name": lambda run: plain(run["name"]),
    "attributes.run_id": lambda run: plain(run["run_id"]),
    "attributes.status": lambda run: plain(ENDS[run["status"]]),
    "attributes.start_time": lambda run: plain(run["start"]),
    "attributes.duration": lambda run: plain(seconds(run)),
    "attributes.user_id": lambda run: plain(run["user_id"]),
    "attributes.git_branch": lambda run: plain(run["git_branch"]),
    "params.lr": lambda run: param(run, "lr"),
    "params.`a b`": lambda run: param(run, "a b"),
    "metrics.acc": lambda run: metric(run, "acc"),
    "metrics.`log loss`": lambda run: metric(run, "log loss"),
    "tags.team": lambda run: plain(run["tags"].get("team")),
    "tags.`é`": lambda run: plain(run["tags"].get("é")),
}
"""Column -> (group, value) of a run; groups keep their order in both directions, None is last."""

SORTS = st.lists(
    st.fixed_dictionaries({"column": st.sampled_from(list(MODEL)), "descending": st.booleans()}),
    max_size=4,
)


def sorted_by(runs: list[Run], column: str, *, descending: bool) -> list[Run]:
    places: dict[int, list[tuple[Any, Run]]] = {0: [], 1: [], 2: []}
    for run in runs:
        group, value = MODEL[column](run) or (2, 0)
        places[group].append((value, run))
    return [
        run
        for group in places.values()
        for _, run in sorted(group, key=lambda entry: entry[0], reverse=descending)
    ]


def naively_sorted(runs: list[Run], sort: list[dict[str, Any]]) -> list[Run]:
    ties = [("attributes.start_time", True), ("attributes.run_id", False)]
    keys = [*((key["column"], key["descending"]) for key in sort), *ties]
    for column, descending in reversed(keys):
        runs = sorted_by(runs, column, descending=descending)
    return runs


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


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """Collect the statements that the database is asked."""
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


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
        with counted(database) as statements:
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
        assert many[operation][0] == statements <= 15, operation
        assert many[operation][1] <= size * 1.1 + 100, operation


def test_every_key_of_twelve_thousand_is_listed_with_few_statements(database: Database) -> None:
    fill(database, Filling(2, params=2, metrics=12_000, tags=1))
    service = DashboardService(database)
    with counted(database) as statements:
        reply: Any = service.handle(request("columns", view={}))
    assert reply["ok"], reply
    listed = [column["id"] for column in reply["result"]["columns"]]
    keys = [
        *(f"params.param_{number}" for number in range(2)),
        *(f"metrics.metric_{number}" for number in range(12_000)),
        "tags.tag_0",
    ]
    assert sorted(listed) == sorted([*(f"attributes.{name}" for name in ATTRIBUTES), *keys])
    assert len(statements) <= 5
    assert len(reply["result"]["default"]) <= 14
    with counted(database) as statements:
        found = ask(service, "rows", view={}, columns=keys[:400], offset=0, limit=2)
    assert all(cell is not None for cell in found["rows"][0]["cells"])
    assert len(statements) <= 8


def test_the_columns_shown_at_first_tell_runs_apart(database: Database) -> None:
    for number in range(3):
        deliver_run(
            database,
            params={"lr": number, "same": 1, "model": f"m{number % 2}"},
            metrics={"train_loss": 1.0, "val_acc": 0.5, "epochs": 3, "z": 1.0},
            tags={"team": "vision"},
        )
    deliver_run(database, metrics={"train_loss": 2.0, "epochs": 3}, params={"rare": 1})
    found = ask(DashboardService(database), "columns", view={})
    assert found["default"] == [
        "attributes.status", "attributes.run_name", "attributes.attempt", "attributes.start_time",
        "attributes.duration", "attributes.user_id", "attributes.notebook",
        "metrics.val_acc", "metrics.epochs", "metrics.train_loss",
        "params.lr", "params.model",
    ]  # fmt: skip
    types = {column["id"]: (column["label"], column["type"]) for column in found["columns"]}
    assert types["metrics.val_acc"] == ("val_acc", "number")
    assert types["params.same"] == ("same", "number")
    assert types["params.model"] == ("model", "text")
    assert types["tags.team"] == ("team", "text")
    assert types["attributes.start_time"] == ("Started", "date")


def test_columns_of_an_empty_store_are_the_attributes(database: Database) -> None:
    found = ask(DashboardService(database), "columns", view={})
    assert [column["id"] for column in found["columns"]] == [f"attributes.{n}" for n in ATTRIBUTES]


@given(entity=st.sampled_from(["params", "metrics", "tags"]), key=st.text(min_size=1))
@settings(max_examples=300)
def test_a_columns_identifier_names_it_again(entity: str, key: str) -> None:
    assert parse_column(Column(entity, key).id) == Column(entity, key)

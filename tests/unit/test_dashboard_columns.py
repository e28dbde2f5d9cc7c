"""The columns that a view uses, those shown at first, and pages of all that there are."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, insert, select

from nbtrack.analysis.directions import direction_of
from nbtrack.dashboard.operations.columns import columns, list_columns
from nbtrack.dashboard.operations.context import Context
from nbtrack.dashboard.protocol import ColumnsResult, ListColumnsResult
from nbtrack.dashboard.validation import check_shape
from nbtrack.errors import RequestError
from nbtrack.query.columns import Column, parse_column
from nbtrack.store import Database, tables
from nbtrack.store.artifacts import ArtifactStore
from nbtrack.store.engine import raise_revision
from tests.unit.recorded_runs import deliver_run
from tests.unit.statements import executed


@pytest.fixture
def context(database: Database) -> Context:
    return Context(database, ArtifactStore(database.config.artifacts))


def ask(context: Context, view: Any) -> ColumnsResult:
    found = columns(context, {"view": view})
    check_shape(found, ColumnsResult, "columns")
    return found


def page(context: Context, **args: Any) -> ListColumnsResult:
    found = list_columns(context, {"view": {}, **args})  # type: ignore[typeddict-item]  # as sent
    check_shape(found, ListColumnsResult, "list_columns")
    return found


def ids(found: ListColumnsResult) -> list[str]:
    return [column["id"] for column in found["columns"]]


def test_the_default_shows_what_tells_runs_apart(context: Context) -> None:
    for number in range(3):
        deliver_run(
            context.database,
            params={"lr": number / 10, "model": "rf", "opt": "adam" if number else "sgd"},
            metrics={"loss": 1, "val_acc": number, "val_loss": 0.5, "rare": 1, "zeta": 2},
        )
    found = ask(context, {})
    assert found["default"] == [
        "attributes.status", "attributes.run_name", "attributes.attempt", "attributes.start_time",
        "attributes.duration", "attributes.user_id", "attributes.notebook",
        "metrics.val_acc", "metrics.loss", "metrics.rare", "params.lr", "params.opt",
    ]  # fmt: skip
    assert [column["id"] for column in found["columns"]] == found["default"]


def test_what_a_view_uses_is_described_whether_or_not_runs_have_it(context: Context) -> None:
    deliver_run(context.database, params={"lr": 0.1}, metrics={"val loss": 1})
    view = {
        "columns": ["metrics.`val loss`", "params.lr"],
        "sort": [{"column": "tags.team", "descending": False}],
        "group_by": ["attributes.host"],
        "filters": [{"column": "params.none", "operator": "=", "values": ["x"]}],
        "pinned": ["attributes.run_id", "of a newer version"],
    }
    found = {column["id"]: column for column in ask(context, view)["columns"]}
    assert {key: (found[key]["label"], found[key]["type"]) for key in [
        "metrics.`val loss`", "params.lr", "tags.team", "attributes.host", "params.none",
        "attributes.run_id",
    ]} == {
        "metrics.`val loss`": ("val loss", "number"),
        "params.lr": ("lr", "number"),
        "tags.team": ("team", "text"),
        "attributes.host": ("Host", "text"),
        "params.none": ("none", "text"),
        "attributes.run_id": ("Run id", "text"),
    }  # fmt: skip
    assert found["metrics.`val loss`"]["direction"] == "min"
    assert found["params.lr"]["direction"] == "none"
    assert found["params.lr"]["operators"][0] == "="
    assert found["tags.team"]["operators"][0] == "contains"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 2.5], "number"),
        ([1, "2"], "number"),
        ([0.5, float("nan")], "number"),
        ([1, "auto"], "text"),
        ([True], "text"),
        ([[1, 2]], "text"),
        ([1, None], "text"),
    ],
)
def test_a_param_is_a_number_where_all_its_values_are(
    context: Context, values: list[object], expected: str
) -> None:
    for value in values:
        deliver_run(context.database, params={"p": value})
    (described,) = page(context, kinds=["params"])["columns"]
    assert described["type"] == expected


def test_pages_are_searched_by_kind_and_by_name(context: Context) -> None:
    deliver_run(
        context.database,
        params={"layer_10": 1, "layer_2": 1, "Lr": 1},
        metrics={"acc": 1, "layer acc": 1},
        tags={"team": "x"},
    )
    everything = page(context)
    assert everything["totals"] == {"attributes": 18, "params": 3, "metrics": 2, "tags": 1}
    assert everything["total"] == 24
    assert ids(everything)[18:] == [
        "params.layer_2", "params.layer_10", "params.Lr", "metrics.acc", "metrics.`layer acc`",
        "tags.team",
    ]  # fmt: skip
    found = page(context, search=" LAYER")
    assert ids(found) == ["params.layer_2", "params.layer_10", "metrics.`layer acc`"]
    found = page(context, search="layer", kinds=["params"], offset=1, limit=1)
    assert ids(found) == ["params.layer_10"]
    assert (found["total"], found["totals"]["metrics"]) == (2, 1)
    assert ids(page(context, search="started")) == ["attributes.start_time"]
    assert page(context, offset=1000)["columns"] == []


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ({"kinds": ["param"]}, "Did you mean 'params'?"),
        ({"limit": 201}, "0 to 200"),
        ({"offset": -1}, "0 or more"),
    ],
)
def test_a_page_that_cannot_be_is_refused(
    context: Context, args: dict[str, Any], said: str
) -> None:
    with pytest.raises(RequestError, match=said):
        page(context, **args)


def test_only_those_that_differ_between_the_runs_of_the_view(context: Context) -> None:
    nan = float("nan")
    same: dict[str, Any] = {"user_id": "ana", "start": 0}
    deliver_run(context.database, name="a", params={"lr": 1, "same": 5, "some": 1},
                metrics={"acc": 1, "nan": nan, "part": nan}, tags={"t": "x"}, **same)  # fmt: skip
    deliver_run(context.database, name="b", params={"lr": 2, "same": 5},
                metrics={"acc": 2, "nan": nan, "part": 1}, tags={"t": "x"}, **same)  # fmt: skip
    found = page(context, differing=True)
    assert ids(found) == [
        "attributes.run_name", "attributes.run_id", "params.lr", "params.some", "metrics.acc",
        "metrics.part",
    ]  # fmt: skip
    assert page(context, view={"search": "run_name = 'a'"}, differing=True)["total"] == 0


def add_keys(connection: Connection, count: int) -> None:
    run = connection.scalar(select(tables.runs.c.id))
    rows = [{"id": 1000 + n, "kind": "metric", "name": f"layer_{n}/norm"} for n in range(count)]
    connection.execute(insert(tables.keys), rows)
    connection.execute(
        insert(tables.latest_metrics),
        [
            {"run_id": run, "key_id": row["id"], "last": 1.0, "last_step": 0, "last_timestamp": 0,
             "count": 1}
            for row in rows
        ],
    )  # fmt: skip


def test_thousands_of_keys_neither_swell_the_answers_nor_the_number_of_queries(
    context: Context,
) -> None:
    deliver_run(context.database, metrics={"acc": 1}, params={"lr": 1})

    def cost() -> tuple[int, int, int]:
        with executed(context.database) as statements:
            described = len(ask(context, {})["columns"])
            found = page(context, differing=True, search="norm")
        return described, len(found["columns"]), len(statements)

    few = cost()
    with context.database.writing() as connection:
        add_keys(connection, 12_000)
        raise_revision(connection)
    described, listed, count = cost()
    assert (described, listed, count) == (few[0] + 2, 0, few[2])
    assert page(context, search="norm", offset=11_900)["total"] == 12_000
    assert ids(page(context, search="norm", offset=11_999)) == ["metrics.`layer_11999/norm`"]


@given(st.sampled_from(["params", "metrics", "tags"]),
       st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
       | st.text("`'\".eE\\ ä/", min_size=1))  # fmt: skip
def test_the_identifier_of_any_key_leads_back_to_it(entity: str, key: str) -> None:
    column = Column(entity, key)
    assert parse_column(column.id) == column


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("loss", "min"), ("val/loss", "min"), ("valLoss", "min"), ("RMSE", "min"),
        ("brier_score", "min"), ("error_rate", "min"), ("loss_1", "min"), ("epoch_time", "min"),
        ("acc", "max"), ("test.accuracy", "max"), ("f1", "max"), ("val_f1_macro", "max"),
        ("r2", "max"), ("neg_mean_squared_error", "max"), ("topAcc", "max"), ("score", "max"),
        ("recall@5", "max"), ("lossless", "none"), ("epoch", "none"), ("", "none"), ("é", "none"),
    ],
)  # fmt: skip
def test_the_direction_of_a_metric_by_its_name(key: str, expected: str) -> None:
    assert direction_of(key) == expected

"""Filters of columns: the runs they keep, the searches they are, and how they are refused."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from nbtrack.dashboard.operations.context import selection_of, where_of
from nbtrack.errors import InvalidValueError, QueryError, RequestError
from nbtrack.query.columns import Column, parse_column
from nbtrack.query.filters import (
    MAX_FILTER_TEXTS,
    MAX_FILTERS,
    allowed_operators,
    filter_expression,
)
from nbtrack.query.parser import parse_search
from nbtrack.query.text import expression_text
from nbtrack.store import Database, tables
from tests.unit.searching import Recorder, Run, found

DAY = 86_400_000
EMPTY: Run = {
    "status": "completed", "experiment": "e", "params": {}, "metrics": {}, "tags": {},
    "datasets": [],
}  # fmt: skip
RUNS: list[Run] = [
    {
        **EMPTY, "run_name": "Ash 100%", "user_id": "ana", "start_time": 10 * DAY, "seconds": 90,
        "params": {"lr": 0.1, "opt": "Adam", "odd ` \" ' key": "x"}, "metrics": {"acc": 0.5},
        "tags": {"team": "red"},
    },
    {
        **EMPTY, "run_name": "beech", "status": "failed", "start_time": 11 * DAY, "seconds": 5,
        "params": {"lr": 1, "opt": "adamw"}, "metrics": {"acc": float("nan")},
        "tags": {"team": ""},
    },
    {
        **EMPTY, "run_name": "CEDAR", "status": "dead", "user_id": "Anabel",
        "start_time": 12 * DAY - 1, "params": {"lr": "auto", "opt": ""}, "metrics": {"acc": 0.9},
    },
    {**EMPTY, "run_name": "100 elms", "status": "queued", "metrics": {"acc": float("inf")}},
]  # fmt: skip
A, B, C, E = "Ash 100%", "beech", "CEDAR", "100 elms"
NOW = 12 * DAY

KEPT: list[tuple[str, str, list[Any], set[str]]] = [
    ("attributes.run_name", "contains", ["100%"], {A}),
    ("attributes.run_name", "contains", ["ash"], {A}),
    ("attributes.run_name", "not contains", ["100"], {B, C}),
    ("attributes.run_name", "starts with", ["100"], {E}),
    ("attributes.run_name", "ends with", ["LMS"], {E}),
    ("attributes.run_name", "=", ["beech"], {B}),
    ("attributes.run_name", "!=", ["beech"], {A, C, E}),
    ("attributes.run_name", "in", ["beech", "CEDAR", "cedar"], {B, C}),
    ("attributes.user_id", "contains", ["ana"], {A, C}),
    ("attributes.user_id", "not contains", ["bel"], {A, B, E}),
    ("attributes.user_id", "is empty", [], {B, E}),
    ("attributes.user_id", "is not empty", [], {A, C}),
    ("attributes.status", "in", ["failed"], {B}),
    ("attributes.status", "in", ["dead", "completed", "dead"], {A, C}),
    ("attributes.duration", ">", [5], {A}),
    ("attributes.duration", "between", [5, 90], {A, B}),
    ("attributes.duration", "is empty", [], {C, E}),
    ("attributes.start_time", "on", [11 * DAY, 12 * DAY], {B, C}),
    ("attributes.start_time", "before", [11 * DAY], {A}),
    ("attributes.start_time", "after", [11 * DAY], {B, C}),
    ("attributes.start_time", "between", [10 * DAY, 11 * DAY], {A, B}),
    ("attributes.start_time", "last days", [1], {B, C}),
    ("attributes.start_time", "is empty", [], {E}),
    ("attributes.start_time", "is not empty", [], {A, B, C}),
    ("params.lr", "=", [1], {B}),
    ("params.lr", "=", ["1"], {B}),
    ("params.lr", "!=", [1], {A}),
    ("params.lr", "!=", ["1"], {A, C}),
    ("params.lr", "<=", [0.1], {A}),
    ("params.lr", "between", [0, 1.0], {A, B}),
    ("params.lr", "in", [0.1, 1, 5], {A, B}),
    ("params.lr", "contains", ["AUT"], {C}),
    ("params.lr", "is empty", [], {E}),
    ("params.opt", "contains", ["adam"], {A, B}),
    ("params.opt", "not contains", ["w"], {A, C, E}),
    ("params.opt", "is empty", [], {C, E}),
    ("params.opt", "is not empty", [], {A, B}),
    ("params.opt", "in", ["Adam", "adamw"], {A, B}),
    (Column("params", "odd ` \" ' key").id, "starts with", ["X"], {A}),
    ("metrics.acc", "=", [0.5], {A}),
    ("metrics.acc", "!=", [0.5], {B, C, E}),
    ("metrics.acc", ">=", [0.9], {C, E}),
    ("metrics.acc", "<", ["Infinity"], {A, C}),
    ("metrics.acc", "between", [0.5, 0.9], {A, C}),
    ("metrics.acc", "is empty", [], set()),
    ("metrics.acc", "is not empty", [], {A, B, C, E}),
    ("tags.team", "is empty", [], {B, C, E}),
    ("tags.team", "is not empty", [], {A}),
    ("tags.team", "!=", ["red"], {B}),
    ("params.unknown", "=", ["x"], set()),
    ("params.unknown", "not contains", ["x"], {A, B, C, E}),
    ("metrics.unknown", "is empty", [], {A, B, C, E}),
]


def column(identifier: str) -> Column:
    parsed = parse_column(identifier)
    assert parsed is not None
    return parsed


def test_a_filter_keeps_its_runs_and_so_does_the_search_it_stands_for(database: Database) -> None:
    with database.engine.connect() as connection:
        recorder = Recorder(connection)
        for run in RUNS:
            recorder.add(run)
        for identifier, operator, values, expected in KEPT:
            expression = filter_expression(column(identifier), operator, values, NOW)
            text = expression_text(expression)
            assert parse_search(text) == expression, text
            assert set(found(connection, text)) == expected, text


@pytest.mark.parametrize(
    ("identifier", "operator", "values", "said"),
    [
        ("metrics.acc", "contains", ["0"], ["metrics.acc", "'contains'", "between"]),
        ("attributes.status", "contains", ["f"], ["attributes.status", "Allowed are in."]),
        ("attributes.run_name", "is empty", [], ["attributes.run_name", "'is empty'"]),
        ("params.lr", "start with", ["0"], ["Did you mean 'starts with'?"]),
        ("metrics.acc", ">", ["high"], ["metrics.acc >", "'high'", "number"]),
        ("metrics.acc", ">", ["NaN"], ["'NaN'"]),
        ("metrics.acc", ">", [], ["0 values", "1 number"]),
        ("metrics.acc", "between", [1], ["1 values", "2 numbers"]),
        ("metrics.acc", "between", [2, 1], ["from 2 to 1", "smaller"]),
        ("attributes.run_name", "contains", [5], ["the number 5", "'5'"]),
        ("attributes.run_name", "=", ["x" * 6000], ["6,000 characters"]),
        ("attributes.status", "in", ["complete"], ["'complete'", "Did you mean 'completed'?"]),
        ("attributes.status", "in", [], ["no values"]),
        ("attributes.start_time", "on", ["2026-11-01"], ["1 values", "2 moment"]),
        ("attributes.start_time", "last days", [-1], ["-1", "100,000"]),
        ("attributes.start_time", "is empty", [5], ["1 values", "no value"]),
        ("params.opt", "in", [str(n) for n in range(MAX_FILTER_TEXTS + 1)], ["51 values"]),
        ("attributes.attempt", "<", [True], ["'True'"]),
    ],
)
def test_a_filter_that_cannot_be_is_refused_by_name(
    identifier: str, operator: str, values: list[Any], said: list[str]
) -> None:
    with pytest.raises(InvalidValueError) as caught:
        filter_expression(column(identifier), operator, values, NOW)
    assert [part for part in said if part not in str(caught.value)] == []


def test_the_filters_of_a_view_and_its_search_are_one_search(database: Database) -> None:
    with database.engine.connect() as connection:
        recorder = Recorder(connection)
        for run in RUNS:
            recorder.add(run)
        view: Any = {
            "where": "metrics.acc > 0 OR status = 'failed'",
            "search": "e adam",
            "filters": [
                {"column": "attributes.run_name", "operator": "not contains", "values": ["it's"]},
                {"column": "params.lr", "operator": ">=", "values": [0.1]},
            ],
        }
        condition = selection_of(view).condition(connection.dialect.name)
        selected = set(connection.scalars(select(tables.runs.c.run_name).where(condition)))
        assert selected == {A, B}
        assert set(found(connection, where_of(view))) == selected


def test_a_search_that_stands_alone_stays_as_typed() -> None:
    assert where_of({"search": ' resnet "val loss" '}) == ' resnet "val loss" '
    assert where_of({"where": "run.status='failed'", "search": "  "}) == "run.status='failed'"
    assert where_of({}) == ""
    with pytest.raises(QueryError):
        where_of({"search": "metrics.acc >", "where": "attempt > 1"})


def test_a_view_has_so_many_filters_and_conditions() -> None:
    one: Any = {"column": "params.lr", "operator": "=", "values": ["0.1"]}
    assert len(selection_of({"filters": [one] * MAX_FILTERS}).expressions) == MAX_FILTERS
    with pytest.raises(RequestError, match="51"):
        selection_of({"filters": [one] * (MAX_FILTERS + 1)})
    many: Any = {**one, "operator": "in", "values": [str(number) for number in range(50)]}
    with pytest.raises(RequestError, match="150 conditions"):
        selection_of({"filters": [many] * 3})
    misspelt: Any = {**one, "column": "attributes.statu"}
    with pytest.raises(RequestError, match="Did you mean"):
        selection_of({"filters": [misspelt]})


@pytest.mark.parametrize(
    ("identifier", "column_type", "some"),
    [
        ("attributes.start_time", "date", ["on", "last days", "is empty"]),
        ("params.lr", "number", ["=", "between", "is empty"]),
        ("params.lr", "text", ["contains", "is empty"]),
    ],
)
def test_operators_by_type(identifier: str, column_type: Any, some: list[str]) -> None:
    allowed = allowed_operators(column(identifier), column_type)
    assert set(some) <= set(allowed)

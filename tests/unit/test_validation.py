"""Malformed and hostile messages: each gets an error reply, and the store stays as it is."""

from __future__ import annotations

import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nbtrack.api import Store
from nbtrack.dashboard.protocol import MAX_CHUNK, MAX_WINDOW, OPERATIONS, Request, View
from nbtrack.dashboard.service import DashboardService
from nbtrack.dashboard.validation import MAX_INTEGER, MAX_LIST, _hints, check_shape
from nbtrack.errors import RequestError
from tests.unit.asking import checked_reply, contents, refusal, request
from tests.unit.recorded_runs import deliver_run, record_full_run

UNKNOWN = "0" * 32
DEEP: Any = "x"
for _ in range(900):
    DEEP = [DEEP]

WRONG: dict[Any, list[Any]] = {
    str: [1, None, True, [], {}, "\0", "\ud800", DEEP],
    int: ["1", None, True, 1.5, [], {}, 2**53, -(2**70)],
    float: ["1", None, True, [], {}],
    bool: ["true", None, 1, [], {}],
    list: ["a", None, 1, {}, {"0": "a"}],
    dict: ["a", None, 1, [], DEEP],
    Literal: ["no such word", None, 1, [], {}],
}
"""Type of the protocol -> JSON that is something else."""


@pytest.fixture
def service(store: Store, tmp_path: Path) -> DashboardService:
    record_full_run(store, tmp_path)
    store.recorder._facts.close(30)
    return DashboardService(store.database)


@pytest.fixture
def unchanged(store: Store, service: DashboardService) -> Iterator[None]:
    """Hold the test to changing nothing in the store."""
    store.recorder.delivery.close(30)
    before = contents(store.database)
    yield
    assert contents(store.database) == before


WRONG_IDS: list[Any] = [None, True, 1.5, [], {}, "\ud800", "\0", "x" * 1_000_000, 2**64]
MALFORMED: list[Any] = [
    None, True, 0, 1.5, "", "store", [], [1], {}, DEEP, {"v": 1}, {"id": 1}, {1: 2},
    {"v": 1, "id": 1, "op": "store"},
    {"v": 1, "id": 1, "args": {}},
    {"v": 1, "op": "store", "args": {}},
    {"v": "1", "id": 1, "op": "store", "args": {}},
    {"v": True, "id": 1, "op": "store", "args": {}},
    {"v": 1, "id": 1, "op": ["store"], "args": {}},
    {"v": 1, "id": 1, "op": "store", "args": []},
    {"v": 1, "id": 1, "op": "store", "args": {}, "extra": 1},
    {"v": 1, "id": 1, "op": "store", "args": {"x": 1}},
    {"v": 1, "id": 1, "op": "x" * 1_000_000, "args": {}},
    {"v": 1, "id": 1, "op": "store", "args": {"\ud800" * 9: 1}},
    {"v": 1, "id": 1, "op": "store", "args": {"x" * 1_000_000: 1}},
    *({"v": 1, "id": wrong, "op": "store", "args": {}} for wrong in WRONG_IDS),
]  # fmt: skip


@pytest.mark.usefixtures("unchanged")
def test_what_is_no_request_is_refused(service: DashboardService) -> None:
    for message in MALFORMED:
        reply = checked_reply(service, message)
        assert reply["ok"] is False
        assert reply["error"]["code"] == "request"


def test_a_reply_bears_the_id_where_one_can_be_read(service: DashboardService) -> None:
    def reply_id(message: Any) -> Any:
        return checked_reply(service, message)["id"]

    assert [reply_id({"id": usable}) for usable in (7, "a", 0, "")] == [7, "a", 0, ""]
    assert {reply_id({"id": wrong}) for wrong in WRONG_IDS} == {None}


@pytest.mark.parametrize("version", [0, 2, -1])
def test_another_version_is_told_to_reload(service: DashboardService, version: int) -> None:
    reply = checked_reply(service, {**request("store"), "v": version})
    assert reply["error"]["code"] == "request"
    assert f"version {version}" in reply["error"]["message"]
    assert "Reload" in reply["error"]["hint"]


def test_an_operation_misspelt_is_put_right(service: DashboardService) -> None:
    assert refusal(service, "summry")["hint"] == "Did you mean 'summary'?"
    error = refusal(service, "DROP TABLE runs")
    assert "'DROP TABLE runs'" in error["message"]


def wrong_values(shape: Any) -> Iterator[Any]:
    """Yield values that do not fit a type of the protocol, at every depth of it."""
    origin, items = get_origin(shape) or shape, get_args(shape)
    if hasattr(shape, "__required_keys__"):
        yield from WRONG[dict]
        yield {"no such key": 1}
        for key, (inner, _) in _hints(shape).items():
            good = {name: good_value(hint) for name, (hint, _) in _hints(shape).items()}
            yield from ({**good, key: wrong} for wrong in wrong_values(inner))
        for key, (_, required) in _hints(shape).items():
            if required:
                yield {name: good_value(hint) for name, (hint, _) in _hints(shape).items()
                       if name != key}  # fmt: skip
    elif origin in {Union, types.UnionType}:
        yield from ([], {}, True, *(() if float in items or int in items else (1,)))
    elif origin is list:
        yield from WRONG[list]
        yield from ([wrong] for wrong in wrong_values(items[0]))
        yield [good_value(items[0])] * (MAX_LIST + 1)
    elif origin is dict:
        yield from WRONG[dict]
        yield from ({"key": wrong} for wrong in wrong_values(items[1]))
        yield {"\0": good_value(items[1])}
        yield dict.fromkeys(map(str, range(MAX_LIST + 1)), good_value(items[1]))
    else:
        yield from WRONG[origin]


def good_value(shape: Any) -> Any:
    if hasattr(shape, "__required_keys__"):
        return {key: good_value(hint) for key, (hint, _) in _hints(shape).items()}
    if get_origin(shape) is Literal:
        return get_args(shape)[0]
    if get_origin(shape) in {Union, types.UnionType}:
        return good_value(get_args(shape)[0])
    kinds: dict[Any, Any] = {str: "a", int: 1, float: 1, bool: False, list: [], dict: {}}
    return kinds.get(get_origin(shape) or shape)


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.usefixtures("unchanged")
def test_every_operation_refuses_arguments_of_another_shape(
    service: DashboardService, operation: str
) -> None:
    tried = 0
    for args in wrong_values(OPERATIONS[operation][0]):
        reply = checked_reply(service, {"v": 1, "id": 1, "op": operation, "args": args})
        assert reply["ok"] is False, args
        assert reply["error"]["code"] == "request", args
        tried += 1
    assert tried >= 6


ROWS: dict[str, Any] = {"view": {}, "columns": [], "offset": 0, "limit": 9}
SQL = "x'; DROP TABLE runs; --"
HOSTILE: list[tuple[str, dict[str, Any], str]] = [
    ("rows", {**ROWS, "offset": -1}, "request"),
    ("rows", {**ROWS, "limit": -1}, "request"),
    ("rows", {**ROWS, "limit": MAX_WINDOW + 1}, "request"),
    ("rows", {**ROWS, "offset": MAX_INTEGER, "limit": MAX_INTEGER}, "request"),
    ("rows", {**ROWS, "columns": ["attributes.nmae"]}, "request"),
    ("rows", {**ROWS, "columns": [""]}, "request"),
    ("rows", {**ROWS, "columns": ["metrics."]}, "request"),
    ("rows", {**ROWS, "columns": [SQL]}, "request"),
    ("rows", {**ROWS, "columns": ["metrics.a"] * MAX_LIST}, "request"),
    ("rows", {**ROWS, "view": {"sort": [{"column": SQL, "descending": True}]}}, "request"),
    ("rows", {**ROWS, "view": {"sort": [{"column": "metrics.a", "descending": True}] * 99}},
     "request"),
    ("rows", {**ROWS, "view": {"experiments": [-1]}}, "request"),
    ("rows", {**ROWS, "view": {"experiments": [2**40]}}, "request"),
    ("rows", {**ROWS, "view": {"search": "metrics.acc >"}}, "query"),
    ("rows", {**ROWS, "view": {"where": "metrics.acc = 'x"}}, "query"),
    ("rows", {**ROWS, "view": {"search": "a = " * 25_000}}, "query"),
    ("rows", {**ROWS, "view": {"search": "(" * 9_000}}, "query"),
    ("rows", {**ROWS, "view": {"search": " ".join(map(str, range(99)))}}, "query"),
    ("rows", {**ROWS, "view": {"where": "x" * 1_000_000}}, "query"),
    ("summary", {"view": {"where": "params.lr ="}}, "query"),
    ("columns", {"view": {"where": "params.lr ="}}, "query"),
    ("run", {"run_id": UNKNOWN}, "not_found"),
    ("run", {"run_id": "x" * 1_000_000}, "not_found"),
    ("run", {"run_id": SQL}, "not_found"),
    ("artifacts", {"run_id": UNKNOWN}, "not_found"),
    ("artifact", {"run_id": UNKNOWN, "path": "a"}, "not_found"),
    ("artifact", {"run_id": "../../etc", "path": "passwd"}, "not_found"),
    ("series", {"run_ids": [UNKNOWN] * 300, "keys": ["a"]}, "request"),
    ("series", {"run_ids": [UNKNOWN], "keys": ["a"] * 300}, "request"),
    ("series", {"run_ids": [UNKNOWN], "keys": ["a"], "max_points": 3}, "request"),
    ("series", {"run_ids": [UNKNOWN], "keys": ["a"], "max_points": 2_001}, "request"),
    ("set_tags", {"run_ids": [UNKNOWN], "tags": {"a": "b"}}, "not_found"),
    ("set_tags", {"run_ids": [UNKNOWN], "tags": {"": "b"}}, "invalid_key"),
    ("set_tags", {"run_ids": [UNKNOWN], "tags": {"a\nb": "b"}}, "invalid_key"),
    ("set_tags", {"run_ids": [UNKNOWN], "tags": {"k" * 251: "b"}}, "invalid_key"),
    ("set_description", {"run_id": UNKNOWN, "description": "d"}, "not_found"),
    ("delete", {"run_ids": [UNKNOWN]}, "not_found"),
    ("delete", {"run_ids": [SQL]}, "not_found"),
    ("restore", {"run_ids": [UNKNOWN] * MAX_LIST}, "not_found"),
    ("create_experiment", {"name": ""}, "invalid_key"),
    ("create_experiment", {"name": "n" * 251}, "invalid_key"),
    ("rename_experiment", {"experiment_id": 99, "name": "other"}, "not_found"),
    ("rename_experiment", {"experiment_id": -1, "name": "other"}, "request"),
    ("rename_experiment", {"experiment_id": 2**40, "name": "other"}, "request"),
    ("rename_experiment", {"experiment_id": 1, "name": " "}, "invalid_key"),
    ("delete_experiment", {"experiment_id": 99}, "not_found"),
    ("restore_experiment", {"experiment_id": 99}, "not_found"),
    ("delete", {}, "request"),
    ("delete", {"run_ids": [], "view": {}}, "request"),
    ("delete", {"view": {"search": "metrics.acc >"}}, "query"),
    ("delete", {"view": {"filters": [{"column": SQL, "operator": "=", "values": ["a"]}]}},
     "request"),
    ("restore", {"excluded": [UNKNOWN]}, "request"),
    ("set_tags", {"view": {}, "tags": {"a": "\x00"}}, "request"),
    ("set_tags", {"view": {}, "tags": {"a": "b" * 1_000_001}}, "invalid_value"),
    ("clear", {"view": {"experiments": [-1]}}, "request"),
    ("set_view", {"view_id": "v", "view": {"search": "x" * 1_000_000}}, "invalid_value"),
    ("set_view", {"view_id": "v", "view": {"columns": ["params.a"] * 501}}, "request"),
    ("set_view", {"view_id": "v", "view": {"group_by": ["params.a"] * 2}}, "request"),
    ("set_view", {"view_id": "v", "view": {"group_by": ["attributes.nmae"]}}, "request"),
    ("set_view", {"view_id": "v", "view": {"group_by": ["params.a"],
                                           "group_options": {"params.a": {"order": SQL}}}},
     "request"),
    ("set_view", {"view_id": "v", "view": {"pinned": [SQL]}}, "request"),
    ("set_view", {"view_id": "v", "view": {"widths": {SQL: 100}}}, "request"),
    ("set_view", {"view_id": "v", "view": {"directions": {"acc": "max"}}}, "request"),
    ("set_view", {"view_id": "v", "view": {"filters": [
        {"column": "metrics.acc", "operator": "contains", "values": ["a"]}]}}, "invalid_value"),
    ("set_view", {"view_id": "v", "view": {"folder": "/etc"}}, "request"),
    ("set_view", {"view_id": "v", "view": {"columns": ["no column"]}}, "request"),
    ("set_view", {"view_id": "", "view": {}}, "invalid_key"),
    ("set_view", {"view_id": "v" * 251, "view": {}}, "invalid_key"),
]  # fmt: skip


@pytest.mark.usefixtures("unchanged")
def test_hostile_arguments_are_refused(service: DashboardService) -> None:
    for operation, args, code in HOSTILE:
        assert refusal(service, operation, **args)["code"] == code, (operation, args)


@pytest.mark.parametrize(
    "path",
    [
        "../model.bin", "models/../../x", "/etc/passwd", "C:\\Windows\\x", "..", "", ".",
        "models/model.bin\n", "\\\\host\\share", "a" * 2_000, "models\\..\\..\\x",
    ],
)  # fmt: skip
@pytest.mark.usefixtures("unchanged")
def test_a_path_that_leaves_the_runs_folder_is_refused(
    service: DashboardService, store: Store, path: str
) -> None:
    (run_id,) = store.runs("run_name = 'full <b>run</b>'")["run_id"]
    assert refusal(service, "artifact", run_id=run_id, path=path)["code"] == "artifact"


@pytest.mark.parametrize(("offset", "limit"), [(-1, 1), (0, 0), (0, -1), (0, MAX_CHUNK + 1)])
def test_a_part_of_an_artifact_that_cannot_be_is_refused(
    service: DashboardService, store: Store, offset: int, limit: int
) -> None:
    (run_id,) = store.runs("run_name = 'full <b>run</b>'")["run_id"]
    part = {"path": "models/model.bin", "offset": offset, "limit": limit}
    assert refusal(service, "artifact", run_id=run_id, **part)["code"] == "request"


def test_a_search_that_does_not_parse_says_where(service: DashboardService) -> None:
    error = refusal(service, "rows", **{**ROWS, "view": {"search": "metrics.acc >> 1"}})
    assert error["code"] == "query"
    assert tuple(error["span"]) == (12, 14)


def test_texts_that_look_like_sql_are_texts(service: DashboardService, store: Store) -> None:
    name = "Robert'); DROP TABLE runs;-- %_\\ \"`"
    run_id = deliver_run(store.database, name=name, tags={SQL: SQL})
    column = f"tags.`{SQL}`"
    for search in (f'"{SQL}"', f'{column} = "{SQL}"'):
        view = {"search": search, "sort": [{"column": column, "descending": False}]}
        message = request("rows", view=view, columns=[column], offset=0, limit=5)
        reply = checked_reply(service, message)
        found: Any = reply["result"]
        assert [(row["run_id"], row["cells"]) for row in found["rows"]] == [(run_id, [SQL])]
    assert store.get_run(run_id).run_name == name


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=12,
)  # fmt: skip
VIEWS = st.fixed_dictionaries({}, optional=dict.fromkeys(_hints(View), JSON)) | JSON


def arguments(operation: str) -> st.SearchStrategy[Any]:
    keys = _hints(OPERATIONS[operation][0])
    values = {key: VIEWS if key == "view" else JSON for key in keys}
    return st.fixed_dictionaries({}, optional=values)


REQUESTS = st.sampled_from(list(OPERATIONS)).flatmap(
    lambda operation: st.fixed_dictionaries(
        {"v": st.just(1) | JSON, "id": st.integers(0, 9) | JSON, "op": st.just(operation) | JSON,
         "args": arguments(operation) | JSON}
    )
)  # fmt: skip


@given(messages=st.lists(JSON | REQUESTS, min_size=1, max_size=5))
@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_json_gets_an_answer(service: DashboardService, messages: list[Any]) -> None:
    for message in messages:
        checked_reply(service, message)


@pytest.mark.parametrize(
    ("value", "shape", "message"),
    [
        ({}, Request, "it lacks 'v'"),
        ([1], list[str], "it[0] is 1, it must be text"),
        ({"a": 1}, dict[str, str], "it.a is 1, it must be text"),
        ({"a": 1}, dict[Literal["b"], int], "a key of it is 'a', it must be one of ['b']"),
        ("c", Literal["a", "b"], "it is 'c', it must be one of ['a', 'b']"),
        (1, str | None, "it is 1, it must be text or null"),
        ({"searhc": ""}, View, "it has the unknown key 'searhc'"),
        (2**60, int, "it must be within"),
        ("x" * 500, int, "..."),
    ],
)
def test_the_message_says_what_does_not_fit(value: Any, shape: Any, message: str) -> None:
    with pytest.raises(RequestError) as caught:
        check_shape(value, shape, "it")
    assert message in caught.value.message
    assert len(caught.value.message) < 300


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        ("a", str), (1, int), (1, float), (1.5, float), (True, bool), (None, str | None),
        ([], list[int]), ({"a": None}, dict[str, str | None]), ({}, View), (DEEP, Any),
        ((1, 2), tuple[int, int]), (MAX_INTEGER, int), ("NaN", float | Literal["NaN"]),
    ],
)  # fmt: skip
def test_what_fits_passes(value: Any, shape: Any) -> None:
    check_shape(value, shape, "it")


def test_an_unknown_key_close_to_a_known_one_is_put_right() -> None:
    with pytest.raises(RequestError) as caught:
        check_shape({"searhc": ""}, View, "it")
    assert caught.value.hint == "Did you mean 'search'?"

"""What windows of the tree cost, whatever the number of runs and groups; and their bounds."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from nbtrack.analysis.frames import runs_frame
from nbtrack.dashboard.protocol import MAX_GROUP_LEVELS, MAX_RUN_IDS
from nbtrack.dashboard.service import DashboardService
from nbtrack.query import grouping
from nbtrack.query.cache import Cache, cache_of
from nbtrack.store import Database
from tests.benchmarks.fill import Filling, fill
from tests.unit.asking import ask, refusal
from tests.unit.recorded_runs import deliver_run
from tests.unit.statements import executed

COLUMNS = ["attributes.status", "params.param_0", "metrics.metric_1", "tags.tag_2"]
VIEW = {
    "search": "metrics.metric_1 > 0.1 and params.param_0 < 99",
    "sort": [{"column": "metrics.metric_0", "descending": True}],
    "group_by": ["params.param_2", "attributes.start_time", "metrics.metric_0"],
    "group_options": {"params.param_2": {"order": "mean metrics.metric_1"}},
}
ALL_OPEN = {"all": True, "paths": []}
SEARCHES = [
    "metrics.metric_1 > 0.5 and (params.param_2 = 'adam' or tags.tag_0 = 'team 1')",
    "not metrics.metric_3 >= 0.5",
    "metrics.metric_3 != 1 and params.param_7 is null",
    "params.param_9 in (8, 16) and not (user_id = 'ada' or params.param_4 = 'true')",
    "model-007",
    "team run-1",
    "params.param_1 = 0.1 or attributes.status = 'failed'",
]


def costs(database: Database) -> list[int]:
    """Return how many statements the first window takes, the second, and the aggregates."""
    service = DashboardService(database)
    found = []
    window = {"view": VIEW, "columns": COLUMNS, "limit": 20, "expanded": ALL_OPEN}
    with executed(database) as statements:
        first = ask(service, "rows", offset=0, **window)
    found.append(len(statements))
    with executed(database) as statements:
        ask(service, "rows", offset=first["total"] // 2, **window)
    found.append(len(statements))
    paths = [[], *(row["path"] for row in first["rows"] if row["kind"] == "group")]
    columns = ["metrics.metric_0", "metrics.metric_2", "params.param_0", "attributes.duration"]
    with executed(database) as statements:
        ask(service, "aggregates", view=VIEW, columns=columns, paths=paths)
    return [*found, len(statements)]


def test_statements_do_not_grow_with_runs_or_groups(database: Database) -> None:
    fill(database, Filling(20))
    few = costs(database)
    fill(database, Filling(2_000), seed=1)
    many = costs(database)
    # a column of many different numbers is asked for once more
    assert all(theirs <= ours + 4 for ours, theirs in zip(few, many, strict=True))
    first, second, aggregates = many
    assert first <= 25
    assert second <= 11
    assert aggregates <= 8


def test_a_window_of_known_runs_reads_its_own_rows_alone(database: Database) -> None:
    fill(database, Filling(2_000))
    service = DashboardService(database)
    view = {"sort": [{"column": "metrics.metric_0", "descending": True}]}
    ask(service, "rows", view=view, columns=COLUMNS, offset=0, limit=10)
    with executed(database) as statements:
        window = ask(service, "rows", view=view, columns=COLUMNS, offset=1_000, limit=10)
    assert len(window["rows"]) == 10
    for statement, _values in statements:
        table = statement.partition("FROM ")[2].split()[0]
        if table in {"runs", "params", "latest_metrics", "tags"}:
            assert "IN (" in statement.partition("WHERE")[2], statement


@pytest.mark.parametrize("search", SEARCHES)
def test_a_search_finds_the_same_runs_as_in_python(database: Database, search: str) -> None:
    fill(database, Filling(300))
    service = DashboardService(database)
    found = ask(service, "ids", view={"search": search}, offset=0, limit=MAX_RUN_IDS)["run_ids"]
    assert 0 < len(found) < 300
    assert runs_frame(database, search).run_id.tolist() == found


def test_a_window_beyond_the_end_knows_the_total(database: Database) -> None:
    service = DashboardService(database)
    for number in range(3):
        deliver_run(database, params={"lr": number})
    for expanded, total in [(None, 3), (ALL_OPEN, 6)]:
        more = {"expanded": expanded} if expanded else {}
        for offset in (6, 10**9):
            found = ask(service, "rows", view={"group_by": ["params.lr"]}, columns=[],
                        offset=offset, limit=9, **more)  # fmt: skip
            assert (found["total"], found["runs"], found["rows"]) == (total, 3, [])


def test_as_many_groups_as_runs_are_shown(database: Database) -> None:
    fill(database, Filling(3_000))
    service = DashboardService(database)
    view = {"group_by": ["attributes.run_name"]}
    found = ask(service, "rows", view=view, columns=[], offset=2_999, limit=9)
    assert found["total"] == found["runs"] == 3_000
    assert [row["label"] for row in found["rows"]] == ["run-999"]
    expanded = {"all": False, "paths": [["run-10"]]}
    opened = ask(service, "rows", view=view, columns=[], offset=0, limit=9, expanded=expanded)
    assert opened["total"] == 3_001
    assert [row["kind"] for row in opened["rows"]][:5] == ["group"] * 3 + ["run", "group"]


def test_too_many_groups_are_refused(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grouping, "MAX_GROUPS", 50)
    fill(database, Filling(60))
    service = DashboardService(database)
    refused = [
        ["attributes.run_name"], ["params.param_3"], ["attributes.status", "attributes.run_name"],
    ]  # fmt: skip
    for group_by in refused:
        error = refusal(service, "rows", view={"group_by": group_by}, columns=[], offset=0, limit=9)
        assert error["code"] == "request"
        assert f"{group_by[-1]} makes 60 groups; 50 can be shown" in error["message"]
        assert "Filter" in error["hint"]
    searched = {"group_by": ["attributes.run_name"], "search": "params.param_0 < 50"}
    found = ask(service, "rows", view=searched, columns=[], offset=0, limit=9)
    assert 0 < found["total"] == found["runs"] <= 50


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"group_by": ["params.x"] * 2}, "by params.x twice"),
    ({"group_by": [f"params.p{n}" for n in range(MAX_GROUP_LEVELS + 1)]}, "at most 8 columns"),
    ({"group_by": ["nonsense"]}, "'nonsense' is no column"),
    ({"group_by": ["params.x"], "group_options": {"params.x": {"bucket": -1}}}, "-1 wide"),
    ({"group_by": ["params.x"], "group_options": {"params.x": {"order": "most"}}}, "'most'"),
    (
        {"group_by": ["params.x"], "group_options": {"params.x": {"order": "min tags.a"}}},
        "tags.a is no metric",
    ),
]


@pytest.mark.parametrize(("view", "message"), REFUSED)
def test_what_cannot_be_grouped_is_refused(
    database: Database, view: dict[str, Any], message: str
) -> None:
    service = DashboardService(database)
    error = refusal(service, "rows", view=view, columns=[], offset=0, limit=9)
    assert message in error["message"]


def test_saving_a_view_forgets_nothing_and_a_change_of_a_run_all(database: Database) -> None:
    service = DashboardService(database)
    run_id = deliver_run(database, tags={"team": "a"})
    asked: dict[str, Any] = {"view": {"group_by": ["tags.team"]}, "columns": [], "limit": 9}
    before = ask(service, "rows", offset=0, **asked)
    ask(service, "set_view", view_id="v", view={})
    with executed(database) as statements:
        again = ask(service, "rows", offset=0, **asked)
    assert len(statements) == 1
    assert again["revision"] == before["revision"] + 1
    ask(service, "set_tags", run_ids=[run_id], tags={"team": "b"})
    changed = ask(service, "rows", offset=0, **asked)
    assert [row["label"] for row in changed["rows"]] == ["b"]


def test_buckets_days_and_odd_values_have_readable_names(database: Database) -> None:
    service, hour = DashboardService(database), 3_600_000
    values = [0.0, 0.31, 0.99, float("nan"), float("inf"), float("-inf")]
    params: list[Any] = [0.1, "0.1", "", True, [1], 10**30]
    for number, (value, param) in enumerate(zip(values, params, strict=True)):
        deliver_run(database, start=number * 20 * hour, seconds=number * 30,
                    metrics={"acc": value}, params={"x": param})  # fmt: skip

    def labels(column: str, **options: Any) -> list[str]:
        view = {"group_by": [column], "group_options": {column: options}}
        found = ask(service, "rows", view=view, columns=[], offset=0, limit=9, utc_offset=-120)
        return [row["label"] for row in found["rows"]]

    assert labels("metrics.acc") == [
        "-Infinity", "0.0 to 0.1", "0.3 to 0.4", "0.9 to 1.0", "Infinity", "NaN",
    ]  # fmt: skip
    assert labels("metrics.acc", bucket=0)[1:4] == ["0", "0.31", "0.99"]
    assert labels("params.x") == ["0.1", "1e+30", "(empty)", "[1]", "true"]
    assert labels("attributes.duration")[:2] == ["0s to 15s", "30s to 45s"]
    assert labels("attributes.start_time") == [
        "1969-12-31", "1970-01-01", "1970-01-02", "1970-01-03", "1970-01-04", "1970-01-05",
    ]  # fmt: skip
    assert labels("attributes.start_time", period="month") == ["1969-12", "1970-01"]
    assert labels("attributes.start_time", period="week") == [
        "1969-12-29 to 1970-01-04", "1970-01-05 to 1970-01-11",
    ]  # fmt: skip


def test_long_texts_are_told_apart_to_their_ends(database: Database) -> None:
    service, long = DashboardService(database), "x" * 5_000
    texts = ["b", f"{long}1", f"{long}2", "a", f"{long}1", "é" * 200, "é" * 201]
    for text in texts:
        deliver_run(database, params={"x": text})
    view = {"group_by": ["params.x"]}
    found = ask(service, "rows", view=view, columns=[], offset=0, limit=9)["rows"]
    assert [row["count"] for row in found] == [1, 1, 2, 1, 1, 1]
    assert [row["label"][:2] for row in found] == ["a", "b", "xx", "xx", "éé", "éé"]
    assert len({row["path"][0] for row in found}) == 6
    assert all(len(row["label"]) <= 300 for row in found)


class Block:
    """Something of a known size."""

    def __init__(self, nbytes: int) -> None:
        self.nbytes = nbytes


def test_the_cache_stays_within_its_memory_and_forgets_older_revisions() -> None:
    cache, made = Cache(max_bytes=100), itertools.count()

    def make(size: int) -> Block:
        next(made)
        return Block(size)

    for key in range(5):
        cache.get(1, key, lambda: make(40))
        assert cache.nbytes <= 100
    cache.get(1, 4, lambda: make(40))
    assert next(made) == 5
    cache.get(2, 4, lambda: make(10))
    assert cache.nbytes == 10
    cache.get(1, 3, lambda: make(40))
    assert cache.nbytes == 10
    cache.get(2, 9, lambda: make(101))
    assert cache.nbytes <= 100


def test_the_cache_is_one_for_all_services_of_a_store(database: Database) -> None:
    deliver_run(database)
    window: dict[str, Any] = {"view": {}, "columns": [], "offset": 0, "limit": 9}
    ask(DashboardService(database), "rows", **window)
    kept = cache_of(database).nbytes
    assert kept > 0
    with executed(database) as statements:
        ask(DashboardService(database), "rows", **window)
    assert len(statements) == 2

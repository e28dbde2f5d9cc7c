"""Trees of runs against naive ones made in Python, on both databases."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nbtrack.dashboard.service import DashboardService
from nbtrack.model import Status
from nbtrack.store import Database
from nbtrack.store.experiments import ensure_experiment
from tests.unit.asking import ask
from tests.unit.naive_runs import MODEL, RUNS, SORTS, Run, metric, naively_sorted, seconds, start
from tests.unit.recorded_runs import deliver_run

Identity = tuple[int, Any]
"""Kind and value of a group; kinds stand in order whichever way groups are ordered."""
NONE: Identity = (2, 0)

_EXPERIMENTS = itertools.count()
_LIFE = list(Status)


class Opened(NamedTuple):
    """Which groups are open: all, or none, but for exceptions."""

    all: bool
    exceptions: frozenset[tuple[Identity, ...]] = frozenset()

    def at(self, path: tuple[Identity, ...]) -> bool:
        return self.all != (path in self.exceptions)


def bucketed(identity: Identity, width: float) -> Identity:
    kind, value = identity
    if kind or not width or isinstance(value, str) or math.isinf(value):
        return identity
    return kind, math.floor(value / width)


def period(run: Run, name: str, offset: int) -> Identity:
    day = datetime.fromtimestamp(0, tz=UTC) + timedelta(milliseconds=run["start"], minutes=offset)
    starts = {
        "day": day.date(),
        "week": (day - timedelta(days=day.weekday())).date(),
        "month": day.date().replace(day=1),
    }
    return 0, starts[name].toordinal()


def identity(run: Run, column: str, options: dict[str, Any], offset: int) -> Identity:
    """Return which group of a column a run is in."""
    if column == "attributes.start_time" and start(run) is not None:
        return period(run, options.get("period", "day"), offset)
    if column == "attributes.status":
        return 1, _LIFE.index(run["status"])
    found = MODEL[column](run)
    return NONE if found is None else bucketed(found, options.get("bucket", 0))


def measured(runs: list[Run], order: str, options: dict[str, Any]) -> tuple[bool, float]:
    """Return the place of a group by an order of its own; groups lacking the number come last."""
    sign = -1 if options.get("descending", False) else 1
    if order == "count":
        return False, sign * len(runs)
    statistic, key = order.split(" metrics.")
    found = [metric(run, key) for run in runs]
    numbers = [value for entry in found if entry for kind, value in [entry]
               if kind == 0 and math.isfinite(value)]  # fmt: skip
    if not numbers:
        return True, 0
    of: dict[str, Callable[[list[float]], float]] = {
        "min": min,
        "max": max,
        "mean": lambda some: math.fsum(some) / len(some),
    }
    return False, sign * of[statistic](numbers)


def siblings(
    runs: list[Run], column: str, options: dict[str, Any], offset: int
) -> list[tuple[Identity, list[Run]]]:
    """Return the groups of some runs in the order in which they are shown."""
    groups: dict[Identity, list[Run]] = {}
    for run in runs:
        groups.setdefault(identity(run, column, options, offset), []).append(run)
    order = options.get("order", "value")
    kinds = []
    for kind in (0, 1, 2):
        descending = options.get("descending", False) and order == "value"
        own = sorted((key for key in groups if key[0] == kind), reverse=descending)
        kinds += [(key, groups[key]) for key in own]
    if order == "value":
        return kinds
    return sorted(kinds, key=lambda group: (group[0] == NONE, *measured(group[1], order, options)))


def naive_rows(
    runs: list[Run],
    levels: list[tuple[str, dict[str, Any]]],
    offset: int,
    opened: Opened,
    path: tuple[Identity, ...] = (),
) -> Iterator[dict[str, Any]]:
    """Yield the visible rows of a tree; `runs` are sorted."""
    level = len(path) + 1
    if not levels:
        yield from ({"level": level, "run_id": run["run_id"]} for run in runs)
        return
    (column, options), *deeper = levels
    for key, within in siblings(runs, column, options, offset):
        own = (*path, key)
        yield {
            "level": level, "path": own, "count": len(within), "expanded": opened.at(own),
            "statuses": dict(Counter(run["status"].value for run in within)),
        }  # fmt: skip
        if opened.at(own):
            yield from naive_rows(within, deeper, offset, opened, own)


def comparable(row: dict[str, Any]) -> dict[str, Any]:
    names = ("level", "run_id", "count", "expanded", "statuses")
    return {name: row[name] for name in names if name in row}


NUMERIC = ("params.lr", "metrics.acc", "metrics.`log loss`", "attributes.duration")
LEVELS = st.lists(
    st.tuples(
        st.sampled_from(list(MODEL)),
        st.fixed_dictionaries(
            {"bucket": st.sampled_from([0, 0.5, 2.0])},
            optional={
                "period": st.sampled_from(["day", "week", "month"]),
                "order": st.sampled_from(
                    ["value", "count", "min metrics.acc", "mean metrics.acc", "max metrics.acc"]
                ),
                "descending": st.booleans(),
            },
        ),
    ),
    max_size=3,
    unique_by=lambda level: level[0],
)


@given(
    runs=st.lists(RUNS, max_size=10, unique_by=lambda run: run["run_id"]),
    trees=st.lists(
        st.tuples(LEVELS, SORTS, st.sampled_from([0, -600, 330]), st.sets(st.integers(0, 9)),
                  st.booleans()),
        min_size=1, max_size=4,
    ),
    size=st.integers(1, 7),
)  # fmt: skip
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_a_tree_is_that_of_naive_groups(
    database: Database, runs: list[Run], trees: list[Any], size: int
) -> None:
    service, name = DashboardService(database), f"t{next(_EXPERIMENTS)}"
    experiment = ensure_experiment(database, name)
    runs = [{**run, "run_id": f"{experiment:08x}{run['run_id'][8:]}"} for run in runs]
    runs = list({run["run_id"]: run for run in runs}.values())
    for run in runs:
        deliver_run(database, experiment=name, **run)
    for tree in trees:
        _check_tree(service, runs, experiment, tree, size)


def _check_tree(
    service: DashboardService, runs: list[Run], experiment: int, tree: Any, size: int
) -> None:
    levels, sort, offset, chosen, all_open = tree
    view = {
        "experiments": [experiment], "sort": sort,
        "group_by": [column for column, _ in levels], "group_options": dict(levels),
    }  # fmt: skip
    asked: dict[str, Any] = {"view": view, "utc_offset": offset}
    ordered = naively_sorted(runs, sort)
    whole = ask(service, "rows", columns=[], offset=0, limit=500,
                expanded={"all": True, "paths": []}, **asked)["rows"]  # fmt: skip
    naive = list(naive_rows(ordered, levels, offset, Opened(all=True)))
    assert list(map(comparable, whole)) == list(map(comparable, naive))
    groups = [
        (theirs["path"], ours["path"])
        for theirs, ours in zip(whole, naive, strict=True)
        if "path" in ours
    ]
    assert len({tuple(path) for path, _ in groups}) == len(groups)
    _check_aggregates(service, runs, (levels, offset), asked, groups)
    _check_marks(service, asked, whole, chosen)
    some = [pair for place, pair in enumerate(groups) if place in chosen]
    asked["expanded"] = {"all": all_open, "paths": [path for path, _ in some]}
    opened = Opened(all_open, frozenset(own for _, own in some))
    wanted = list(naive_rows(ordered, levels, offset, opened))
    shown: list[Any] = []
    for first in range(0, len(wanted) + size, size):
        window = ask(service, "rows", columns=[], offset=first, limit=size, **asked)
        assert (window["total"], window["runs"]) == (len(wanted), len(runs))
        shown += window["rows"]
    assert list(map(comparable, shown)) == list(map(comparable, wanted))
    ids = ask(service, "ids", offset=1, limit=size, **asked)["run_ids"]
    assert ids == [row["run_id"] for row in wanted[1 : 1 + size] if "run_id" in row]


def _check_marks(
    service: DashboardService, asked: dict[str, Any], whole: list[Any], chosen: set[int]
) -> None:
    """Compare the runs of groups, and how many of them are marked, with those of the whole tree."""
    every = [row["run_id"] for row in whole if "run_id" in row]
    named = [run_id for place, run_id in enumerate(every) if place in chosen]
    marks = {"all": len(chosen) % 2 == 1, "run_ids": named}
    groups = [(row["path"], _runs_below(whole, place)) for place, row in enumerate(whole)
              if "path" in row]  # fmt: skip
    paths = [[], *(path for path, _ in groups), ["no", "such", "group", "there"]]
    told = ask(service, "marked_counts", marks=marks, paths=paths, **asked)["counts"]
    marked = [run_id for run_id in every if (run_id in named) != marks["all"]]
    below = [every, *(runs for _, runs in groups)]
    assert told == [*(len(set(marked) & set(runs)) for runs in below), None]
    for path, runs in groups:
        found = ask(service, "ids", path=path, offset=1, limit=2, **asked)["run_ids"]
        assert found == runs[1:3]


def _runs_below(whole: list[Any], place: int) -> list[str]:
    inside = itertools.takewhile(
        lambda row: row["level"] > whole[place]["level"], whole[place + 1 :]
    )
    return [row["run_id"] for row in inside if "run_id" in row]


def _check_aggregates(
    service: DashboardService,
    runs: list[Run],
    tree: tuple[list[tuple[str, dict[str, Any]]], int],
    asked: dict[str, Any],
    groups: list[tuple[list[str | None], tuple[Identity, ...]]],
) -> None:
    levels, offset = tree
    columns = [*NUMERIC, "tags.team", "attributes.status"]
    paths = [[], *(path for path, _ in groups), ["no", "such", "group", "there"]]
    found = ask(service, "aggregates", columns=columns, paths=paths, **asked)["groups"]
    assert [group["path"] for group in found] == paths[:-1]
    for group, own in zip(found, [(), *(own for _, own in groups)], strict=True):
        within = [
            run for run in runs
            if all(identity(run, *level, offset) == key
                   for level, key in zip(levels, own, strict=False))
        ]  # fmt: skip
        for column, cell in zip(columns, group["cells"], strict=True):
            values = [MODEL[column](run) for run in within] if column in NUMERIC else []
            numbers = [entry[1] for entry in values if entry and not entry[0]
                       and math.isfinite(entry[1])]  # fmt: skip
            if not numbers:
                assert cell is None
                continue
            assert (cell["count"], cell["min"], cell["max"]) == (
                len(numbers), min(numbers), max(numbers),
            )  # fmt: skip
            mean = math.fsum(number / len(numbers) for number in numbers)
            assert cell["mean"] == pytest.approx(mean, rel=1e-9, abs=1e-9)


def test_the_groups_within_a_group_are_opened_together(database: Database) -> None:
    service = DashboardService(database)
    for lr, team in itertools.product((1, 2), ("blue", "red")):
        deliver_run(database, params={"lr": lr}, tags={"team": team})
    view = {"group_by": ["params.lr", "tags.team"]}

    def shown(**expanded: Any) -> list[str]:
        opened = {"all": False, "paths": [], **expanded}
        rows = ask(service, "rows", view=view, columns=[], offset=0, limit=50, expanded=opened)
        return [row.get("label", "run") for row in rows["rows"]]

    assert shown(within=[[]]) == ["1", "blue", "red", "2", "blue", "red"]
    assert shown(within=[[]], paths=[["1"]]) == ["1", "2", "blue", "red"]
    assert shown(within=[["2"]], paths=[["2"]]) == ["1", "2", "blue", "run", "red", "run"]
    assert shown(all=True, within=[[], ["1"]]) == ["1", "2"]
    assert shown(within=[["none"], ["1", "blue"], ["1", "blue", "x"]]) == ["1", "2"]


def test_a_run_without_the_key_is_in_the_last_group(database: Database) -> None:
    assert seconds({"status": "running"}) is None
    service = DashboardService(database)
    for number in range(3):
        deliver_run(database, params={"lr": number} if number else {})
    view = {"group_by": ["params.lr"], "group_options": {"params.lr": {"descending": True}}}
    found = ask(service, "rows", view=view, columns=[], offset=0, limit=9)
    assert [(row["label"], row["path"]) for row in found["rows"]] == [
        ("2", ["2"]), ("1", ["1"]), ("(none)", [None]),
    ]  # fmt: skip

"""Runs as plain dictionaries, random ones, and how they are sorted, with no database."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from nbtrack.model import Status
from nbtrack.store.values import encode_param

Run = dict[str, Any]
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
        "start": st.sampled_from([0, 1, 86_399_999, 86_400_000, 40 * 86_400_000]),
        "seconds": st.sampled_from([0, 0.25, 1, 1.0, 7]),
        "params": st.dictionaries(st.sampled_from(["lr", "a b"]), VALUES),
        "metrics": st.dictionaries(st.sampled_from(["acc", "log loss"]), NUMBERS),
        "tags": st.dictionaries(st.sampled_from(["team", "é"]), TEXTS),
        "user_id": st.none() | TEXTS,
        "git_branch": st.none() | TEXTS,
    }
)


def start(run: Run) -> int | None:
    return None if run["status"] is Status.QUEUED else run["start"]


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
    "attributes.start_time": lambda run: plain(start(run)),
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

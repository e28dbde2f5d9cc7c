"""Random searches over random runs agree with Python on every database."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nbtrack.query.attributes import STATUS_NAMES
from nbtrack.store import Database
from tests.unit.searching import Recorder, Run, found, number_of

Search = tuple[str, Callable[[Run], bool]]
"""A search, and the same as a Python predicate."""

# Random searches. Few keys and values, so that runs and searches often meet.

TEXTS = st.text(alphabet="aAbéÉß'\"\\%_*?[]^-. \n", max_size=4)
NUMBERS = st.sampled_from([-1e300, -2.5, -1, 0, 0.1, 0.30000000000000004, 1, 3, 1e21])
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le,
    ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


def optional(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


RUNS = st.fixed_dictionaries(
    {
        "run_name": TEXTS,
        "status": st.sampled_from([status.value for status in STATUS_NAMES]),
        "experiment": st.sampled_from(["a", "É b"]),
        "user_id": optional(TEXTS),
        "host": optional(st.sampled_from(["a", "b"])),
        "attempt": optional(st.integers(0, 3)),
        "start_time": st.integers(0, 3000),
        "seconds": optional(st.sampled_from([0, 0.1, 1, 2.345])),
        "metrics": st.dictionaries(
            st.sampled_from(["acc", "log loss"]),
            NUMBERS | st.sampled_from([math.nan, math.inf, -math.inf]),
        ),
        "params": st.dictionaries(st.sampled_from(["lr", "a.b c"]), TEXTS | NUMBERS),
        "tags": st.dictionaries(st.sampled_from(["team", "é"]), TEXTS),
        "datasets": st.lists(
            st.tuples(st.sampled_from("ab"), st.just("d"), st.sampled_from(["", "train"])),
            max_size=2, unique=True,
        ),
    }
)  # fmt: skip


def quoted(text: str) -> str:
    if not set(text) & set("'\\"):
        return f"'{text}'"
    return "E'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def like(text: str, pattern: str, flags: int = 0) -> bool:
    regex = re.escape(pattern).replace("%", ".*").replace("_", ".")
    return re.fullmatch(regex, text, flags | re.DOTALL) is not None


def texts(name: str, values: Callable[[Run], Iterable[str]]) -> st.SearchStrategy[Search]:
    """Return searches on a name that has any number of text values per run."""

    def build(comparator: str, constant: str) -> Search:
        tests: dict[str, Callable[[str], bool]] = {
            "=": lambda value: value == constant,
            "!=": lambda value: value != constant,
            "LIKE": lambda value: like(value, constant),
            "ilike": lambda value: like(value, constant, re.IGNORECASE),
        }
        return f"{name} {comparator} {quoted(constant)}", lambda run: any(
            map(tests[comparator], values(run))
        )

    return st.builds(build, st.sampled_from(["=", "!=", "LIKE", "ilike"]), TEXTS)


def numbers(name: str, value: Callable[[Run], float | None]) -> st.SearchStrategy[Search]:
    """Return searches on a name that has one number per run, or none."""

    def compare(comparator: str, constant: float) -> Search:
        def matches(run: Run) -> bool:
            number = value(run)
            return number is not None and COMPARE[comparator](number, constant)

        return f"{name}{comparator}{constant!r}", matches

    def between(low: float, high: float) -> Search:
        def matches(run: Run) -> bool:
            number = value(run)
            return number is not None and low <= number <= high

        return f"{name} BETWEEN {low!r} and {high!r}", matches

    comparisons = st.builds(compare, st.sampled_from(list(COMPARE)), NUMBERS)
    return comparisons | st.builds(between, NUMBERS, NUMBERS)


def null_tests(name: str, value: Callable[[Run], object]) -> st.SearchStrategy[Search]:
    return st.sampled_from(
        [
            (f"{name} IS NULL", lambda run: value(run) is None),
            (f"{name} is not null", lambda run: value(run) is not None),
        ]
    )


def lists(name: str, value: Callable[[Run], object]) -> st.SearchStrategy[Search]:
    def build(constants: list[float], *, negated: bool) -> Search:
        def matches(run: Run) -> bool:
            return value(run) is not None and (value(run) in constants) is not negated

        inner = ", ".join(map(repr, constants))
        return f"{name} {'NOT IN' if negated else 'IN'} ({inner})", matches

    return st.builds(build, st.lists(NUMBERS, min_size=1, max_size=3), negated=st.booleans())


def present(*value: Any) -> list[Any]:
    return [each for each in value if each is not None]


def milliseconds(run: Run) -> int | None:
    return None if run["seconds"] is None else round(run["seconds"] * 1000)


def duration(run: Run) -> float | None:
    elapsed = milliseconds(run)
    return None if elapsed is None else elapsed / 1000


def end_time(run: Run) -> int | None:
    elapsed = milliseconds(run)
    return None if elapsed is None else run["start_time"] + elapsed


def lr(run: Run) -> float | None:
    return number_of(run["params"].get("lr"))


CONDITIONS = st.one_of(
    texts("run_name", lambda run: [run["run_name"]]),
    texts("attributes.user_id", lambda run: present(run["user_id"])),
    texts("experiment", lambda run: [run["experiment"]]),
    texts("host", lambda run: present(run["host"])),
    texts("params.`a.b c`", lambda run: map(str, present(run["params"].get("a.b c")))),
    texts("tags.é", lambda run: present(run["tags"].get("é"))),
    texts("datasets.name", lambda run: [dataset[0] for dataset in run["datasets"]]),
    texts("datasets.context", lambda run: [each[2] for each in run["datasets"] if each[2]]),
    numbers("metrics.acc", lambda run: run["metrics"].get("acc")),
    numbers('metrics."log loss"', lambda run: run["metrics"].get("log loss")),
    numbers("params.lr", lr),
    numbers("attempt", lambda run: run["attempt"]),
    numbers("duration", duration),
    numbers("end_time", end_time),
    lists("params.lr", lr),
    lists("attempt", lambda run: run["attempt"]),
    null_tests("metrics.acc", lambda run: run["metrics"].get("acc")),
    null_tests("params.lr", lambda run: run["params"].get("lr")),
    null_tests("tags.team", lambda run: run["tags"].get("team")),
    null_tests("host", lambda run: run["host"]),
    null_tests("end_time", end_time),
)


def combined(searches: st.SearchStrategy[Search]) -> st.SearchStrategy[Search]:
    def either(left: Search, right: Search) -> Search:
        return f"({left[0]} or {right[0]})", lambda run: left[1](run) or right[1](run)

    def both(left: Search, right: Search) -> Search:
        return f"({left[0]}) AND {right[0]}", lambda run: left[1](run) and right[1](run)

    def negated(search: Search) -> Search:
        return f"NOT ({search[0]})", lambda run: not search[1](run)

    return (
        st.builds(either, searches, searches)
        | st.builds(both, searches, searches)
        | st.builds(negated, searches)
    )


@given(
    runs=st.lists(RUNS, min_size=1, max_size=4),
    search=st.recursive(CONDITIONS, combined, max_leaves=6),
)
@settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_random_searches_agree_with_python(
    database: Database, runs: list[Run], search: Search
) -> None:
    text, predicate = search
    with database.engine.connect() as connection:
        recorder = Recorder(connection)
        for run in runs:
            recorder.add(run)
        expected = sorted(run["run_name"] for run in runs if predicate(run))
        assert found(connection, text, plain_words=False) == expected

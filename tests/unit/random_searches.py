"""Random runs, and random searches with the same meaning in Python."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from typing import Any

from hypothesis import strategies as st

from nbtrack.model import Status
from nbtrack.query.attributes import STATUS_NAMES
from tests.unit.searching import Run, number_of

Search = tuple[str, Callable[[Run], bool]]
"""A search, and the same as a Python predicate."""

# Random searches. Few keys and values, so that runs and searches often meet.

TEXTS = st.text(alphabet="aAbéÉß'\"\\%_*?[]^-. \n", max_size=4)
NUMBERS = st.sampled_from([-1e300, -2.5, -1, 0, 0.1, 0.30000000000000004, 1, 3, 1e21])
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le,
    ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


TEXT_OPERATORS = (
    "=", "!=", "LIKE", "ilike", "CONTAINS", "starts  with", "ENDS WITH", "NOT CONTAINS",
    "NOT ENDS WITH",
)  # fmt: skip


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
        folded = partial(re.search, flags=re.IGNORECASE)
        literal = re.escape(constant)
        tests: dict[str, Callable[[str], object]] = {
            "=": lambda value: value == constant,
            "!=": lambda value: value != constant,
            "LIKE": lambda value: like(value, constant),
            "ilike": lambda value: like(value, constant, re.IGNORECASE),
            "CONTAINS": lambda value: folded(literal, value),
            "starts  with": lambda value: folded(rf"\A{literal}", value),
            "ENDS WITH": lambda value: folded(rf"{literal}\Z", value),
        }
        is_negated = comparator.startswith("NOT ")
        test = tests[comparator.removeprefix("NOT ")]

        def matches(run: Run) -> bool:
            return any(map(test, values(run))) is not is_negated

        return f"{name} {comparator} {quoted(constant)}", matches

    return st.builds(build, st.sampled_from(TEXT_OPERATORS), TEXTS)


def text_lists(name: str, values: Callable[[Run], Iterable[str]]) -> st.SearchStrategy[Search]:
    def build(constants: list[str], *, negated: bool) -> Search:
        def matches(run: Run) -> bool:
            return any((value in constants) is not negated for value in values(run))

        inner = ", ".join(map(quoted, constants))
        return f"{name} {'NOT IN' if negated else 'IN'} ({inner})", matches

    few = st.sampled_from(["a", "b", "train", "É b"])
    return st.builds(build, st.lists(few, min_size=1, max_size=3), negated=st.booleans())


def statuses() -> st.SearchStrategy[Search]:
    def build(name: str, *, negated: bool) -> Search:
        def matches(run: Run) -> bool:
            return (name in STATUS_NAMES[Status(run["status"])]) is not negated

        return f"status {'!=' if negated else '='} '{name}'", matches

    every = sorted({name for names in STATUS_NAMES.values() for name in names})
    return st.builds(build, st.sampled_from([*every, "else"]), negated=st.booleans())


def dates(name: str, value: Callable[[Run], int | None]) -> st.SearchStrategy[Search]:
    def written(milliseconds: int, hours: int, separator: str) -> str:
        zone = timezone(timedelta(hours=hours))
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
        return moment.astimezone(zone).isoformat(separator)

    def build(comparator: str, milliseconds: int, hours: int, separator: str) -> Search:
        def matches(run: Run) -> bool:
            found = value(run)
            return found is not None and COMPARE[comparator](found, milliseconds)

        return f"{name} {comparator} '{written(milliseconds, hours, separator)}'", matches

    comparators = st.sampled_from(list(COMPARE))
    return st.builds(
        build, comparators, st.integers(0, 6000), st.integers(-11, 11), st.sampled_from("T ")
    )


def words() -> st.SearchStrategy[Search]:
    def build(word: str) -> Search:
        return f"any CONTAINS {quoted(word)}", lambda run: mentions(run, word)

    some = st.sampled_from(["nan", "-inf", "0.30", "-2.5", "1e21", "3.", "fail", "Q", "team", "lr"])
    return st.builds(build, TEXTS | some)


def mentions(run: Run, word: str) -> bool:
    """Tell whether the overall search finds a run by a word."""
    found = [
        run["run_name"], run["status"], run["experiment"], *present(run["user_id"], run["host"]),
        *(dataset[0] for dataset in run["datasets"]),
    ]  # fmt: skip
    for key, value in [*run["params"].items(), *run["tags"].items()]:
        found += [key, str(value)]
    if any(re.search(re.escape(word), text, re.IGNORECASE) for text in found):
        return True
    values = list(run["metrics"].values())
    if word in {"nan", "-inf"}:
        return any(math.isnan(v) if word == "nan" else v == -math.inf for v in values)
    numbers = [*values, *present(*map(number_of, run["params"].values()))]
    return any(reads(number, word) for number in numbers)


def reads(number: float, word: str) -> bool:
    """Tell whether a number reads so when it is cut or rounded to the digits of the word."""
    ranges = {
        "0.30": (0.295, 0.31), "-2.5": (-2.6, -2.45), "1e21": (0.5e21, 2e21), "3.": (2.5, 4),
    }  # fmt: skip
    low, high = ranges.get(word, (1, 0))
    return low <= number < high


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
    statuses(),
    words(),
    dates("start_time", lambda run: run["start_time"]),
    dates("end_time", end_time),
    text_lists("datasets.name", lambda run: [dataset[0] for dataset in run["datasets"]]),
    text_lists("experiment", lambda run: [run["experiment"]]),
    text_lists("host", lambda run: present(run["host"])),
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


SEARCHES = st.recursive(CONDITIONS, combined, max_leaves=6)

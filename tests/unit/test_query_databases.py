"""Searches mean the same on every database: a table of cases, and random ones against Python."""

from __future__ import annotations

import csv
import json
import math
import operator
import re
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Table, insert, select

from nbtrack.errors import QueryError
from nbtrack.query.attributes import STATUS_NAMES
from nbtrack.query.compiler import compile_search
from nbtrack.query.ordering import compile_order_by
from nbtrack.query.parser import parse_order_by, parse_search
from nbtrack.store import Database, tables

CORPUS = Path(__file__).parent.parent / "corpus"
Run = dict[str, Any]
Search = tuple[str, Callable[[Run], bool]]
"""A search, and the same as a Python predicate."""


class Recorder:
    """Inserts runs as plain rows, with times and statuses as the test wants them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[tuple[object, ...], int] = {}

    def add(self, run: Run) -> None:
        start, seconds = run.get("start_time"), run.get("seconds")
        attributes = ("user_id", "notebook", "cell_id", "attempt", "git_branch", "reason")
        run_id = self._insert(
            tables.runs,
            run_id=run.get("run_id") or f"{len(self._known):032x}",
            run_name=run["run_name"],
            status=run["status"],
            experiment_id=self._once(tables.experiments, name=run["experiment"], created=0),
            kernel_id=self._kernel(run.get("host")),
            created=0,
            start_time=start,
            end_time=None if seconds is None else start + round(seconds * 1000),
            description=run.get("description"),
            **{name: run.get(name) for name in attributes},
        )
        self._known[run_id, "run"] = run_id
        for key, value in run["params"].items():
            self._keyed(tables.params, run_id, "param", key, type="str", value=str(value),
                        number=number_of(value))  # fmt: skip
        for key, value in run["metrics"].items():
            last = float(value)
            self._keyed(tables.latest_metrics, run_id, "metric", key, last_step=0, count=1,
                        last=None if math.isnan(last) else last, last_timestamp=0)  # fmt: skip
        for key, value in run["tags"].items():
            self._keyed(tables.tags, run_id, "tag", key, value=value)
        for name, digest, context in run["datasets"]:
            dataset = self._once(tables.datasets, name=name, digest=digest, source_type="local")
            self._connection.execute(
                insert(tables.run_datasets).values(
                    run_id=run_id, dataset_id=dataset, context=context
                )
            )

    def _kernel(self, host: str | None) -> int | None:
        if host is None:
            return None
        return self._once(tables.kernels, host=host, boot_id=host, pid=1, process_start=0,
                          started=0, heartbeat=0)  # fmt: skip

    def _keyed(self, table: Table, run_id: int, kind: str, key: str, **values: Any) -> None:
        key_id = self._once(tables.keys, kind=kind, name=key)
        self._connection.execute(insert(table).values(run_id=run_id, key_id=key_id, **values))

    def _once(self, table: Table, **values: Any) -> int:
        identity = (table.name, *values.values())
        if identity not in self._known:
            self._known[identity] = self._insert(table, **values)
        return self._known[identity]

    def _insert(self, table: Table, **values: Any) -> int:
        key = self._connection.execute(insert(table).values(**values)).inserted_primary_key
        assert key is not None
        return int(key[0])


def number_of(value: object) -> float | None:
    try:
        return float(str(value))
    except ValueError:
        return None


def found(connection: Connection, search: str, *, plain_words: bool = True) -> list[str]:
    expression = parse_search(search, plain_words=plain_words)
    condition = compile_search(expression, connection.dialect.name)
    return sorted(connection.scalars(select(tables.runs.c.run_name).where(condition)))


def corpus_cases(name: str) -> list[dict[str, str]]:
    with (CORPUS / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def record_corpus(connection: Connection) -> None:
    recorder = Recorder(connection)
    for run in json.loads((CORPUS / "search_runs.json").read_text(encoding="utf-8")):
        if "start_time" in run:
            run["start_time"] = round(datetime.fromisoformat(run["start_time"]).timestamp() * 1000)
        recorder.add(run)


def names(joined: str) -> list[str]:
    return joined.split("|") if joined else []


def refused(answer: Callable[[], object], expected: str) -> object:
    """Return None if the answer is an error that says what is expected."""
    try:
        return answer()
    except QueryError as error:
        return None if expected in str(error) else str(error)


def test_every_search_of_the_corpus_finds_its_runs_or_its_error(database: Database) -> None:
    with database.engine.connect() as connection:
        record_corpus(connection)
        wrong = []
        for case in corpus_cases("search_runs.csv"):
            search, error = case["search"], case["error"]
            if error:
                answer = refused(partial(found, connection, search), error)
                expected = None
            else:
                answer, expected = found(connection, search), sorted(names(case["matches"]))
            if answer != expected:
                wrong.append((search, answer, expected or error))
        assert wrong == []


def test_every_order_of_the_corpus_sorts_the_runs_or_gives_its_error(database: Database) -> None:
    def ordered(text: str) -> list[str]:
        ordering = compile_order_by(parse_order_by(text), connection.dialect.name)
        return list(connection.scalars(ordering.apply(select(tables.runs.c.run_name))))

    with database.engine.connect() as connection:
        record_corpus(connection)
        wrong = []
        for case in corpus_cases("search_orders.csv"):
            text, error = case["order_by"], case["error"]
            if error:
                answer, expected = refused(partial(ordered, text), error), None
            else:
                answer, expected = ordered(text), names(case["runs"])
            if answer != expected:
                wrong.append((text, answer, expected or error))
        assert wrong == []


def test_typed_params_sort_numbers_by_value_before_texts(database: Database) -> None:
    with database.engine.connect() as connection:
        record_corpus(connection)
        ordering = compile_order_by(
            parse_order_by("params.depth"), connection.dialect.name, typed_params=True
        )
        statement = ordering.apply(select(tables.runs.c.run_name)).limit(3)
        assert list(connection.scalars(statement)) == ["cedar", "birch", "maple"]


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


@pytest.mark.parametrize("word", ["É", "a%", "b_", "\\", "*", "[", "a'"])
def test_plain_words_are_taken_literally_and_fold_case(database: Database, word: str) -> None:
    with database.engine.connect() as connection:
        recorder = Recorder(connection)
        empty: Run = {"params": {}, "metrics": {}, "tags": {}, "datasets": [], "status": "queued"}
        for name in ("é", "A%", "B_", "\\", "*", "[", "A'", "aXb", "zz"):
            recorder.add({**empty, "run_name": name, "experiment": "q"})
        assert found(connection, word) == [name for name in ("é", "A%", "B_", "\\", "*", "[", "A'")
                                           if name.lower() == word.lower()]  # fmt: skip

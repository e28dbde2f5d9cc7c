"""Searches mean the same on every database: a table of cases."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from sqlalchemy import select

from nbtrack.errors import QueryError
from nbtrack.query.ordering import compile_order_by
from nbtrack.query.parser import parse_order_by
from nbtrack.store import Database, tables
from tests.unit.searching import Recorder, Run, corpus_cases, found, record_corpus


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


@pytest.mark.parametrize("word", ["É", "a%", "b_", "\\", "*", "[", "a'"])
def test_plain_words_are_taken_literally_and_fold_case(database: Database, word: str) -> None:
    with database.engine.connect() as connection:
        recorder = Recorder(connection)
        empty: Run = {"params": {}, "metrics": {}, "tags": {}, "datasets": [], "status": "queued"}
        for name in ("é", "A%", "B_", "\\", "*", "[", "A'", "aXb", "zz"):
            recorder.add({**empty, "run_name": name, "experiment": "q"})
        assert found(connection, word) == [name for name in ("é", "A%", "B_", "\\", "*", "[", "A'")
                                           if name.lower() == word.lower()]  # fmt: skip

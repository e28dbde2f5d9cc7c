"""Random searches over random runs agree with Python on every database."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nbtrack.query.nodes import Comparison, Constant, Identifier
from nbtrack.query.parser import parse_search
from nbtrack.query.text import expression_text
from nbtrack.store import Database
from tests.unit.random_searches import RUNS, SEARCHES, Search
from tests.unit.searching import Recorder, Run, found


@given(
    runs=st.lists(RUNS, min_size=1, max_size=4),
    search=SEARCHES,
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


@given(SEARCHES)
def test_the_text_of_any_search_means_the_same(search: Search) -> None:
    parsed = parse_search(search[0])
    assert parsed is not None
    assert parse_search(expression_text(parsed)) == parsed


@given(
    key=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)
    | st.text("`'\"\\.eE ", min_size=1),
    text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
    | st.text("`'\"\\eE "),
    number=st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False),
)
def test_any_key_and_any_constant_can_be_written(key: str, text: str, number: float) -> None:
    for value in (text, number):
        expression = Comparison(Identifier("param", key), "=", Constant(value))
        parsed = parse_search(expression_text(expression), plain_words=False)
        assert parsed == expression

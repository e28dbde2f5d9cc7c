"""What the parser accepts, and how it refuses: position, caret, expectation, bounds."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.engine import URL

from nbtrack.errors import QueryError
from nbtrack.query.builder import MAX_LIST, MAX_SORT_KEYS
from nbtrack.query.compiler import compile_search
from nbtrack.query.nodes import (
    And,
    Between,
    Comparison,
    Constant,
    Expression,
    Identifier,
    Not,
    Operator,
    Or,
)
from nbtrack.query.overall import MAX_WORDS
from nbtrack.query.parser import (
    MAX_CONDITIONS,
    MAX_LENGTH,
    MAX_NESTING,
    parse_order_by,
    parse_search,
)

SQLITE = URL.create("sqlite").get_dialect()()
POSTGRESQL = URL.create("postgresql+psycopg").get_dialect()()


def condition(key: str) -> Comparison:
    return Comparison(Identifier("metric", key), ">", Constant(1))


def words(*found: str) -> Expression:
    each = [Comparison(Identifier("any", ""), "CONTAINS", Constant(word)) for word in found]
    return each[0] if len(each) == 1 else And(tuple(each))


def error_of(text: str, **options: Any) -> QueryError:
    with pytest.raises(QueryError) as caught:
        parse_search(text, **options)
    return caught.value


def test_and_binds_closer_than_or_and_not_closer_than_and() -> None:
    parsed = parse_search("metrics.a > 1 OR NOT metrics.b > 1 AND metrics.c > 1")
    assert parsed == Or((condition("a"), And((Not(condition("b")), condition("c")))))


def test_the_and_of_between_does_not_end_the_condition() -> None:
    parsed = parse_search("metrics.a BETWEEN 0 AND 2 AND metrics.b > 1")
    between = Between(Identifier("metric", "a"), Constant(0), Constant(2))
    assert parsed == And((between, condition("b")))


@pytest.mark.parametrize(
    "text",
    [
        "run.status='FAILED'AND\n\tmetrics.acc>1",
        'attr.status = "FAILED" aNd metric.acc > 1',
        "((status = 'FAILED') AND (`metrics`.`acc` > 1))",
    ],
)
def test_spelling_and_spacing_do_not_change_the_meaning(text: str) -> None:
    status = Comparison(Identifier("attribute", "status"), "=", Constant("FAILED"))
    assert parse_search(text) == And((status, condition("acc")))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("-.5", -0.5),
        ("5.", 5.0),
        ("1E-3", 0.001),
        ("1e+3", 1000.0),
        ("9007199254740993", 9007199254740993),
        ("9" * 400, float("inf")),
    ],
)
def test_numbers(text: str, value: float) -> None:
    parsed = parse_search(f"metrics.a > {text}")
    assert isinstance(parsed, Comparison)
    assert parsed.constant.value == value
    assert type(parsed.constant.value) is type(value)


def test_created_is_the_start_as_in_mlflow() -> None:
    assert parse_search("attributes.Created > 1") == parse_search("start_time > 1")


@pytest.mark.parametrize(
    ("text", "offending", "hint"),
    [
        ("status = 'failed' AND foo = 1", "foo", "metrics.foo"),
        ("metrics.acc > 'high'", "'high'", "Remove the quotes"),
        ("params.model = resnet", "resnet", "'resnet'"),
        ("metrics.acc == 1", "==", "Use =."),
        ("params.lr NOT LIKE 'a'", "LIKE", "NOT before the whole condition"),
        ("metrics.acc > 1 or or status = 'x'", "or", "a name such as metrics.acc"),
        ("tags.team = 'red", "'red", "Close it"),
        ("start_time > 'yesterday'", "'yesterday'", "2026-11-01"),
    ],
)
def test_an_error_marks_the_offending_part_and_says_what_to_do(
    text: str, offending: str, hint: str
) -> None:
    error = error_of(text)
    start, end = error.span
    assert text[start:end] == offending
    assert start == text.rindex(offending)
    assert hint in str(error)
    assert error.caret() == f"{text}\n{' ' * start}{'^' * len(offending)}"


def test_the_caret_stands_below_the_right_line() -> None:
    error = error_of("metrics.acc > 1\nAND staus = 'failed'")
    assert error.caret() == "AND staus = 'failed'\n    ^^^^^"


@pytest.mark.parametrize(
    "text",
    ["resnet baseline", "acc", "status", "what is new", "cat in hat", "it's 50%", "a-b/c.d", "x!"],
)
def test_plain_words_unless_only_expressions_are_allowed(text: str) -> None:
    assert parse_search(text) == words(*text.split())
    error_of(text, plain_words=False)


def test_a_phrase_in_double_quotes_may_hold_what_looks_like_an_expression() -> None:
    assert parse_search('"lr = 0.1" resnet') == words("lr = 0.1", "resnet")


def test_blank_means_everything_but_is_no_expression() -> None:
    assert parse_search("") is None
    assert parse_search(" \n ") is None
    assert parse_search("", plain_words=False) is None
    error_of("  ", plain_words=False)


def test_other_entities_have_their_own_names() -> None:
    assert parse_search("name = 'x'", "experiment") is not None
    assert parse_search("name IN ('x') AND version_number > 1", "model_version") is not None
    assert "Did you mean 'name'?" in str(error_of("nam = 'x'", entity="registered_model"))
    error_of("metrics.acc > 1", entity="experiment")
    error_of("experiment_id = 'x'", entity="experiment")
    error_of("two words", entity="experiment")


@pytest.mark.parametrize(
    "text",
    [
        "x" * (MAX_LENGTH + 1),
        "(" * (MAX_NESTING + 1) + "status = 'x'" + ")" * (MAX_NESTING + 1),
        " OR ".join(["host = 'a'"] * (MAX_CONDITIONS + 1)),
        f"attempt IN ({', '.join('1' * (MAX_LIST + 1))})",
        " ".join(f"word{number}" for number in range(MAX_WORDS + 1)),
        "run_name = 'a\0b'",
        "run_name = '\ud800'",
    ],
)
def test_a_search_beyond_the_bounds_is_refused_with_a_short_message(text: str) -> None:
    assert len(error_of(text).message) < 200


def test_too_many_sort_keys_are_refused() -> None:
    with pytest.raises(QueryError, match="more than"):
        parse_order_by(", ".join(f"metrics.m{number}" for number in range(MAX_SORT_KEYS + 1)))


def nested(depth: int) -> str:
    text = "host = 'a'"
    for level in range(depth):
        text = f"NOT (host = 'b' {'OR' if level % 2 else 'AND'} {text})"
    return text


@pytest.mark.parametrize(
    "text",
    [
        nested(MAX_NESTING),
        " OR ".join(["host = 'a'"] * MAX_CONDITIONS),
        f"attempt IN ({', '.join('1' * MAX_LIST)})",
        "NOT " * 2400 + "host = 'a'",
        f"host ILIKE '{'%é_' * 3000}'",
        " ".join(f"word{number}" for number in range(MAX_WORDS)),
    ],
)
def test_the_largest_searches_compile_deep_in_a_stack(text: str) -> None:
    def deep(frames: int) -> str:
        if frames:
            return deep(frames - 1)
        condition = compile_search(parse_search(text), "sqlite")
        return str(condition.compile(dialect=SQLITE))

    assert deep(sys.getrecursionlimit() // 3)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8))
def test_no_value_reaches_sql_as_text(value: str) -> None:
    marker = f"«{value}»"
    operators: tuple[Operator, ...] = ("=", "LIKE", "ILIKE")
    for dialect in (SQLITE, POSTGRESQL):
        for operator in operators:
            expression = Comparison(Identifier("param", marker), operator, Constant(marker))
            compiled = compile_search(expression, dialect.name).compile(dialect=dialect)
            assert "«" not in str(compiled)


@given(st.text(max_size=30) | st.text(alphabet="metrics.a>1 AND('\"`)=E", max_size=30))
def test_any_text_is_parsed_or_refused_with_a_span_inside_it(text: str) -> None:
    spans = []
    try:
        parse_search(text)
    except QueryError as error:
        spans.append(error.span)
    assert all(0 <= start <= end <= len(text) for start, end in spans)

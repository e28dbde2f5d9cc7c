"""Nodes -> text: an expression as one would type it, and several searches as one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from nbtrack.query.attributes import VOCABULARIES
from nbtrack.query.nodes import (
    And,
    Between,
    Comparison,
    Condition,
    Constant,
    Entity,
    Expression,
    Identifier,
    Membership,
    Not,
    NullTest,
    Or,
)
from nbtrack.query.parser import parse_search
from nbtrack.query.quoting import quoted_key, quoted_text

_PREFIXES: dict[Entity, str] = {
    "metric": "metrics", "param": "params", "tag": "tags", "dataset": "datasets",
}  # fmt: skip
_DATES = frozenset(
    name for name, field in VOCABULARIES["run"].attributes.items() if field.type == "date"
)
_TEXT_TESTS = frozenset({"CONTAINS", "STARTS WITH", "ENDS WITH"})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def expression_text(expression: Expression) -> str:
    """Return an expression in the search language; parsing it gives an equal expression.

    Parameters
    ----------
    expression : Expression
        From `nbtrack.query.parser.parse_search` or `nbtrack.query.filters.filter_expression`.

    Examples
    --------
    >>> expression_text(parse_search("metric.acc>.9 and not (status='failed' or params.lr=1)"))
    "metrics.acc > 0.9 AND NOT (status = 'failed' OR params.lr = 1)"
    """
    match expression:
        case Or(operands):
            return " OR ".join(map(expression_text, operands))
        case And(operands):
            return " AND ".join(_operand(each, Or) for each in operands)
        case Not(Comparison(identifier, operator, constant)) if operator in _TEXT_TESTS:
            return _comparison(identifier, f"NOT {operator}", constant)
        case Not(operand):
            return f"NOT {_operand(operand, Or, And)}"
        case condition:
            return _condition(condition)


def where_text(texts: Sequence[str], filters: Sequence[Expression] = ()) -> str:
    """Return one search that means all of the given searches and filters together.

    Parameters
    ----------
    texts : sequence of str
        Searches as typed: expressions or plain words; blank ones do not count.
    filters : sequence of Expression
        From `nbtrack.query.filters.filter_expression`.

    Returns
    -------
    str
        What ``nbtrack.runs(where=...)`` accepts. A search that stands alone stays as typed;
        beside others, plain words become ``any CONTAINS 'word'``. Empty: everything.

    Raises
    ------
    QueryError
        A search cannot be understood.

    Examples
    --------
    >>> where_text(["resnet"])
    'resnet'
    >>> where_text(["status = 'failed' OR attempt > 3", "resnet"])
    "(status = 'failed' OR attempt > 3) AND any CONTAINS 'resnet'"
    """
    typed = [text for text in texts if text.strip()]
    if len(typed) == 1 and not filters:
        return typed[0]
    parsed = [parse_search(text) for text in typed]
    every = [expression for expression in (*parsed, *filters) if expression is not None]
    unique = tuple(dict.fromkeys(every))
    return expression_text(unique[0] if len(unique) == 1 else And(unique)) if unique else ""


def _operand(expression: Expression, *looser: type[And | Or]) -> str:
    text = expression_text(expression)
    return f"({text})" if isinstance(expression, looser) else text


def _condition(condition: Condition) -> str:
    match condition:
        case Comparison(identifier, operator, constant):
            return _comparison(identifier, operator, constant)
        case Membership(identifier, constants, negated):
            listed = ", ".join(_constant(identifier, constant) for constant in constants)
            return f"{identifier_text(identifier)} {'NOT IN' if negated else 'IN'} ({listed})"
        case NullTest(identifier, negated):
            return f"{identifier_text(identifier)} {'IS NOT NULL' if negated else 'IS NULL'}"
        case Between(identifier, low, high):
            ends = f"{_constant(identifier, low)} AND {_constant(identifier, high)}"
            return f"{identifier_text(identifier)} BETWEEN {ends}"


def _comparison(identifier: Identifier, operator: str, constant: Constant) -> str:
    return f"{identifier_text(identifier)} {operator} {_constant(identifier, constant)}"


def identifier_text(identifier: Identifier) -> str:
    """Return a name as the search language writes it; attributes of a run stand alone.

    Examples
    --------
    >>> identifier_text(Identifier("metric", "val loss"))
    'metrics.`val loss`'
    """
    if identifier.entity == "any":
        return "any"
    if identifier.entity == "attribute":
        return identifier.key
    return f"{_PREFIXES[identifier.entity]}.{quoted_key(identifier.key)}"


def _constant(identifier: Identifier, constant: Constant) -> str:
    value = constant.value
    if isinstance(value, str):
        return quoted_text(value)
    if isinstance(value, float) and math.isinf(value):
        return "1e999" if value > 0 else "-1e999"
    if identifier.entity == "attribute" and identifier.key in _DATES:
        return _date(value) or repr(value)
    return repr(value)


def _date(milliseconds: float) -> str | None:
    """Return a moment in UTC as a quoted ISO text, or None where such a text cannot hold it."""
    if not isinstance(milliseconds, int):
        return None
    try:
        moment = _EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError:
        return None
    units = {60_000: "minutes", 1000: "seconds", 1: "milliseconds"}
    timespec = next(name for unit, name in units.items() if milliseconds % unit == 0)
    text = moment.replace(tzinfo=None).isoformat(timespec=timespec)
    return f"'{text.removesuffix('T00:00')}'"

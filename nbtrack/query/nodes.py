"""The search language as data: frozen nodes, each knowing where it stood in the text.

Spans do not count in comparisons, so two searches that mean the same are equal.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

Span = tuple[int, int]
"""Start and end, in characters of the text."""

Entity = Literal["metric", "param", "tag", "attribute", "dataset", "any"]
Operator = Literal[
    "=", "!=", "<", "<=", ">", ">=", "LIKE", "ILIKE", "CONTAINS", "STARTS WITH", "ENDS WITH"
]
ConstantValue = str | int | float


def _span() -> Span:
    return field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Identifier:
    """What is compared: ``metrics.acc`` is entity ``metric``, key ``acc``.

    The entity ``any``, without a key, stands for all columns: the overall search.
    """

    entity: Entity
    key: str
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Constant:
    """A quoted text (``str``) or a number (``int`` or ``float``)."""

    value: ConstantValue
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Comparison:
    """``identifier operator constant``. A run without the value does not match."""

    identifier: Identifier
    operator: Operator
    constant: Constant
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Membership:
    """``identifier [NOT] IN (constant, ...)``."""

    identifier: Identifier
    constants: tuple[Constant, ...]
    negated: bool = False
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class NullTest:
    """``identifier IS [NOT] NULL``: whether the run has no such value."""

    identifier: Identifier
    negated: bool = False
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Between:
    """``identifier BETWEEN low AND high``, both ends included."""

    identifier: Identifier
    low: Constant
    high: Constant
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class And:
    """All of the operands."""

    operands: tuple[Expression, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of the operands."""

    operands: tuple[Expression, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Not:
    """All runs that the operand does not match, those without the value included."""

    operand: Expression
    span: Span = _span()


Condition = Comparison | Membership | NullTest | Between
Expression = Condition | And | Or | Not


@dataclass(frozen=True, slots=True)
class OrderBy:
    """One sort key; runs without the value come last in either direction."""

    identifier: Identifier
    descending: bool = False
    span: Span = _span()


def conditions(expression: Expression) -> Iterator[Condition]:
    """Yield the conditions that an expression combines, from left to right."""
    match expression:
        case And(operands) | Or(operands):
            for operand in operands:
                yield from conditions(operand)
        case Not(operand):
            yield from conditions(operand)
        case condition:
            yield condition

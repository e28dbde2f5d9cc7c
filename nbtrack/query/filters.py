"""A column's filter, as its dialog sets it -> an expression of the search language."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NoReturn

from nbtrack.errors import InvalidValueError, did_you_mean
from nbtrack.model import Status
from nbtrack.query.attributes import VOCABULARIES, Field
from nbtrack.query.columns import ATTRIBUTES, Column, ColumnType
from nbtrack.query.constants import INT64_DIGITS
from nbtrack.query.nodes import (
    And,
    Between,
    Comparison,
    Constant,
    Entity,
    Expression,
    Identifier,
    Membership,
    Not,
    NullTest,
    Operator,
    Or,
)

MAX_FILTERS = 50
"""Filters of one view."""

MAX_FILTER_VALUES = 1_000
"""Values of one filter's list of numbers."""

MAX_FILTER_TEXTS = 50
"""Values of one filter's list of texts, each of which is a condition."""

MAX_FILTER_TEXT = 5_000
"""Characters of one value."""

MAX_DAYS = 100_000
_DAY = 86_400_000
_MINUTE = 60_000

_NULL_TESTS = ("is empty", "is not empty")
OPERATORS: Mapping[ColumnType, tuple[str, ...]] = MappingProxyType(
    {
        "text": (
            "contains", "not contains", "=", "!=", "starts with", "ends with", "in", *_NULL_TESTS
        ),
        "number": ("=", "!=", "<", "<=", ">", ">=", "between", *_NULL_TESTS),
        "duration": (">", ">=", "<", "<=", "between", "=", "!=", *_NULL_TESTS),
        "date": ("on", "before", "after", "between", "last days", *_NULL_TESTS),
        "status": ("in",),
    }
)  # fmt: skip
"""What a column can be filtered by, the most useful first."""

_ENTITIES: dict[str, Entity] = {
    "attributes": "attribute", "params": "param", "metrics": "metric", "tags": "tag",
}  # fmt: skip
_COMPARATORS: dict[str, Operator] = {
    operator: operator for operator in ("=", "!=", "<", "<=", ">", ">=")
}
_TEXT_TESTS: dict[str, Operator] = {
    "contains": "CONTAINS", "starts with": "STARTS WITH", "ends with": "ENDS WITH",
}  # fmt: skip
_STATUSES = tuple(status.value for status in Status)
_INFINITIES = {"Infinity": math.inf, "-Infinity": -math.inf}

Value = str | float


def allowed_operators(column: Column, column_type: ColumnType) -> list[str]:
    """Return what a column of that type can be filtered by, the most useful first.

    Examples
    --------
    >>> allowed_operators(Column("attributes", "status"), "status")
    ['in']
    """
    nullable = _field(column).nullable
    return [
        operator for operator in OPERATORS[column_type] if nullable or operator not in _NULL_TESTS
    ]


def filter_expression(
    column: Column, operator: str, values: Sequence[Value], now: int
) -> Expression:
    """Return the runs that a filter keeps, as an expression of the search language.

    Parameters
    ----------
    column : Column
        What is filtered; no run need have it.
    operator : str
        One of `allowed_operators`. ``contains``, ``starts with`` and ``ends with`` do not mind
        case; ``not contains`` and ``is empty`` keep the runs without the value; ``before`` is
        earlier than the moment given, ``after`` from that moment on; ``on`` from the first
        moment given up to, and without, the second.
    values : sequence of str or float
        Texts, numbers, or moments in UTC milliseconds since the epoch. A param is compared as
        a number with numbers, as text with texts.
    now : int
        UTC milliseconds since the epoch, for ``last days``, which counts from the last whole
        minute on.

    Raises
    ------
    InvalidValueError
        The operator does not fit the column, or the values do not fit the operator.

    Examples
    --------
    >>> from nbtrack.query.text import expression_text
    >>> expression_text(filter_expression(Column("metrics", "acc"), "between", [0.5, 1], 0))
    'metrics.acc BETWEEN 0.5 AND 1'
    """
    return _Filter(column, operator, values).expression(now)


def _field(column: Column) -> Field:
    field = VOCABULARIES["run"].find(_ENTITIES[column.entity], column.key)
    if field is None:
        raise InvalidValueError(f"There is no column {column.id[:100]!r}.")
    return field


class _Filter:
    """One filter while it is understood; every refusal names it."""

    def __init__(self, column: Column, operator: str, values: Sequence[Value]) -> None:
        self._column = column
        self._operator = operator
        self._values = values
        self._identifier = Identifier(_ENTITIES[column.entity], column.key)
        self._type = _type(column, values)
        self._field = _field(column)

    def expression(self, now: int) -> Expression:
        self._check_operator()
        build: dict[str, Callable[[], Expression]] = {
            "between": self._between,
            "not contains": lambda: Not(self._compare("CONTAINS", self._text())),
            "in": self._in,
            "on": self._on,
            "before": lambda: self._compare("<", self._number()),
            "after": lambda: self._compare(">=", self._number()),
            "last days": lambda: self._compare(">=", self._days_ago(now)),
            "is empty": self._is_empty,
            "is not empty": self._is_not_empty,
        }
        if self._operator in build:
            return build[self._operator]()
        if self._operator in _TEXT_TESTS:
            return self._compare(_TEXT_TESTS[self._operator], self._text())
        value = self._text() if self._type == "text" else self._number()
        return self._compare(_COMPARATORS[self._operator], value)

    def _check_operator(self) -> None:
        allowed = allowed_operators(self._column, self._type)
        if self._column.entity == "params":  # the number or the text that it may be
            allowed = [*dict.fromkeys([*allowed, *OPERATORS["number"], *OPERATORS["text"]])]
        if self._operator not in allowed:
            nearest = did_you_mean(self._operator[:40], allowed)
            raise InvalidValueError(
                f"{self._name} cannot be filtered by {self._operator[:40]!r}.",
                hint=nearest or f"Allowed are {', '.join(allowed)}.",
            )
        for value in self._values:
            if isinstance(value, str) and len(value) > MAX_FILTER_TEXT:
                self._refuse(f"has a value of {len(value):,} characters",
                             f"At most {MAX_FILTER_TEXT:,} are allowed.")  # fmt: skip

    @property
    def _name(self) -> str:
        return self._column.id[:100]

    def _refuse(self, problem: str, hint: str) -> NoReturn:
        raise InvalidValueError(f"The filter {self._name} {self._operator} {problem}.", hint=hint)

    def _only(self, kind: str, count: int = 1) -> Sequence[Value]:
        if len(self._values) != count:
            wanted = f"{count} {kind}{'s' if count > 1 else ''}" if count else "no value"
            self._refuse(f"has {len(self._values):,} values", f"It takes {wanted}.")
        return self._values

    def _text(self) -> str:
        (value,) = self._only("text")
        return self._as_text(value)

    def _as_text(self, value: Value) -> str:
        if not isinstance(value, str):
            self._refuse(f"has the number {value!r}", f"It takes a text, such as '{value}'.")
        return value

    def _number(self) -> float:
        (value,) = self._only(self._kind)
        return self._as_number(value)

    @property
    def _kind(self) -> str:
        return "moment in milliseconds since the epoch" if self._type == "date" else "number"

    def _as_number(self, value: Value) -> float:
        number = _INFINITIES.get(value, math.nan) if isinstance(value, str) else value
        if isinstance(number, bool) or math.isnan(number):
            self._refuse(f"has the value {str(value)[:60]!r}", f"It takes a {self._kind}.")
        whole = isinstance(number, int) or number.is_integer()
        return int(number) if whole and abs(number) < 10**INT64_DIGITS else float(number)

    def _compare(self, operator: Operator, value: Value) -> Comparison:
        return Comparison(self._identifier, operator, Constant(value))

    def _between(self) -> Expression:
        low, high = map(self._as_number, self._only(self._kind, 2))
        if low > high:
            self._refuse(f"goes from {low} to {high}", "The smaller end comes first.")
        return Between(self._identifier, Constant(low), Constant(high))

    def _on(self) -> Expression:
        start, end = map(self._as_number, self._only(self._kind, 2))
        return And((self._compare(">=", start), self._compare("<", end)))

    def _days_ago(self, now: int) -> float:
        days = self._as_number(self._only("number of days")[0])
        if not 0 <= days <= MAX_DAYS:
            self._refuse(f"has the value {days}", f"It takes 0 to {MAX_DAYS:,} days.")
        return round(now // _MINUTE * _MINUTE - days * _DAY)

    def _in(self) -> Expression:
        if not self._values:
            self._refuse("has no values", "It takes one at least.")
        is_number = self._type == "number"
        as_value: Callable[[Value], Value] = self._as_number if is_number else self._as_text
        values = [as_value(value) for value in dict.fromkeys(self._values)]
        if self._type == "status":
            self._check_statuses(map(str, values))
        field = self._field
        listed = "IN" in (field.number_operators if is_number else field.text_operators)
        most = MAX_FILTER_VALUES if listed else MAX_FILTER_TEXTS
        if len(values) > most:
            self._refuse(f"has {len(values):,} values", f"At most {most:,} are allowed.")
        if listed:
            return Membership(self._identifier, tuple(map(Constant, values)))
        each = tuple(self._compare("=", value) for value in values)
        return each[0] if len(each) == 1 else Or(each)

    def _check_statuses(self, names: Iterable[str]) -> None:
        for name in names:
            if name not in _STATUSES:
                nearest = did_you_mean(name[:40], _STATUSES)
                hint = nearest or f"Allowed are {', '.join(_STATUSES)}."
                self._refuse(f"has the value {name[:60]!r}", hint)

    def _is_empty(self) -> Expression:
        self._only("value", 0)
        missing = NullTest(self._identifier)
        return Or((missing, self._compare("=", ""))) if self._field.type == "text" else missing

    def _is_not_empty(self) -> Expression:
        self._only("value", 0)
        if self._field.type == "text":
            return self._compare("!=", "")
        return NullTest(self._identifier, negated=True)


def _type(column: Column, values: Sequence[Value]) -> ColumnType:
    match column.entity:
        case "attributes":
            return ATTRIBUTES[column.key][1] if column.key in ATTRIBUTES else "text"
        case "metrics":
            return "number"
        case "params" if values and not any(isinstance(value, str) for value in values):
            return "number"
        case _:
            return "text"

"""Checked nodes -> SQLAlchemy conditions. No value reaches SQL as text: all are bound parameters.

A comparison with a missing value is false, and NOT turns exactly the false ones true; SQL's third
truth value never shows.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Double,
    Text,
    and_,
    false,
    literal,
    or_,
    select,
    true,
)

from nbtrack.query import patterns
from nbtrack.query.anywhere import word_condition
from nbtrack.query.attributes import STATUS_NAMES, SearchEntity
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
from nbtrack.query.sources import ATTRIBUTES, Related, has_keyed, tag_value
from nbtrack.store.tables import datasets, latest_metrics, params, run_datasets, runs

_COMPARATORS: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}

_PATTERNS: dict[str, Callable[[str], patterns.Pattern]] = {
    "LIKE": patterns.from_like,
    "ILIKE": patterns.from_like,
    "CONTAINS": patterns.containing,
    "STARTS WITH": patterns.starting_with,
    "ENDS WITH": patterns.ending_with,
}
"""What the constant of an operator stands for; LIKE alone minds case."""

_PROMPT_TAG = "mlflow.prompt.is_prompt"
"""MLflow adds ``tags.`mlflow.prompt.is_prompt` = 'false'`` to each search for models: a model
without that tag is no prompt."""

_Test = Callable[[ColumnElement[Any]], ColumnElement[bool]]


def compile_search(
    expression: Expression | None, dialect_name: str, entity: SearchEntity = "run"
) -> ColumnElement[bool]:
    """Return a search as a condition on the rows of its table.

    Parameters
    ----------
    expression : Expression or None
        From `parse_search`; None matches everything.
    dialect_name : str
        ``sqlite`` or ``postgresql``.
    entity : {"run", "experiment", "registered_model", "model_version"}
        What `expression` was parsed for: the condition is on ``runs``, ``experiments``,
        ``registered_models`` or ``model_versions``.

    Examples
    --------
    >>> from nbtrack.query.parser import parse_search
    >>> print(compile_search(parse_search("run_id = 'a'"), "sqlite"))
    runs.run_id = :param_1
    """
    if expression is None:
        return true()
    return _Compiler(dialect_name, entity).compile(expression, negated=False)


class _Compiler:
    def __init__(self, dialect_name: str, search: SearchEntity) -> None:
        self._dialect_name = dialect_name
        self._search = search

    def compile(self, expression: Expression, *, negated: bool) -> ColumnElement[bool]:
        """Return the condition. NOT sinks to the leaves, to spare the depth of SQLite's parser."""
        match expression:
            case And(operands) | Or(operands):
                combine = and_ if isinstance(expression, And) is not negated else or_
                return combine(*(self.compile(each, negated=negated) for each in operands))
            case Not(operand):
                return self.compile(operand, negated=not negated)
            case NullTest(identifier, wants_value):
                present = self._present(identifier.entity, identifier.key)
                return present if wants_value is not negated else present.is_not(true())
            case Comparison(Identifier("any"), _, Constant(word)):
                condition = word_condition(str(word), self._dialect_name)
            case _:
                condition = self._condition(expression)
        return condition.is_not(true()) if negated else condition

    def _present(self, entity: Entity, key: str) -> ColumnElement[bool]:
        if entity == "attribute":
            return self._attribute(key, lambda column: column.is_not(None))
        return has_keyed(self._search, entity, key)

    def _condition(self, condition: Condition) -> ColumnElement[bool]:
        entity, key = condition.identifier.entity, condition.identifier.key
        match entity:
            case "attribute" if key == "status":
                return _status(cast(Comparison, condition))
            case "attribute":
                return self._attribute(key, self._test(condition))
            case "dataset":
                return self._dataset(key, condition)
            case "metric":
                return self._keyed(condition, _metric_test(condition, self._test(condition)))
            case "param":
                column = params.c.value if _is_textual(condition) else params.c.number
                return self._keyed(condition, self._test(condition)(column))
            case _:
                return self._tag(condition)

    def _keyed(self, condition: Condition, test: ColumnElement[bool]) -> ColumnElement[bool]:
        identifier = condition.identifier
        return has_keyed(self._search, identifier.entity, identifier.key, test)

    def _attribute(self, key: str, test: _Test) -> ColumnElement[bool]:
        source = ATTRIBUTES[self._search][key]
        if isinstance(source, Related):
            return source.link.in_(select(source.target).where(test(source.column)))
        return test(source)

    def _dataset(self, key: str, condition: Condition) -> ColumnElement[bool]:
        column = run_datasets.c.context if key == "context" else datasets.c[key]
        users = (
            select(run_datasets.c.run_id)
            .join(datasets, datasets.c.id == run_datasets.c.dataset_id)
            .where(self._test(condition)(column))
        )
        if key == "context":
            users = users.where(run_datasets.c.context != "")
        return runs.c.id.in_(users)

    def _tag(self, condition: Condition) -> ColumnElement[bool]:
        tagged = self._keyed(condition, self._test(condition)(tag_value(self._search)))
        if self._search in {"registered_model", "model_version"} and _is_no_prompt(condition):
            return or_(tagged, ~has_keyed(self._search, "tag", _PROMPT_TAG))
        return tagged

    def _test(self, condition: Condition) -> _Test:
        """Return what the condition asks of a column."""
        dialect_name = self._dialect_name
        match condition:
            case Comparison(_, name, constant) if name in _PATTERNS:
                pattern = _PATTERNS[name](str(constant.value))
                return lambda column: patterns.matches(
                    column, pattern, dialect_name, ignore_case=name != "LIKE"
                )
            case Comparison(_, name, constant):
                return lambda column: _COMPARATORS[name](column, _bound(constant))
            case Membership(_, constants, negated):
                values = [_bound(constant) for constant in constants]
                return lambda column: column.not_in(values) if negated else column.in_(values)
            case Between(_, low, high):
                return lambda column: column.between(_bound(low), _bound(high))
            case _:
                raise TypeError(f"{type(condition).__name__} is no comparison")


def _bound(constant: Constant) -> ColumnElement[Any]:
    match constant.value:
        case str(text):
            return literal(text, Text())
        case int(number):
            return literal(number, BigInteger())
        case number:
            return literal(number, Double())


def _is_textual(condition: Condition) -> bool:
    match condition:
        case Comparison(_, _, constant) | Between(_, constant, _):
            return isinstance(constant.value, str)
        case Membership(_, constants):
            return isinstance(constants[0].value, str)
        case _:
            return True


def _metric_test(condition: Condition, test: _Test) -> ColumnElement[bool]:
    """Return the test of a metric's last value, where NULL is NaN: unequal to every number."""
    last = latest_metrics.c.last
    if isinstance(condition, Comparison) and condition.operator == "!=":
        return or_(test(last), last.is_(None))
    return test(last)


def _status(comparison: Comparison) -> ColumnElement[bool]:
    """Return the condition on a run's status, which goes by nbtrack's name or by MLflow's."""
    wanted, as_pattern = str(comparison.constant.value), _PATTERNS.get(comparison.operator)

    def fits(name: str) -> bool:
        if as_pattern:
            ignore_case = comparison.operator != "LIKE"
            return patterns.fits(name, as_pattern(wanted), ignore_case=ignore_case)
        return name == wanted

    matching = [status for status, names in STATUS_NAMES.items() if any(map(fits, names))]
    if comparison.operator == "!=":
        return runs.c.status.not_in(matching) if matching else true()
    return runs.c.status.in_(matching) if matching else false()


def _is_no_prompt(condition: Condition) -> bool:
    if not isinstance(condition, Comparison) or condition.identifier.key != _PROMPT_TAG:
        return False
    return (condition.operator, condition.constant.value) in {("=", "false"), ("!=", "true")}

"""From the parser's tokens to checked nodes: names are resolved, operators and constants fit."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, cast

from lark import Token, Transformer, v_args

from nbtrack.errors import did_you_mean
from nbtrack.query.attributes import Field, Vocabulary
from nbtrack.query.constants import (
    SearchError,
    as_date,
    as_experiment_id,
    as_number,
    number_of,
)
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
    OrderBy,
    Span,
)
from nbtrack.query.quoting import quoted_key, unescaped, unquoted_key

MAX_LIST = 1_000
"""Constants in one ``IN (...)``."""

MAX_SORT_KEYS = 20
"""Sort keys of one ORDER BY."""

_OPERATORS = (
    "=", "!=", "<", "<=", ">", ">=", "LIKE", "ILIKE", "CONTAINS", "STARTS WITH", "ENDS WITH",
    "IN", "NOT IN", "BETWEEN",
)  # fmt: skip
_MISSPELT_OPERATORS = {"==": "=", "<>": "!=", "=!": "!=", "=>": ">=", "=<": "<=", "~": "LIKE"}

_PATH = re.compile(r'(?P<head>"[^"]+"|`[^`]+`|\w+)(?:\.(?P<key>.+))?', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Name:
    """An identifier as typed, with what it may be compared with."""

    text: str
    identifier: Identifier
    field: Field


def token_span(token: Token) -> Span:
    """Return where a token stands in the text."""
    return (token.start_pos or 0, token.end_pos or 0)


@v_args(inline=True)
class Builder(Transformer[Token, Any]):
    """Callbacks of the grammar's rules for one vocabulary."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        super().__init__()
        self._vocabulary = vocabulary

    def path(self, token: Token) -> Name:
        span = token_span(token)
        match = _PATH.fullmatch(token)
        assert match is not None
        head, key = unquoted_key(match["head"]), match["key"]
        if key is None and head.lower() == "any" and self._vocabulary.anywhere:
            return self._resolve(str(token), "any", "", span)
        if key is None:
            return self._resolve(str(token), "attribute", head, span)
        return self._resolve(str(token), self._entity(head, span), unquoted_key(key), span)

    def _entity(self, prefix: str, span: Span) -> Entity:
        prefixes = self._vocabulary.prefixes
        if prefix not in prefixes:
            raise SearchError(
                f"There is no {prefix!r} to search.",
                (span[0], span[0] + len(prefix)),
                did_you_mean(prefix, prefixes) or f"Allowed are {', '.join(prefixes)}.",
            )
        return prefixes[prefix]

    def _resolve(self, text: str, entity: Entity, key: str, span: Span) -> Name:
        vocabulary = self._vocabulary
        if entity == "attribute":
            key = vocabulary.aliases.get(key, key)
        field = vocabulary.find(entity, key)
        if field is None:
            raise SearchError(f"There is no {entity} {key!r}.", span, self._suggestion(entity, key))
        return Name(text, Identifier(entity, key, span), field)

    def _suggestion(self, entity: Entity, key: str) -> str:
        vocabulary = self._vocabulary
        names = vocabulary.datasets if entity == "dataset" else vocabulary.attributes
        nearest = did_you_mean(key, names)
        if nearest:
            return nearest
        allowed = f"{entity}s are {', '.join(names)}."
        if entity == "attribute" and vocabulary.keyed:
            keyed = " or ".join(f"{kind}s.{quoted_key(key)}" for kind in vocabulary.keyed)
            return f"Write {keyed} for a key; {allowed}"
        return allowed.capitalize()

    def text(self, token: Token) -> Constant:
        return Constant(str(token[1:-1]), token_span(token))

    def escaped_text(self, token: Token) -> Constant:
        return Constant(unescaped(token[2:-1]), token_span(token))

    def number(self, token: Token) -> Constant:
        return Constant(number_of(token), token_span(token))

    def comparison(self, name: Name, operator_token: Token, constant: Constant) -> Comparison:
        operator = " ".join(operator_token.upper().split())
        if operator not in _OPERATORS:
            nearest = _MISSPELT_OPERATORS.get(operator)
            hint = f"Use {nearest}." if nearest else f"Use one of {' '.join(_OPERATORS)}."
            raise SearchError(f"There is no operator {operator}.", token_span(operator_token), hint)
        constant = _fitting(name, operator, constant)
        span = (name.identifier.span[0], constant.span[1])
        return Comparison(name.identifier, cast(Operator, operator), constant, span)

    def not_comparison(self, name: Name, operator_token: Token, constant: Constant) -> Not:
        comparison = self.comparison(name, operator_token, constant)
        return Not(comparison, comparison.span)

    def member(self, name: Name, *constants: Constant) -> Membership:
        return self._membership(name, "IN", constants)

    def not_member(self, name: Name, *constants: Constant) -> Membership:
        return self._membership(name, "NOT IN", constants)

    def _membership(self, name: Name, operator: str, constants: tuple[Constant, ...]) -> Membership:
        span = (name.identifier.span[0], constants[-1].span[1])
        if len(constants) > MAX_LIST:
            raise SearchError(
                f"A list holds at most {MAX_LIST:,} values; this one has {len(constants):,}.", span
            )
        if len({isinstance(constant.value, str) for constant in constants}) > 1:
            raise SearchError("A list holds either quoted texts or numbers, not both.", span)
        fitting = tuple(_fitting(name, operator, constant) for constant in constants)
        return Membership(name.identifier, fitting, operator == "NOT IN", span)

    def null(self, name: Name) -> NullTest:
        return self._null_test(name, negated=False)

    def not_null(self, name: Name) -> NullTest:
        return self._null_test(name, negated=True)

    def _null_test(self, name: Name, *, negated: bool) -> NullTest:
        span = name.identifier.span
        if not name.field.nullable:
            raise SearchError(
                f"{name.text} cannot be tested for NULL.", span, _allowed_operators(name.field)
            )
        return NullTest(name.identifier, negated, span)

    def between(self, name: Name, low: Constant, high: Constant) -> Between:
        low, high = _fitting(name, "BETWEEN", low), _fitting(name, "BETWEEN", high)
        return Between(name.identifier, low, high, (name.identifier.span[0], high.span[1]))

    def negated(self, operand: Expression) -> Expression:
        return operand.operand if isinstance(operand, Not) else Not(operand, operand.span)

    def conjunction(self, *operands: Expression) -> And:
        return And(_flat(And, operands), (operands[0].span[0], operands[-1].span[1]))

    def disjunction(self, *operands: Expression) -> Or:
        return Or(_flat(Or, operands), (operands[0].span[0], operands[-1].span[1]))

    def ascending(self, name: Name) -> OrderBy:
        return self._order(name, descending=False)

    def descending(self, name: Name) -> OrderBy:
        return self._order(name, descending=True)

    def _order(self, name: Name, *, descending: bool) -> OrderBy:
        unsortable = {"dataset": "a run may have several datasets", "any": "that is no column"}
        reason = unsortable.get(name.identifier.entity)
        if reason:
            raise SearchError(
                f"Runs cannot be sorted by {name.text}: {reason}.", name.identifier.span
            )
        return OrderBy(name.identifier, descending, name.identifier.span)

    def order_by(self, *terms: OrderBy) -> tuple[OrderBy, ...]:
        seen: set[Identifier] = set()
        for term in terms:
            if term.identifier in seen:
                raise SearchError(f"{term.identifier.key} is sorted by twice.", term.span)
            if len(seen) == MAX_SORT_KEYS:
                raise SearchError(f"There are more than {MAX_SORT_KEYS} sort keys.", term.span)
            seen.add(term.identifier)
        return terms


def _flat(kind: type[And | Or], operands: tuple[Expression, ...]) -> tuple[Expression, ...]:
    flat: list[Expression] = []
    for operand in operands:
        flat.extend(operand.operands if isinstance(operand, kind) else (operand,))
    return tuple(flat)


def _allowed_operators(field: Field) -> str:
    allowed = field.text_operators | field.number_operators
    names = [operator for operator in _OPERATORS if operator in allowed]
    if field.nullable:
        names += ["IS NULL", "IS NOT NULL"]
    return f"Allowed are {', '.join(names)}; conditions combine with AND, OR and NOT."


def _fitting(name: Name, operator: str, constant: Constant) -> Constant:
    """Return the constant as the field's type, or raise `SearchError`."""
    field = name.field
    is_text = isinstance(constant.value, str)
    allowed, other = field.text_operators, field.number_operators
    if not is_text:
        allowed, other = other, allowed
    if operator not in allowed:
        if operator not in other:
            raise SearchError(
                f"{name.text} cannot be compared by {operator}.",
                name.identifier.span,
                _allowed_operators(field),
            )
        raise _wrong_kind(name, operator, constant)
    if field.type == "date" and is_text:
        return as_date(constant)
    if field.type == "experiment_id":
        return as_experiment_id(constant)
    if field.type == "number" and is_text:
        return as_number(constant)
    return constant


def _wrong_kind(name: Name, operator: str, constant: Constant) -> SearchError:
    if isinstance(constant.value, str):
        return SearchError(
            f"{name.text} {operator} wants a number, and {constant.value!r} is quoted.",
            constant.span,
            "Remove the quotes.",
        )
    return SearchError(
        f"{name.text} {operator} wants a quoted text, not the number {constant.value}.",
        constant.span,
        f"Write '{constant.value}'.",
    )

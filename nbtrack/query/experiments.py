"""Which experiments a search means."""

from __future__ import annotations

from sqlalchemy import ColumnElement

from nbtrack.query.compiler import compile_search
from nbtrack.query.nodes import And, Comparison, Expression, Identifier, conditions
from nbtrack.query.overall import is_meant_as_expression, parse_words
from nbtrack.query.parser import check_bounds, parse_search


def experiment_condition(text: str | None, dialect_name: str) -> ColumnElement[bool] | None:
    """Return a search for experiments as a condition on ``experiments``; None is all of them.

    Parameters
    ----------
    text : str or None
        An expression such as ``name LIKE 'digits%' AND tags.team = 'vision'``, with
        ``attribute.creation_time`` and ``last_update_time`` too; or plain words, all of which
        the name must contain.

    Raises
    ------
    QueryError
        It cannot be understood.
    """
    expression = _expression(text or "")
    return None if expression is None else compile_search(expression, dialect_name, "experiment")


def _expression(text: str) -> Expression | None:
    if not text.strip():
        return None
    if is_meant_as_expression(text):
        return parse_search(text, "experiment")
    check_bounds(text)
    words = [each for each in conditions(parse_words(text)) if isinstance(each, Comparison)]
    name = Identifier("attribute", "name")
    named = tuple(Comparison(name, "CONTAINS", word.constant, word.span) for word in words)
    return named[0] if len(named) == 1 else And(named)

"""Which experiments a search means, and their tags."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, Connection, select

from nbtrack.query.compiler import compile_search
from nbtrack.query.nodes import And, Comparison, Expression, Identifier, conditions
from nbtrack.query.overall import is_meant_as_expression, parse_words
from nbtrack.query.parser import check_bounds, parse_search
from nbtrack.store import tables
from nbtrack.store.runs import in_parts


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


def experiment_tags(connection: Connection, numbers: Collection[int]) -> dict[int, dict[str, str]]:
    """Return the tags of experiments by id; those without any are left out."""
    table, found = tables.experiment_tags, dict[int, dict[str, str]]()
    query = select(table.c.experiment_id, table.c.key, table.c.value).order_by(table.c.key)
    for part in in_parts(numbers):
        for number, key, value in connection.execute(query.where(table.c.experiment_id.in_(part))):
            found.setdefault(number, {})[key] = value
    return found

"""Searches for registered models: the search language, or plain words."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import ColumnElement, and_, exists, or_

from nbtrack.query import patterns
from nbtrack.query.compiler import compile_search
from nbtrack.query.nodes import Comparison, conditions
from nbtrack.query.overall import is_meant_as_expression
from nbtrack.query.parser import parse_search
from nbtrack.store.tables import model_tags, registered_models


def models_condition(text: str | None, dialect_name: str) -> ColumnElement[bool] | None:
    """Return a search for models as a condition on ``registered_models``; None is all.

    Each plain word must occur in the model's name, its description, or one of its tags.

    Raises
    ------
    QueryError
        The search cannot be understood.
    """
    if not text or not text.strip():
        return None
    if is_meant_as_expression(text):
        parsed = parse_search(text, "registered_model")
        return compile_search(parsed, dialect_name, "registered_model")
    parsed = parse_search(text)
    assert parsed is not None  # it is not blank
    words = [cast(Comparison, leaf).constant.value for leaf in conditions(parsed)]
    return and_(*(_word(str(word), dialect_name) for word in words))


def _word(word: str, dialect_name: str) -> ColumnElement[bool]:
    pattern = patterns.containing(word)

    def has(column: ColumnElement[Any]) -> ColumnElement[bool]:
        return patterns.matches(column, pattern, dialect_name, ignore_case=True)

    owned = (model_tags.c.model_id == registered_models.c.id) & (model_tags.c.version == 0)
    return or_(
        has(registered_models.c.name),
        has(registered_models.c.description),
        exists().where(owned, or_(has(model_tags.c.key), has(model_tags.c.value))),
    )

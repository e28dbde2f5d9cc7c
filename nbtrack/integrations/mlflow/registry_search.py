"""Searches of the registry: by nbtrack's language, with MLflow's errors and MLflow's order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from mlflow.exceptions import MlflowException
from mlflow.utils.search_utils import SearchModelUtils, SearchModelVersionUtils, SearchUtils
from sqlalchemy import ColumnElement

from nbtrack.errors import QueryError
from nbtrack.integrations.mlflow.errors import invalid
from nbtrack.query.compiler import compile_search
from nbtrack.query.parser import parse_search

_PROMPT_TAG = "mlflow.prompt.is_prompt"
_NO_PROMPT = f"tag.`{_PROMPT_TAG}` = 'false'"
_PARSERS = {"registered_model": SearchModelUtils, "model_version": SearchModelVersionUtils}
_VERSIONS_FIRST = ("last_updated_timestamp DESC", "name ASC", "version_number DESC")


def registry_condition(
    text: str | None, entity: Literal["registered_model", "model_version"], dialect: str
) -> ColumnElement[bool]:
    """Return a search for models or versions as a condition; prompts are found when asked for.

    Raises
    ------
    mlflow.exceptions.MlflowException
        It cannot be understood; in MLflow's words, where MLflow does not understand it either.
    """
    try:
        expression = parse_search(text or "", entity)
    except QueryError as error:
        _PARSERS[entity].parse_search_filter(text)
        raise invalid(str(error)) from error
    condition = compile_search(expression, dialect, entity)
    if _PROMPT_TAG in (text or ""):
        return condition
    return condition & compile_search(parse_search(_NO_PROMPT, entity), dialect, entity)


def model_order(clauses: Sequence[str] | None) -> list[tuple[str, bool]]:
    """Return sort keys for models, each with whether it descends."""
    order = []
    for clause in clauses or ():
        key, ascending = SearchUtils.parse_order_by_for_search_registered_models(clause)
        order.append((key if key == "name" else "last_updated_timestamp", not ascending))
    return _without_duplicates(order, clauses)


def version_order(clauses: Sequence[str] | None) -> list[tuple[str, bool]]:
    """Return sort keys for versions, each with whether it descends."""
    order = []
    for clause in clauses or _VERSIONS_FIRST:
        _, key, ascending = SearchModelVersionUtils.parse_order_by_for_search_model_versions(clause)
        if key not in SearchModelVersionUtils.VALID_ORDER_BY_ATTRIBUTE_KEYS:
            raise invalid(
                f"Invalid order by key '{key}' specified. Valid keys are "
                f"{SearchModelVersionUtils.VALID_ORDER_BY_ATTRIBUTE_KEYS}"
            )
        order.append((key, not ascending))
    return _without_duplicates(order, clauses)


def _without_duplicates(
    order: list[tuple[str, bool]], clauses: Sequence[str] | None
) -> list[tuple[str, bool]]:
    if len({key for key, _ in order}) < len(order):
        raise MlflowException(f"`order_by` contains duplicate fields: {list(clauses or ())}")
    return order

"""Searches for logged models, in the language that MLflow has for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from mlflow.entities import LoggedModelStatus
from mlflow.exceptions import MlflowException

from nbtrack.integrations.mlflow.errors import invalid
from nbtrack.query.pages import ModelCondition, ModelEntity, ModelOrder

_ENTITIES: dict[str, ModelEntity] = {
    "attributes": "attribute", "metrics": "metric", "params": "param", "tags": "tag",
}  # fmt: skip

_COLUMNS = {
    "model_id": "model_id",
    "name": "name",
    "model_type": "model_type",
    "status": "status",
    "source_run_id": "source_run_id",
    "artifact_location": "artifact_location",
    "experiment_id": "experiment_id",
    "lifecycle_stage": "stage",
    "creation_time": "created",
    "creation_timestamp": "created",
    "creation_timestamp_ms": "created",
    "last_updated_timestamp": "updated",
    "last_updated_timestamp_ms": "updated",
}


def model_conditions(text: str | None) -> list[ModelCondition]:
    """Return the conditions of a search.

    Raises
    ------
    mlflow.exceptions.MlflowException
        It cannot be understood.
    """
    from mlflow.utils.search_logged_model_utils import parse_filter_string

    return [_condition(comparison) for comparison in parse_filter_string(text)]


def _condition(comparison: Any) -> ModelCondition:
    entity, key, value = _ENTITIES[comparison.entity.type.value], comparison.entity.key, None
    value = tuple(comparison.value) if isinstance(comparison.value, tuple) else comparison.value
    if entity == "attribute":
        if key not in _COLUMNS:
            raise invalid(f"Invalid attribute {key!r}. Known: {', '.join(sorted(_COLUMNS))}.")
        key = _COLUMNS[key]
        if key == "status":
            _check_status(comparison.op, value)
    return ModelCondition(entity, key, comparison.op, value)


def _check_status(name: str, value: Any) -> None:
    if name not in {"=", "!=", "IN", "NOT IN"}:
        raise invalid(f"Invalid comparison operator for status: {name}")
    for status in value if isinstance(value, tuple) else (value,):
        try:
            LoggedModelStatus(status)
        except ValueError as error:
            raise invalid(f"Unknown model status in filter: {value!r}") from error


def model_order(order_by: Sequence[dict[str, Any]] | None) -> list[ModelOrder]:
    """Return by what models are sorted.

    Raises
    ------
    mlflow.exceptions.MlflowException
        They cannot be sorted by that.
    """
    return [_order(clause) for clause in order_by or ()]


def _order(clause: dict[str, Any]) -> ModelOrder:
    name, ascending = cast(str, clause.get("field_name")), bool(clause.get("ascending", True))
    if "." not in name:
        if name not in _COLUMNS:
            raise MlflowException.invalid_parameter_value(f"Invalid order by field name: {name}")
        return ModelOrder(_COLUMNS[name], ascending=ascending)
    entity, _, key = name.partition(".")
    if entity != "metrics":
        raise invalid(f"Invalid order by field name: {name}. Only metrics are supported.")
    dataset = (clause.get("dataset_name") or None, clause.get("dataset_digest") or None)
    return ModelOrder(key, is_metric=True, ascending=ascending, dataset=dataset)

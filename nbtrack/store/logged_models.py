"""Models that runs log, with params, tags and metrics of their own, as MLflow 3 keeps them.

All functions work inside a transaction of the caller.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, Table, delete, insert, select, update

from nbtrack.store import tables
from nbtrack.store.runs import in_parts, insert_or_ignore
from nbtrack.store.tag_rows import put_tags, remove_tag


@dataclass(frozen=True, slots=True)
class ModelMetric:
    """One measurement of a logged model."""

    key: str
    value: float
    timestamp: int
    step: int
    run_id: str
    dataset_name: str | None = None
    dataset_digest: str | None = None


@dataclass(slots=True)
class LoggedModel:
    """A logged model and what is known of it."""

    row: Row[Any]
    """All columns of ``logged_models``."""
    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    metrics: list[ModelMetric] = field(default_factory=list)


def add_logged_model(
    connection: Connection,
    values: Mapping[str, Any],
    params: Mapping[str, str],
    tags: Mapping[str, str],
) -> None:
    """Insert a logged model: columns of ``logged_models``, params and tags."""
    connection.execute(insert(tables.logged_models).values(dict(values)))
    put_model_params(connection, values["model_id"], params)
    put_logged_model_tags(connection, values["model_id"], tags)


def model_row(connection: Connection, model_id: str) -> Row[Any] | None:
    """Return the row of a logged model, or None where there is no such model."""
    table = tables.logged_models
    return connection.execute(select(table).where(table.c.model_id == model_id)).first()


def read_logged_models(connection: Connection, rows: Sequence[Row[Any]]) -> list[LoggedModel]:
    """Return whole logged models for rows of their table."""
    found = {row.model_id: LoggedModel(row) for row in rows}
    for part in in_parts(found):
        for model_id, key, value in _texts(connection, tables.logged_model_params, part):
            found[model_id].params[key] = value
        for model_id, key, value in _texts(connection, tables.logged_model_tags, part):
            found[model_id].tags[key] = value
        table = tables.logged_model_metrics
        query = select(table).where(table.c.model_id.in_(part)).order_by(table.c.id)
        for row in connection.execute(query):
            found[row.model_id].metrics.append(
                ModelMetric(
                    row.key,
                    math.nan if row.value is None else row.value,
                    row.timestamp,
                    row.step,
                    row.run_id,
                    row.dataset_name,
                    row.dataset_digest,
                )
            )
    return list(found.values())


def _texts(connection: Connection, table: Table, part: list[str]) -> Any:
    query = select(table.c.model_id, table.c.key, table.c.value)
    return connection.execute(query.where(table.c.model_id.in_(part)).order_by(table.c.key))


def change_logged_model(connection: Connection, model_id: str, **values: Any) -> None:
    """Change columns of a logged model."""
    table = tables.logged_models
    connection.execute(update(table).where(table.c.model_id == model_id).values(values))


def put_model_params(connection: Connection, model_id: str, params: Mapping[str, str]) -> None:
    """Write params of a logged model, each once."""
    rows = [{"model_id": model_id, "key": key, "value": text} for key, text in params.items()]
    if rows:
        insert_or_ignore(connection, tables.logged_model_params, rows, on=["model_id", "key"])


def put_logged_model_tags(connection: Connection, model_id: str, tags: Mapping[str, str]) -> None:
    """Set tags of a logged model."""
    put_tags(connection, tables.logged_model_tags, {"model_id": model_id}, tags)


def remove_logged_model_tag(connection: Connection, model_id: str, key: str) -> bool:
    """Remove a tag of a logged model and tell whether it had one of that key."""
    return remove_tag(connection, tables.logged_model_tags, {"model_id": model_id}, key)


def add_model_metrics(
    connection: Connection, model_id: str, metrics: Sequence[ModelMetric]
) -> None:
    """Append measurements of a logged model; those that it has already are left out."""
    table = tables.logged_model_metrics
    query = select(table).where(
        table.c.model_id == model_id, table.c.key.in_({metric.key for metric in metrics})
    )
    known = {
        (row.key, row.value, row.timestamp, row.step, row.run_id, row.dataset_name,
         row.dataset_digest)
        for row in connection.execute(query)
    }  # fmt: skip
    rows = []
    for metric in metrics:
        value = None if math.isnan(metric.value) else metric.value
        facts = (metric.key, value, metric.timestamp, metric.step, metric.run_id,
                 metric.dataset_name, metric.dataset_digest)  # fmt: skip
        if facts not in known:
            known.add(facts)
            names = (
                "key", "value", "timestamp", "step", "run_id", "dataset_name", "dataset_digest",
            )  # fmt: skip
            rows.append({"model_id": model_id, **dict(zip(names, facts, strict=True))})
    if rows:
        connection.execute(insert(table), rows)


def deleted_logged_models(connection: Connection, before: int) -> list[str]:
    """Return the ids of the models that were marked as deleted at some time or before it."""
    table = tables.logged_models
    query = select(table.c.model_id).where(table.c.stage == "deleted", table.c.updated <= before)
    return list(connection.scalars(query.order_by(table.c.updated)))


def remove_logged_model(connection: Connection, model_id: str) -> bool:
    """Remove a logged model for good and tell whether there was one."""
    table = tables.logged_models
    return connection.execute(delete(table).where(table.c.model_id == model_id)).rowcount > 0

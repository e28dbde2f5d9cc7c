"""Searches by page: the row ids of runs, and logged models, in order."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Row,
    Subquery,
    and_,
    collate,
    func,
    or_,
    select,
)

from nbtrack.query import patterns
from nbtrack.query.compiler import compile_search
from nbtrack.query.nodes import Expression, OrderBy
from nbtrack.query.ordering import compile_order_by
from nbtrack.store import tables

ModelEntity = Literal["attribute", "metric", "param", "tag"]

_COMPARATORS: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq, "!=": operator.ne, "<": operator.lt,
    "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


def page_of_runs(
    connection: Connection,
    experiments: Sequence[int],
    stages: Sequence[str],
    expression: Expression | None,
    order: tuple[OrderBy, ...],
    *,
    offset: int = 0,
    limit: int | None = None,
) -> list[int]:
    """Return the row ids of a page of runs, sorted as MLflow sorts them: params as text."""
    runs, dialect = tables.runs, connection.dialect.name
    query = select(runs.c.id).where(
        runs.c.experiment_id.in_(experiments),
        runs.c.stage.in_(stages),
        compile_search(expression, dialect),
    )
    ordered = compile_order_by(order, dialect).apply(query)
    return list(connection.scalars(ordered.offset(offset).limit(limit)))


@dataclass(frozen=True, slots=True)
class ModelCondition:
    """What a logged model must meet."""

    entity: ModelEntity
    key: str
    """For an attribute a column of ``logged_models``."""
    operator: str
    value: str | float | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ModelOrder:
    """By what logged models are sorted: a column of their table, or one of their metrics."""

    key: str
    is_metric: bool = False
    ascending: bool = True
    dataset: tuple[str | None, str | None] = (None, None)
    """Name and digest; only what was measured on it counts."""


def page_of_models(
    connection: Connection,
    experiments: Sequence[int],
    conditions: Sequence[ModelCondition],
    datasets: Sequence[tuple[str | None, str | None]],
    order: Sequence[ModelOrder],
    *,
    offset: int = 0,
    limit: int | None = None,
) -> Sequence[Row[Any]]:
    """Return a page of logged models.

    Parameters
    ----------
    datasets : sequence of (str or None, str or None)
        Names and digests; metrics count that were measured on one of them. Where no condition asks
        for a metric, a model must have any such.
    """
    models, dialect = tables.logged_models, connection.dialect.name
    query = select(models).where(
        models.c.experiment_id.in_(experiments), models.c.stage != "deleted"
    )
    for condition in conditions:
        query = query.where(_meets(condition, datasets, dialect))
    if datasets and all(condition.entity != "metric" for condition in conditions):
        measured = tables.logged_model_metrics
        query = query.where(
            models.c.model_id.in_(select(measured.c.model_id).where(_measured_on(datasets)))
        )
    for term in order:
        column: ColumnElement[Any]
        if term.is_metric:
            on = [*datasets] if term.dataset == (None, None) else [term.dataset]
            latest = _latest(term.key, on)
            query = query.outerjoin(latest, latest.c.model_id == models.c.model_id)
            column = latest.c.value
        else:
            column = _sortable(models, term.key, dialect)
        query = query.order_by((column.asc() if term.ascending else column.desc()).nulls_last())
    given = {term.key for term in order if not term.is_metric}
    if "created" not in given:
        query = query.order_by(models.c.created.desc())
    if "model_id" not in given:
        query = query.order_by(models.c.model_id)
    return connection.execute(query.offset(offset).limit(limit)).all()


def _sortable(models: FromClause, key: str, dialect: str) -> ColumnElement[Any]:
    column: ColumnElement[Any] = models.c[key]
    is_text = key not in {"created", "updated", "experiment_id"}
    return collate(column, "C") if is_text and dialect == "postgresql" else column


def _meets(
    condition: ModelCondition, datasets: Sequence[tuple[str | None, str | None]], dialect: str
) -> ColumnElement[bool]:
    models = tables.logged_models
    if condition.entity == "attribute":
        return _test(models.c[condition.key], condition, dialect)
    if condition.entity == "metric":
        latest = _latest(condition.key, datasets)
        holders = select(latest.c.model_id).where(_test(latest.c.value, condition, dialect))
    else:
        table = (
            tables.logged_model_params if condition.entity == "param" else tables.logged_model_tags
        )
        holders = select(table.c.model_id).where(
            table.c.key == condition.key, _test(table.c.value, condition, dialect)
        )
    return models.c.model_id.in_(holders)


def _test(
    column: ColumnElement[Any], condition: ModelCondition, dialect: str
) -> ColumnElement[bool]:
    name, value = condition.operator, condition.value
    if name in {"LIKE", "ILIKE"}:
        pattern = patterns.from_like(str(value))
        return patterns.matches(column, pattern, dialect, ignore_case=name == "ILIKE")
    if isinstance(value, tuple):
        return column.not_in(value) if name == "NOT IN" else column.in_(value)
    tested: ColumnElement[bool] = _COMPARATORS[name](column, value)
    return tested


def _latest(key: str, datasets: Sequence[tuple[str | None, str | None]]) -> Subquery:
    """Return each model's last value of a metric: of the highest step, timestamp, then value."""
    c = tables.logged_model_metrics.c
    place = func.row_number().over(
        partition_by=c.model_id,
        order_by=(c.step.desc(), c.timestamp.desc(), c.value.desc().nulls_last(), c.id.desc()),
    )
    conditions = [c.key == key]
    if datasets:
        conditions.append(_measured_on(datasets))
    ranked = select(c.model_id, c.value, place.label("place")).where(*conditions).subquery()
    return select(ranked.c.model_id, ranked.c.value).where(ranked.c.place == 1).subquery()


def _measured_on(datasets: Sequence[tuple[str | None, str | None]]) -> ColumnElement[bool]:
    c = tables.logged_model_metrics.c
    either = []
    for name, digest in datasets:
        both = []
        if name is not None:
            both.append(c.dataset_name == name)
        if digest is not None:
            both.append(c.dataset_digest == digest)
        either.append(and_(*both))
    return or_(*either)

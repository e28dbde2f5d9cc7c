"""Runs with the texts and last values of all they logged: what MLflow's clients ask for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, func, select

from nbtrack.store import tables
from nbtrack.store.inputs import DatasetInput, read_inputs, read_linked_models
from nbtrack.store.runs import in_parts

LastPoint = tuple[str, float, int, int]
"""Key, value, timestamp and step."""

SeriesPoint = tuple[float, int, int]
"""Value, timestamp and step."""


@dataclass(slots=True)
class WholeRun:
    """A run and what it logged."""

    row: Row[Any]
    """All columns of ``runs``."""
    parent_run_id: str | None
    params: dict[str, str] = field(default_factory=dict)
    metrics: list[LastPoint] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    inputs: list[DatasetInput] = field(default_factory=list)
    models: list[tuple[str, str, int]] = field(default_factory=list)


def read_whole_runs(
    connection: Connection, row_ids: Sequence[int], context_tag: str
) -> list[WholeRun]:
    """Return runs in the order of their row ids; those that are gone are left out.

    Parameters
    ----------
    context_tag : str
        As for `nbtrack.store.inputs.read_inputs`.
    """
    runs, names = tables.runs, tables.keys
    parent = runs.alias("parent")
    found: dict[int, WholeRun] = {}
    for part in in_parts(row_ids):
        query = (
            select(runs, parent.c.run_id.label("parent_run_id"))
            .outerjoin(parent, parent.c.id == runs.c.parent_id)
            .where(runs.c.id.in_(part))
        )
        for row in connection.execute(query):
            found[row.id] = WholeRun(row, row.parent_run_id)
        for table, place in ((tables.params, "params"), (tables.tags, "tags")):
            texts = select(table.c.run_id, names.c.name, table.c.value).join_from(
                table, names, names.c.id == table.c.key_id
            )
            for row_id, name, value in connection.execute(texts.where(table.c.run_id.in_(part))):
                getattr(found[row_id], place)[name] = value
        _add_metrics(connection, part, found)
    for row_id, inputs in read_inputs(connection, list(found), context_tag).items():
        found[row_id].inputs = inputs
    for row_id, models in read_linked_models(connection, list(found)).items():
        found[row_id].models = models
    return [found[row_id] for row_id in row_ids if row_id in found]


def _add_metrics(
    connection: Connection, row_ids: Sequence[int], found: dict[int, WholeRun]
) -> None:
    c, names = tables.latest_metrics.c, tables.keys
    query = (
        select(c.run_id, names.c.name, c.last, c.last_timestamp, c.last_step)
        .join_from(tables.latest_metrics, names, names.c.id == c.key_id)
        .where(c.run_id.in_(row_ids))
    )
    for row_id, name, last, timestamp, step in connection.execute(query):
        value = math.nan if last is None else last
        found[row_id].metrics.append((name, value, timestamp, step))


def series_id(connection: Connection, run_id: str, key: str) -> int | None:
    """Return the id of a run's series of a metric, None where there is none."""
    latest, runs, names = tables.latest_metrics, tables.runs, tables.keys
    query = (
        select(latest.c.id)
        .join_from(latest, runs, runs.c.id == latest.c.run_id)
        .join(names, names.c.id == latest.c.key_id)
        .where(runs.c.run_id == run_id, names.c.kind == "metric", names.c.name == key)
    )
    found = connection.execute(query).scalar()
    return None if found is None else int(found)


def read_points(
    connection: Connection, series: int, *, offset: int = 0, limit: int | None = None
) -> list[SeriesPoint]:
    """Return points of a series by timestamp, step, then value."""
    c = tables.metrics.c
    query = (
        select(c.value, c.timestamp, c.step)
        .where(c.series_id == series)
        .order_by(c.timestamp, c.step, c.value, c.position)
        .offset(offset)
        .limit(limit)
    )
    return [_point(row) for row in connection.execute(query)]


def count_points(connection: Connection, series: int, steps: tuple[int, int] | None) -> int:
    """Return how many points of a series lie between two steps, or in all of it."""
    c = tables.metrics.c
    query = select(func.count()).where(c.series_id == series, *_between(steps))
    return int(connection.execute(query).scalar_one())


def read_places(
    connection: Connection, series: int, steps: tuple[int, int] | None, places: Sequence[int]
) -> list[SeriesPoint]:
    """Return the points at some places, from 0 on, of a series by step, timestamp, then value.

    Parameters
    ----------
    steps : tuple of (int, int) or None
        Only the points between these steps count.
    places : sequence of int
        In ascending order.
    """
    c = tables.metrics.c
    order = (c.step, c.timestamp, c.value, c.position)
    ranked = (
        select(
            c.value,
            c.timestamp,
            c.step,
            (func.row_number().over(order_by=order) - 1).label("place"),
        )
        .where(c.series_id == series, *_between(steps))
        .subquery()
    )
    found: list[SeriesPoint] = []
    for part in in_parts(places):
        query = select(ranked).where(ranked.c.place.in_(part)).order_by(ranked.c.place)
        found.extend(_point(row) for row in connection.execute(query))
    return found


def highest_step(connection: Connection, series: int) -> int:
    """Return the highest step of a series."""
    latest = tables.latest_metrics
    query = select(latest.c.last_step).where(latest.c.id == series)
    return int(connection.execute(query).scalar_one())


def _between(steps: tuple[int, int] | None) -> list[Any]:
    return [] if steps is None else [tables.metrics.c.step.between(*steps)]


def _point(row: Any) -> SeriesPoint:
    return math.nan if row.value is None else row.value, row.timestamp, row.step

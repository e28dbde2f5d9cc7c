"""The points of many runs' metrics: every one, a few at a time, or some that draw like all."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, func, select

from nbtrack.model import Point
from nbtrack.query.arrays import Integers
from nbtrack.store import tables
from nbtrack.store.runs import PART, in_parts

POINTS_AT_ONCE = 100_000
"""Points that one statement asks for, unless a single series has more."""

_FETCHED = 5_000


def count_points(connection: Connection, row_ids: Integers) -> int:
    """Return the number of points that runs have."""
    latest = tables.latest_metrics
    total = 0
    for part in in_parts(row_ids.tolist()):
        query = select(func.sum(latest.c["count"])).where(latest.c.run_id.in_(part))
        total += int(connection.execute(query).scalar() or 0)
    return total


def read_points(connection: Connection, row_ids: Integers) -> Iterator[tuple[str, str, Point]]:
    """Yield (run id, key, point): by run in their order, by key, by step, then time."""
    for part in in_parts(row_ids.tolist()):
        listed = _series(connection, part)
        for stretch in _stretches(listed):
            yield from _points(connection, stretch)


def sampled_points(connection: Connection, run_id: str, key: str, most: int) -> list[Point]:
    """Return some points of a metric in order of step, as many whatever the length of its series.

    They are the first, the last, and others evenly between them as they were logged.
    """
    runs, names, latest, points = tables.runs, tables.keys, tables.latest_metrics, tables.metrics.c
    series = connection.execute(
        select(latest.c.id, latest.c["count"].label("points"))
        .join_from(latest, runs, runs.c.id == latest.c.run_id)
        .join(names, names.c.id == latest.c.key_id)
        .where(runs.c.run_id == run_id, names.c.name == key)
    ).first()
    if series is None:
        return []
    last, steps = series.points - 1, max(1, min(most, series.points) - 1)
    places = {round(place * last / steps) for place in range(steps + 1)}
    rows = connection.execute(
        select(points.step, points.timestamp, points.value)
        .where(points.series_id == series.id, points.position.in_(places))
        .order_by(points.step, points.timestamp, points.position)
    )
    return [Point(step, time, math.nan if value is None else value) for step, time, value in rows]


def _series(connection: Connection, part: list[int]) -> list[Any]:
    runs, names, latest = tables.runs, tables.keys, tables.latest_metrics
    query = (
        select(latest.c.id, latest.c["count"].label("points"), latest.c.run_id.label("row_id"))
        .add_columns(runs.c.run_id.label("run_id"), names.c.name.label("key"))
        .join_from(latest, runs, runs.c.id == latest.c.run_id)
        .join(names, names.c.id == latest.c.key_id)
        .where(latest.c.run_id.in_(part))
    )
    places = {row_id: place for place, row_id in enumerate(part)}
    found = connection.execute(query).all()
    return sorted(found, key=lambda row: (places[row.row_id], row.key))


def _stretches(listed: Sequence[Any]) -> Iterator[list[Any]]:
    """Yield series together that one statement may ask for."""
    stretch: list[Any] = []
    points = 0
    for row in listed:
        if stretch and (len(stretch) == PART or points + row.points > POINTS_AT_ONCE):
            yield stretch
            stretch, points = [], 0
        stretch.append(row)
        points += row.points
    if stretch:
        yield stretch


def _points(connection: Connection, stretch: list[Any]) -> Iterator[tuple[str, str, Point]]:
    if len(stretch) == 1:
        (row,) = stretch
        yield from ((row.run_id, row.key, point) for _, point in _read(connection, [row.id]))
        return
    found: dict[int, list[Point]] = {row.id: [] for row in stretch}
    for series_id, point in _read(connection, list(found)):
        found[series_id].append(point)
    for row in stretch:
        yield from ((row.run_id, row.key, point) for point in found[row.id])


def _read(connection: Connection, series: list[int]) -> Iterator[tuple[int, Point]]:
    table = tables.metrics.c
    query = (
        select(table.series_id, table.step, table.timestamp, table.value)
        .where(table.series_id.in_(series))
        .order_by(table.series_id, table.step, table.timestamp, table.position)
    )
    rows = connection.execute(query, execution_options={"yield_per": _FETCHED})
    for series_id, step, time, value in rows:
        yield series_id, Point(step, time, math.nan if value is None else value)

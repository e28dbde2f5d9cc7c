"""Metric points: appending them to their series, keeping last, extremes and count as they come."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain, count, repeat
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from nbtrack.store import tables
from nbtrack.store.insertion import insert_rows
from nbtrack.store.runs import KeyIds, in_parts, key_ids


@dataclass(slots=True)
class LoggedPoints:
    """Points of one series as columns, in the order logged."""

    steps: list[int] = field(default_factory=list)
    timestamps: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)

    def append(self, step: int, timestamp: int, value: float | str) -> None:
        """Add a point; the value may be "NaN", "Infinity" or "-Infinity"."""
        self.values.append(float(value))
        self.steps.append(step)
        self.timestamps.append(timestamp)


@dataclass(slots=True)
class _Series:
    last: float | None = None
    last_step: int = -(2**63)
    last_timestamp: int = 0
    minimum: float | None = None
    maximum: float | None = None
    count: int = 0
    series_id: int | None = None

    def extend(self, points: LoggedPoints) -> None:
        """Take more points, at least one; NaN counts, but is no extreme."""
        values = points.values
        step, timestamp, place = max(zip(points.steps, points.timestamps, count()))
        if (step, timestamp) >= (self.last_step, self.last_timestamp) or not self.count:
            self.last = _stored(values[place])
            self.last_step, self.last_timestamp = step, timestamp
        self._count(values)

    def extend_by_value(self, points: LoggedPoints) -> None:
        """Do as `extend`, but of equal steps and timestamps the greatest value is the last."""
        values = points.values
        ranks = (0.0 if math.isnan(value) else value for value in values)
        step, timestamp, rank, place = max(zip(points.steps, points.timestamps, ranks, count()))
        known = (self.last_step, self.last_timestamp, self.last or 0.0)
        if (step, timestamp, rank) > known or not self.count:
            self.last = _stored(values[place])
            self.last_step, self.last_timestamp = step, timestamp
        self._count(values)

    def _count(self, values: list[float]) -> None:
        self.count += len(values)
        numbers = [value for value in values if not math.isnan(value)]
        if numbers:
            low, high = min(numbers), max(numbers)
            self.minimum = low if self.minimum is None else min(self.minimum, low)
            self.maximum = high if self.maximum is None else max(self.maximum, high)

    def row(self) -> dict[str, Any]:
        """Return the columns that change as points arrive."""
        return {
            "last": self.last,
            "last_step": self.last_step,
            "last_timestamp": self.last_timestamp,
            "minimum": self.minimum,
            "maximum": self.maximum,
            "count": self.count,
        }


def add_points(
    connection: Connection,
    keys: KeyIds,
    row_id: int,
    points: Mapping[str, LoggedPoints],
    *,
    once: bool = False,
) -> None:
    """Append points to the series of a run, those of each key in the order given.

    With `once`, a point that its series has already is left out, and of those with the last step
    and timestamp the greatest value is the series' last one; as MLflow has it.
    """
    ids = key_ids(connection, keys, "metric", points)
    series = _load(connection, row_id, ids)
    if once:
        points = _unknown(connection, points, series)
        series = {key: series[key] for key in points}
    if not points:
        return
    first = {key: one.count for key, one in series.items()}
    for key, part in points.items():
        if once:
            series[key].extend_by_value(part)
        else:
            series[key].extend(part)
    _save(connection, row_id, ids, series, first)
    found = {ids[key]: one.series_id for key, one in series.items() if one.series_id}
    new = [ids[key] for key, one in series.items() if not one.series_id]
    found.update(_series_ids(connection, row_id, new))
    rows = chain.from_iterable(
        zip(
            repeat(found[ids[key]]),
            count(first[key]),
            part.steps,
            part.timestamps,
            map(_stored, part.values),
        )
        for key, part in points.items()
    )
    insert_rows(connection, tables.metrics, rows, sum(len(part.values) for part in points.values()))


def _stored(value: float) -> float | None:
    return None if math.isnan(value) else value


def _unknown(
    connection: Connection, points: Mapping[str, LoggedPoints], series: Mapping[str, _Series]
) -> dict[str, LoggedPoints]:
    """Return the points that are not in their series yet, each of them once."""
    unknown: dict[str, LoggedPoints] = {}
    for key, part in points.items():
        values = map(_stored, part.values)
        given = dict.fromkeys(zip(part.steps, part.timestamps, values, strict=True))
        one = series[key]
        last = (one.last_step, one.last_timestamp)
        past = {step for step, timestamp, _ in given if (step, timestamp) <= last}
        known = _known_points(connection, one.series_id, past) if one.series_id else set()
        new = LoggedPoints()
        for step, timestamp, value in given:
            if (step, timestamp, value) not in known:
                new.append(step, timestamp, math.nan if value is None else value)
        if new.steps:
            unknown[key] = new
    return unknown


def _known_points(
    connection: Connection, series_id: int, steps: Iterable[int]
) -> set[tuple[int, int, float | None]]:
    table = tables.metrics
    known: set[tuple[int, int, float | None]] = set()
    for part in in_parts(steps):
        query = select(table.c.step, table.c.timestamp, table.c.value).where(
            table.c.series_id == series_id, table.c.step.in_(part)
        )
        known.update((row.step, row.timestamp, row.value) for row in connection.execute(query))
    return known


def _load(connection: Connection, row_id: int, ids: dict[str, int]) -> dict[str, _Series]:
    table = tables.latest_metrics
    names = {key_id: name for name, key_id in ids.items()}
    series = {name: _Series() for name in ids}
    for part in in_parts(names):
        query = select(table).where(table.c.run_id == row_id, table.c.key_id.in_(part))
        for row in connection.execute(query):
            series[names[row.key_id]] = _Series(
                row.last,
                row.last_step,
                row.last_timestamp,
                row.minimum,
                row.maximum,
                row._mapping["count"],
                row.id,
            )
    return series


def _save(
    connection: Connection,
    row_id: int,
    ids: dict[str, int],
    series: dict[str, _Series],
    first: dict[str, int],
) -> None:
    table = tables.latest_metrics
    new = [
        {"run_id": row_id, "key_id": ids[key], **one.row()}
        for key, one in series.items()
        if first[key] == 0
    ]
    known = [{"known_id": one.series_id, **one.row()} for one in series.values() if one.series_id]
    if new:
        connection.execute(insert(table), new)
    if known:
        names = [name for name in known[0] if name != "known_id"]
        connection.execute(
            update(table)
            .where(table.c.id == bindparam("known_id"))
            .values({name: bindparam(name) for name in names}),
            known,
        )


def _series_ids(connection: Connection, row_id: int, ids: Iterable[int]) -> dict[int, int]:
    table = tables.latest_metrics
    found: dict[int, int] = {}
    for part in in_parts(ids):
        query = select(table.c.key_id, table.c.id).where(
            table.c.run_id == row_id, table.c.key_id.in_(part)
        )
        found.update(connection.execute(query).all())
    return found

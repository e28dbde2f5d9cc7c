"""Metric points: appending them to their series, keeping last, extremes and count as they come."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from nbtrack.store import tables
from nbtrack.store.runs import KeyIds, in_parts, key_ids

LoggedPoint = tuple[str, int, int, float | str]
"""Key, step, timestamp, value; the value may be "NaN", "Infinity" or "-Infinity"."""


@dataclass(slots=True)
class _Series:
    last: float | None = None
    last_step: int = -(2**63)
    last_timestamp: int = 0
    minimum: float | None = None
    maximum: float | None = None
    count: int = 0
    series_id: int | None = None

    def add(self, step: int, timestamp: int, value: float) -> None:
        """Take one more point; NaN counts, but is no extreme."""
        self.count += 1
        missing = math.isnan(value)
        if (step, timestamp) >= (self.last_step, self.last_timestamp) or self.count == 1:
            self.last = None if missing else value
            self.last_step, self.last_timestamp = step, timestamp
        if not missing:
            self.minimum = value if self.minimum is None else min(self.minimum, value)
            self.maximum = value if self.maximum is None else max(self.maximum, value)

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
    connection: Connection, keys: KeyIds, row_id: int, points: Sequence[LoggedPoint]
) -> None:
    """Append points to the series of a run, in the order given."""
    ids = key_ids(connection, keys, "metric", {point[0] for point in points})
    series = _load(connection, row_id, ids)
    first = {key: one.count for key, one in series.items()}
    rows: dict[str, list[dict[str, Any]]] = {key: [] for key in ids}
    for key, step, timestamp, value in points:
        number = float(value)
        one = series[key]
        rows[key].append(
            {
                "position": one.count,
                "step": step,
                "timestamp": timestamp,
                "value": None if math.isnan(number) else number,
            }
        )
        one.add(step, timestamp, number)
    _save(connection, row_id, ids, series, first)
    found = _series_ids(connection, row_id, ids)
    connection.execute(
        insert(tables.metrics),
        [{"series_id": found[ids[key]], **row} for key, part in rows.items() for row in part],
    )


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


def _series_ids(connection: Connection, row_id: int, ids: dict[str, int]) -> dict[int, int]:
    table = tables.latest_metrics
    found: dict[int, int] = {}
    for part in in_parts(ids.values()):
        query = select(table.c.key_id, table.c.id).where(
            table.c.run_id == row_id, table.c.key_id.in_(part)
        )
        found.update(connection.execute(query).all())
    return found

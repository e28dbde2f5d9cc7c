"""The line of cells that wait for a kernel: each one's place, and when it may begin.

What is expected rests on earlier attempts of the same cells alone; where there are none, nothing is
expected. Cells that are not tracked wait in the same line, unseen: a cell may begin later than
expected, and not much earlier.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from nbtrack.model import OPEN_STATUSES, Status, now
from nbtrack.store import tables
from nbtrack.store.engine import Database

ATTEMPTS = 5
"""Earlier attempts of a cell whose durations are looked at."""


@dataclass(frozen=True, slots=True)
class QueuePlace:
    """Where a queued run stands."""

    run_id: str
    place: int
    """1 is the next to begin."""
    expected_seconds: float | None
    """How long it will take, if it takes as long as its earlier attempts did."""
    expected_start: int | None
    """When it will begin, if those before it do so too; UTC milliseconds since the epoch."""


def read_queue(database: Database, run_ids: Sequence[str] | None = None) -> list[QueuePlace]:
    """Return the places of queued runs, kernel by kernel, the next to begin first.

    Parameters
    ----------
    database : Database
        The store.
    run_ids : sequence of str, optional
        Only these.

    Raises
    ------
    StoreError
        The database failed.
    """
    runs = tables.runs.c
    columns = (runs.run_id, runs.kernel_id, runs.status, runs.start_time, runs.notebook,
               runs.cell_id)  # fmt: skip
    wanted = None if run_ids is None else set(run_ids)
    lines = select(runs.kernel_id).where(runs.status == Status.QUEUED.value)
    if wanted is not None:
        lines = lines.where(runs.run_id.in_(sorted(wanted)))
    query = select(*columns).where(
        runs.status.in_(sorted(OPEN_STATUSES)), runs.kernel_id.in_(lines)
    )
    with database.reading() as connection:
        rows = connection.execute(query.order_by(runs.kernel_id, runs.created, runs.id)).all()
        cells = dict.fromkeys(map(_cell, rows))
        durations = {cell: _usual_seconds(connection, *cell) for cell in cells}
    places: list[QueuePlace] = []
    for kernel in dict.fromkeys(row.kernel_id for row in rows):
        own = [row for row in rows if row.kernel_id == kernel]
        places += _line(own, durations)
    return [place for place in places if wanted is None or place.run_id in wanted]


Cell = tuple[str | None, str | None]


def _cell(row: Any) -> Cell:
    return row.notebook, row.cell_id


def _line(rows: list[Any], durations: dict[Cell, float | None]) -> list[QueuePlace]:
    """Return the places in one kernel's line."""
    free: int | None = now()
    for row in rows:
        if row.status == Status.RUNNING:
            usual = durations[_cell(row)]
            ends = None if usual is None else row.start_time + round(usual * 1000)
            free = None if free is None or ends is None else max(free, ends)
    places: list[QueuePlace] = []
    for row in rows:
        if row.status == Status.QUEUED:
            usual = durations[_cell(row)]
            places.append(QueuePlace(row.run_id, len(places) + 1, usual, free))
            free = None if free is None or usual is None else free + round(usual * 1000)
    return places


def _usual_seconds(
    connection: Connection, notebook: str | None, cell_id: str | None
) -> float | None:
    """Return how long a cell usually takes, or None where it has never been completed."""
    if notebook is None or cell_id is None:
        return None
    runs = tables.runs.c
    length = func.coalesce(runs.end_time - runs.start_time, 0)
    latest = (
        select(length)
        .where(
            runs.notebook == notebook,
            runs.cell_id == cell_id,
            runs.status == Status.COMPLETED.value,
        )
        .order_by(runs.attempt.desc())
        .limit(ATTEMPTS)
    )
    found = list(connection.execute(latest).scalars())
    return statistics.median(found) / 1000 if found else None

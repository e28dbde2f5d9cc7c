"""The runs of a notebook's cells, and what goes on in a store: what a front end marks cells by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, func, select

from nbtrack.model import OPEN_STATUSES, Stage, Status
from nbtrack.store import tables


def latest_attempts(
    connection: Connection, notebook: str, cell_ids: Sequence[str]
) -> Iterator[Any]:
    """Yield the row of the latest active run of each cell that has one.

    One look into the index per cell: a cell of a sweep may have a hundred thousand runs.
    """
    runs = tables.runs.c
    query = (
        select(
            runs.cell_id,
            runs.run_id,
            runs.run_name,
            runs.status,
            runs.attempt,
            runs.start_time,
            runs.end_time,
            runs.reason,
        )
        .where(
            runs.notebook == notebook,
            runs.stage == Stage.ACTIVE.value,
            runs.attempt.is_not(None),
        )
        .order_by(runs.attempt.desc())
        .limit(1)
    )
    for cell_id in cell_ids:
        row = connection.execute(query.where(runs.cell_id == cell_id)).first()
        if row is not None:
            yield row


def count_open(connection: Connection) -> dict[Status, int]:
    """Return how many active runs are queued and running."""
    runs = tables.runs
    is_open = select(runs.c.id).where(runs.c.status.in_(sorted(OPEN_STATUSES)))
    query = (
        select(runs.c.status, func.count())
        .where(runs.c.id.in_(is_open), runs.c.stage == Stage.ACTIVE.value)
        .group_by(runs.c.status)
    )
    return {Status(status): number for status, number in connection.execute(query)}

"""Stale runs: dead or interrupted before they had a metric, so that nothing is lost with them."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, and_, exists, func, select

from nbtrack.model import Status
from nbtrack.query.tree import Selection
from nbtrack.store import tables

STALE_STATUSES = (Status.DEAD, Status.INTERRUPTED)


def count_stale(connection: Connection, selection: Selection) -> int:
    """Return how many runs of a selection are stale."""
    query = select(func.count()).select_from(tables.runs)
    return int(connection.execute(query.where(_condition(connection, selection))).scalar_one())


def stale_runs(
    connection: Connection, selection: Selection, *, limit: int | None = None
) -> list[str]:
    """Return the ids of the stale runs of a selection, the newest first."""
    runs = tables.runs.c
    query = select(runs.run_id).where(_condition(connection, selection))
    return list(connection.execute(query.order_by(runs.id.desc()).limit(limit)).scalars())


def _condition(connection: Connection, selection: Selection) -> ColumnElement[bool]:
    runs, latest = tables.runs, tables.latest_metrics
    return and_(
        selection.condition(connection.dialect.name),
        runs.c.status.in_([status.value for status in STALE_STATUSES]),
        ~exists().where(latest.c.run_id == runs.c.id),
    )

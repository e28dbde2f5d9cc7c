"""The store, and the strip on top."""

from __future__ import annotations

from typing import Any

from sqlalchemy import exists, select

from nbtrack.dashboard.operations.context import Context, selection_of
from nbtrack.dashboard.protocol import (
    NoArgs,
    StoreResult,
    SummaryResult,
    View,
    ViewArgs,
)
from nbtrack.query.tree import Selection, count_runs, count_statuses
from nbtrack.store import tables
from nbtrack.store.tables import SCHEMA_VERSION

MAX_NAMED = 5
"""Experiments that the strip names."""


def store(context: Context, _args: NoArgs) -> StoreResult:
    """Tell which store this is."""
    from nbtrack import __version__

    database = context.database
    return {
        "store_id": database.store_id,
        "name": database.name,
        "version": __version__,
        "schema": SCHEMA_VERSION,
        "revision": database.revision(),
    }


def summary(context: Context, args: ViewArgs) -> SummaryResult:
    """Count the runs of a view by status, whatever its search."""
    shown = args["view"]
    active: View = {**shown, "deleted": False}
    deleted: View = {**shown, "deleted": True}
    with context.database.reading() as connection:
        selection = selection_of(shown, search=False)
        statuses, last = count_statuses(connection, selection)
        return {
            "revision": int(connection.execute(select(tables.meta.c.revision)).scalar_one()),
            "experiments": _names(connection, selection_of(active, search=False)),
            "total": sum(statuses.values()),
            "statuses": {status.value: number for status, number in statuses.items()},
            "deleted": count_runs(connection, selection_of(deleted, search=False)),
            "last_activity": last,
        }


def _names(connection: Any, selection: Selection) -> list[str]:
    table, runs = tables.experiments, tables.runs
    own = runs.c.experiment_id == table.c.id
    used = exists().where(own, selection.condition(connection.dialect.name)).correlate(table)
    query = select(table.c.name).order_by(table.c.name).limit(MAX_NAMED)
    if selection.experiments:
        query = query.where(table.c.id.in_(selection.experiments))
    else:
        query = query.where(used)
    return list(connection.execute(query).scalars())

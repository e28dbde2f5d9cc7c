"""The store, the strip on top, and the list of experiments."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from nbtrack.dashboard.operations.context import Context, selection_of
from nbtrack.dashboard.protocol import (
    ExperimentsArgs,
    ExperimentsResult,
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
        condition = selection.condition(connection.dialect.name)
        statuses = count_statuses(connection, selection)
        runs = tables.runs
        last = select(func.max(func.coalesce(runs.c.end_time, runs.c.start_time)))
        return {
            "revision": int(connection.execute(select(tables.meta.c.revision)).scalar_one()),
            "experiments": _names(connection, selection_of(active, search=False)),
            "total": sum(statuses.values()),
            "statuses": {status.value: number for status, number in statuses.items()},
            "deleted": count_runs(connection, selection_of(deleted, search=False)),
            "last_activity": connection.execute(last.where(condition)).scalar(),
        }


def experiments(context: Context, args: ExperimentsArgs) -> ExperimentsResult:
    """List the experiments, the most recently active first."""
    table, runs = tables.experiments, tables.runs
    stage = "deleted" if args.get("deleted", False) else "active"
    last = func.max(runs.c.start_time)
    query = (
        select(table, func.count(runs.c.id).label("run_count"), last.label("last_activity"))
        .outerjoin_from(
            table, runs, (runs.c.experiment_id == table.c.id) & (runs.c.stage == "active")
        )
        .where(table.c.stage == stage)
        .group_by(table.c.id)
        .order_by(last.desc().nulls_last(), table.c.name)
    )
    with context.database.reading() as connection:
        found = connection.execute(query).all()
    return {
        "experiments": [
            {
                "experiment_id": row.id,
                "name": row.name,
                "stage": row.stage,
                "run_count": row.run_count,
                "last_activity": row.last_activity,
                "description": row.description,
            }
            for row in found
        ]
    }


def _names(connection: Any, selection: Selection) -> list[str]:
    table, runs = tables.experiments, tables.runs
    used = select(runs.c.experiment_id).where(selection.condition(connection.dialect.name))
    query = select(table.c.name).order_by(table.c.name).limit(MAX_NAMED)
    if selection.experiments:
        query = query.where(table.c.id.in_(selection.experiments))
    else:
        query = query.where(table.c.id.in_(used))
    return list(connection.execute(query).scalars())

"""What front ends around the dashboard ask: marks of cells, what goes on, what is stale."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from nbtrack.dashboard.operations.context import Context, selection_of
from nbtrack.dashboard.operations.waiting import places
from nbtrack.dashboard.protocol import (
    MAX_CELLS,
    MAX_RUN_IDS,
    ActivityResult,
    CellStatus,
    CellStatusesArgs,
    CellStatusesResult,
    NoArgs,
    StaleResult,
    ViewArgs,
    Waiting,
)
from nbtrack.errors import RequestError
from nbtrack.model import Status
from nbtrack.query.cells import count_open, latest_attempts
from nbtrack.query.stale import count_stale, stale_runs
from nbtrack.store import tables


def cell_statuses(context: Context, args: CellStatusesArgs) -> CellStatusesResult:
    """Tell how the latest run of each cell stands."""
    if len(args["cell_ids"]) > MAX_CELLS:
        raise RequestError(
            f"These are {len(args['cell_ids']):,} cells; {MAX_CELLS:,} may be asked about at once."
        )
    with context.database.reading() as connection:
        revision = int(connection.execute(select(tables.meta.c.revision)).scalar_one())
        rows = list(latest_attempts(connection, args["notebook"], args["cell_ids"]))
    waiting = places(context.database, (row.run_id for row in rows if row.status == Status.QUEUED))
    return {"revision": revision, "cells": [_cell_status(row, waiting) for row in rows]}


def _cell_status(row: Any, waiting: Mapping[str, Waiting]) -> CellStatus:
    status: CellStatus = {
        "cell_id": row.cell_id,
        "run_id": row.run_id,
        "run_name": row.run_name,
        "status": row.status,
        "attempt": row.attempt,
        "start_time": row.start_time,
        "end_time": row.end_time,
        "reason": row.reason,
    }
    if row.run_id in waiting:
        status["waiting"] = waiting[row.run_id]
    return status


def activity(context: Context, _args: NoArgs) -> ActivityResult:
    """Count what runs and waits in the whole store."""
    with context.database.reading() as connection:
        counts = count_open(connection)
        return {
            "revision": int(connection.execute(select(tables.meta.c.revision)).scalar_one()),
            "running": counts.get(Status.RUNNING, 0),
            "queued": counts.get(Status.QUEUED, 0),
        }


def stale(context: Context, args: ViewArgs) -> StaleResult:
    """Name the runs of a view that ended without a metric, dead or interrupted."""
    selection = selection_of(args["view"])
    with context.database.reading() as connection:
        run_ids = stale_runs(connection, selection, limit=MAX_RUN_IDS)
        is_whole = len(run_ids) < MAX_RUN_IDS
        count = len(run_ids) if is_whole else count_stale(connection, selection)
        return {"run_ids": run_ids, "count": count}

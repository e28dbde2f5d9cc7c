"""Windows of the run table."""

from __future__ import annotations

import json

from sqlalchemy import select

from nbtrack.dashboard.operations.context import Context, column_of, order_of, selection_of
from nbtrack.dashboard.protocol import (
    MAX_WINDOW,
    Cell,
    RowsArgs,
    RowsResult,
    RunRow,
)
from nbtrack.dashboard.validation import MAX_INTEGER
from nbtrack.errors import RequestError
from nbtrack.model import Status, now
from nbtrack.query.columns import Column
from nbtrack.query.tree import RunCells, Value, count_runs, read_window
from nbtrack.store import tables
from nbtrack.store.values import to_wire

MAX_COLUMNS = 500
"""Columns of one window."""

MAX_TEXT = 300
"""Characters of a text that a cell shows; the expanded row has the whole."""


def rows(context: Context, args: RowsArgs) -> RowsResult:
    """Return a window of the visible tree."""
    offset, limit = args["offset"], args["limit"]
    if offset < 0 or not 0 <= limit <= MAX_WINDOW:
        raise RequestError(
            f"A window of {limit} rows from {offset} on is not allowed.",
            hint=f"The offset is 0 or more, the limit 0 to {MAX_WINDOW}.",
        )
    if len(args["columns"]) > MAX_COLUMNS:
        raise RequestError(f"At most {MAX_COLUMNS} columns can be shown at once.")
    columns = [column_of(identifier) for identifier in args["columns"]]
    selection, order = selection_of(args["view"]), order_of(args["view"])
    with context.database.reading() as connection:
        revision = int(connection.execute(select(tables.meta.c.revision)).scalar_one())
        total = count_runs(connection, selection)
        window = read_window(connection, selection, order, columns, offset=offset, limit=limit)
    moment = now()
    return {
        "revision": revision,
        "total": total,
        "runs": total,
        "offset": offset,
        "rows": [_row(run, columns, moment) for run in window],
    }


def _row(run: RunCells, columns: list[Column], moment: int) -> RunRow:
    return {
        "kind": "run",
        "level": 1,
        "run_id": run.run_id,
        "run_name": run.run_name,
        "status": run.status.value,
        "stage": run.stage.value,
        "cells": [
            _duration(run, value, moment) if column.id == "attributes.duration" else _cell(value)
            for column, value in zip(columns, run.cells, strict=True)
        ],
    }


def _duration(run: RunCells, value: Value, moment: int) -> Cell:
    """Return seconds; of a running run those so far."""
    if value is None and run.status is Status.RUNNING and run.start_time is not None:
        return (moment - run.start_time) / 1000
    return _cell(value)


def _cell(value: Value) -> Cell:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int) and abs(value) <= MAX_INTEGER:
        return value
    if isinstance(value, float):
        return to_wire(value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - 1]}…"

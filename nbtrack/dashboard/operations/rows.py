"""Windows of the tree of runs, and the numbers of its groups."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from nbtrack.dashboard.operations.context import (
    Context,
    check_run_ids,
    column_of,
    order_of,
    selection_of,
)
from nbtrack.dashboard.operations.marked import is_marked
from nbtrack.dashboard.operations.tree import expansion_of, grouping_of
from nbtrack.dashboard.operations.waiting import places
from nbtrack.dashboard.protocol import (
    MAX_RUN_IDS,
    MAX_WINDOW,
    Aggregate,
    AggregatesArgs,
    AggregatesResult,
    Cell,
    GroupRow,
    IdsArgs,
    IdsResult,
    MarkedCountsArgs,
    MarkedCountsResult,
    RowsArgs,
    RowsResult,
    RunRow,
    View,
    Waiting,
)
from nbtrack.dashboard.validation import MAX_INTEGER
from nbtrack.errors import RequestError
from nbtrack.model import Status, now
from nbtrack.query.columns import Column
from nbtrack.query.tree import RunCells, Value, read_run_ids, read_runs
from nbtrack.store.values import to_wire

if TYPE_CHECKING:
    from nbtrack.query.arrangement import Aggregate as Numbers
    from nbtrack.query.arrangement import Arrangement
    from nbtrack.query.outline import Entry, GroupEntry, Outline

MAX_COLUMNS = 500
"""Columns of one window."""

MAX_PATHS = 1_000
"""Groups whose numbers one request may ask for."""

MAX_TEXT = 300
"""Characters of a text that a cell shows; the expanded row has the whole."""


def rows(context: Context, args: RowsArgs) -> RowsResult:
    """Return a window of the visible tree."""
    offset = args["offset"]
    _check_window(offset, args["limit"], MAX_WINDOW)
    columns = _columns(args["columns"])
    with context.database.reading() as connection:
        arranged = _arranged(context, connection, args["view"], args.get("utc_offset", 0))
        outline = arranged.outline
        visible = outline.expanded(expansion_of(args.get("expanded")))
        entries = list(visible.window(offset, args["limit"]))
        found = read_runs(connection, _row_ids(outline, entries), columns)
    runs, moment = {run.row_id: run for run in found}, now()
    waiting = places(context.database, (run.run_id for run in found if run.status is Status.QUEUED))
    shown: list[RunRow | GroupRow] = []
    for entry in entries:
        if entry.kind == "group":
            shown.append(_group_row(outline, entry))
        else:
            shown += [
                _run_row(
                    runs[row_id], entry.level, columns, moment, waiting.get(runs[row_id].run_id)
                )
                for row_id in outline.ids[entry.start : entry.stop].tolist()
                if row_id in runs
            ]
    return {
        "revision": arranged.revision.shown,
        "total": visible.total,
        "runs": len(outline.ids),
        "offset": offset,
        "rows": shown,
    }


def ids(context: Context, args: IdsArgs) -> IdsResult:
    """Return the runs of a stretch of the visible tree."""
    _check_window(args["offset"], args["limit"], MAX_RUN_IDS)
    with context.database.reading() as connection:
        arranged = _arranged(context, connection, args["view"], args.get("utc_offset", 0))
        if "path" in args:
            row_ids = _group_ids(arranged.outline, args["path"])
            row_ids = row_ids[args["offset"] : args["offset"] + args["limit"]]
        else:
            visible = arranged.outline.expanded(expansion_of(args.get("expanded")))
            entries = visible.window(args["offset"], args["limit"])
            row_ids = _row_ids(arranged.outline, list(entries))
        return {"run_ids": read_run_ids(connection, row_ids)}


def marked_counts(context: Context, args: MarkedCountsArgs) -> MarkedCountsResult:
    """Count the runs of groups that bear a mark."""
    paths, marks = args["paths"], args["marks"]
    _check_paths(paths)
    check_run_ids(marks["run_ids"], "marks.run_ids")
    with context.database.reading() as connection:
        arranged = _arranged(context, connection, args["view"], args.get("utc_offset", 0))
        outline = arranged.outline
        marked = is_marked(connection, outline.ids, marks)
    groups = [outline.runs_of(path) for path in paths]
    return {
        "revision": arranged.revision.shown,
        "counts": [None if runs is None else int(marked[runs].sum()) for runs in groups],
    }


def aggregates(context: Context, args: AggregatesArgs) -> AggregatesResult:
    """Return the numbers of groups, column by column; those of other columns are None."""
    columns, paths = _columns(args["columns"]), args["paths"]
    _check_paths(paths)
    with context.database.reading() as connection:
        arranged = _arranged(context, connection, args["view"], args.get("utc_offset", 0))
        known = [path for path in paths if arranged.outline.runs_of(path) is not None]
        found = [arranged.aggregates(column, known) for column in columns]
    return {
        "revision": arranged.revision.shown,
        "groups": [
            {"path": path, "cells": [_numbers(cells[place]) for cells in found]}
            for place, path in enumerate(known)
        ],
    }


def _arranged(context: Context, connection: Connection, view: View, utc_offset: int) -> Arrangement:
    from nbtrack.query.arrangement import Arranger

    selection, grouping = selection_of(view), grouping_of(view, utc_offset)
    return Arranger(context.database, connection).arrange(selection, order_of(view), grouping)


def _check_window(offset: int, limit: int, highest: int) -> None:
    if offset < 0 or not 0 <= limit <= highest:
        raise RequestError(
            f"A window of {limit} rows from {offset} on is not allowed.",
            hint=f"The offset is 0 or more, the limit 0 to {highest}.",
        )


def _check_paths(paths: Sequence[object]) -> None:
    if len(paths) > MAX_PATHS:
        raise RequestError(
            f"The numbers of {len(paths):,} groups are asked for, {MAX_PATHS:,} are allowed."
        )


def _columns(identifiers: Sequence[str]) -> list[Column]:
    if len(identifiers) > MAX_COLUMNS:
        raise RequestError(f"At most {MAX_COLUMNS} columns can be shown at once.")
    return [column_of(identifier) for identifier in identifiers]


def _row_ids(outline: Outline, entries: list[Entry]) -> list[int]:
    return [
        row_id
        for entry in entries
        if entry.kind == "runs"
        for row_id in outline.ids[entry.start : entry.stop].tolist()
    ]


def _group_ids(outline: Outline, path: Sequence[str | None]) -> list[int]:
    runs = outline.runs_of(path)
    return [] if runs is None else outline.ids[runs].tolist()


def _numbers(found: Numbers | None) -> Aggregate | None:
    if found is None:
        return None
    return {"min": found.min, "mean": found.mean, "max": found.max, "count": found.count}


def _group_row(outline: Outline, entry: GroupEntry) -> GroupRow:
    group = outline.group(entry.level, entry.place)
    return {
        "kind": "group",
        "level": entry.level,
        "path": list(group.path),
        "column": group.column.id,
        "label": group.label,
        "count": group.count,
        "statuses": {status.value: number for status, number in group.statuses.items()},
        "expanded": entry.expanded,
    }


def _run_row(
    run: RunCells, level: int, columns: list[Column], moment: int, waiting: Waiting | None
) -> RunRow:
    row: RunRow = {
        "kind": "run",
        "level": level,
        "run_id": run.run_id,
        "run_name": run.run_name,
        "status": run.status.value,
        "stage": run.stage.value,
        "cells": [
            _duration(run, value, moment) if column.id == "attributes.duration" else _cell(value)
            for column, value in zip(columns, run.cells, strict=True)
        ],
    }
    if waiting is not None:
        row["waiting"] = waiting
    return row


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

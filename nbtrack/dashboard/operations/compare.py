"""Runs beside each other, and a run's code beside that of another."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from nbtrack.analysis.code_diff import code_diff, previous_attempt
from nbtrack.analysis.compare import compare_runs
from nbtrack.dashboard.operations.context import Context
from nbtrack.dashboard.protocol import (
    Cell,
    CodeChangesArgs,
    CodeChangesResult,
    CompareArgs,
    CompareResult,
)
from nbtrack.dashboard.validation import MAX_INTEGER
from nbtrack.store.reader import read_run
from nbtrack.store.values import to_wire

MAX_TEXT = 1_000
"""Characters of a text that a comparison shows."""


def code_changes(context: Context, args: CodeChangesArgs) -> CodeChangesResult:
    """Tell what changed in a run's code since the previous attempt, or another run."""
    database = context.database
    other_id = args.get("other") or previous_attempt(database, args["run_id"])
    run = read_run(database, args["run_id"])
    if other_id is None:
        return {"run_id": None, "run_name": None, "attempt": None, "diff": ""}
    other = read_run(database, other_id)
    names = (f"{each.run_name} {each.run_id[:8]}" for each in (other, run))
    return {
        "run_id": other.run_id,
        "run_name": other.run_name,
        "attempt": other.attempt,
        "diff": code_diff(other.code, run.code, *names),
    }


def compare(context: Context, args: CompareArgs) -> CompareResult:
    """Put runs side by side, what differs first within each section."""
    found = compare_runs(context.database, args["run_ids"])
    return {
        "runs": [
            {
                "run_id": run.run_id,
                "run_name": run.run_name,
                "status": run.status.value,
                "experiment": run.experiment,
                "attempt": run.attempt,
                "start_time": _milliseconds(run.start_time),
            }
            for run in found.runs
        ],
        "rows": [
            {
                "section": row.section,
                "key": row.key,
                "values": [_cell(value) for value in row.cells],
                "differs": row.differs,
            }
            for row in found.rows
        ],
        "courses": sorted(
            {key for run in found.runs for key, metric in run.metrics.items() if metric.count > 1}
        ),
        "diff": found.diff,
    }


def _cell(value: Any) -> Cell:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int) and abs(value) <= MAX_INTEGER:
        return value
    if isinstance(value, float):
        return to_wire(value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return str(text) if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - 1]}…"


def _milliseconds(moment: datetime | None) -> int | None:
    return None if moment is None else round(moment.timestamp() * 1000)

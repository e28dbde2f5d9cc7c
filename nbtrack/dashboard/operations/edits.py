"""What people change from the dashboard. None of it records: that is the recorder's alone."""

from __future__ import annotations

from nbtrack.dashboard.operations.context import Context, column_of, known_view, order_of
from nbtrack.dashboard.protocol import (
    ChangedRunsResult,
    CreateExperimentArgs,
    CreateExperimentResult,
    RestoreArgs,
    RevisionResult,
    RunsArgs,
    SetDescriptionArgs,
    SetTagsArgs,
    SetViewArgs,
    ViewIdArgs,
    ViewResult,
)
from nbtrack.model import Stage
from nbtrack.store import edits
from nbtrack.store.reader import read_view

OBSERVER = "dashboard"


def delete(context: Context, args: RunsArgs) -> ChangedRunsResult:
    """Mark runs as deleted."""
    return _set_stage(context, args, Stage.DELETED)


def restore(context: Context, args: RestoreArgs) -> ChangedRunsResult:
    """Take the deletion mark off runs."""
    return _set_stage(context, args, Stage.ACTIVE)


def set_tags(context: Context, args: SetTagsArgs) -> ChangedRunsResult:
    """Set or remove tags of runs."""
    changed = edits.set_run_tags(context.database, args.get("run_ids", []), args["tags"])
    return _changed(context, changed)


def set_description(context: Context, args: SetDescriptionArgs) -> RevisionResult:
    """Set the description of a run."""
    edits.set_description(context.database, args["run_id"], args["description"])
    return {"revision": context.database.revision()}


def create_experiment(context: Context, args: CreateExperimentArgs) -> CreateExperimentResult:
    """Create an experiment."""
    return {"experiment_id": edits.create_experiment(context.database, args["name"])}


def view(context: Context, args: ViewIdArgs) -> ViewResult:
    """Return a stored view."""
    stored = read_view(context.database, args["view_id"])
    return {"view_id": args["view_id"], "view": known_view(stored)}


def set_view(context: Context, args: SetViewArgs) -> RevisionResult:
    """Keep a view. Its search need not be finished: people are still typing."""
    order_of(args["view"])
    for identifier in args["view"].get("columns", ()):
        column_of(identifier)
    return {"revision": edits.save_view(context.database, args["view_id"], dict(args["view"]))}


def _set_stage(context: Context, args: RunsArgs | RestoreArgs, stage: Stage) -> ChangedRunsResult:
    changed = edits.set_stage(context.database, args.get("run_ids", []), stage, observer=OBSERVER)
    return _changed(context, changed)


def _changed(context: Context, run_ids: list[str]) -> ChangedRunsResult:
    return {
        "run_ids": run_ids,
        "count": len(run_ids),
        "revision": context.database.revision(),
    }

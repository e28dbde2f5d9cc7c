"""What people change of runs from the dashboard. None of it records: that is the recorder's."""

from __future__ import annotations

from nbtrack.dashboard.operations.context import (
    OBSERVER,
    Context,
    runs_condition,
    selection_of,
)
from nbtrack.dashboard.protocol import (
    ChangedRunsResult,
    ClearArgs,
    ClearResult,
    RestoreArgs,
    RevisionResult,
    RunsArgs,
    SetDescriptionArgs,
    SetTagsArgs,
)
from nbtrack.model import Stage
from nbtrack.store import edits
from nbtrack.store.bulk import (
    Change,
    check_tags,
    restore_deletion,
    set_stage_where,
    set_tags_where,
)
from nbtrack.store.maintenance import clear_deleted

CLEAR_SECONDS = 2.0
"""After this time a request removes no more runs: a page does not wait for an answer for long."""


def delete(context: Context, args: RunsArgs) -> ChangedRunsResult:
    """Mark runs as deleted."""
    condition = runs_condition(context.database, args)
    changed = set_stage_where(context.database, condition, Stage.DELETED, observer=OBSERVER)
    return _changed(context, changed)


def restore(context: Context, args: RestoreArgs) -> ChangedRunsResult:
    """Take the deletion mark off runs."""
    database = context.database
    if "deletion" in args:
        return _changed(context, restore_deletion(database, args["deletion"], observer=OBSERVER))
    condition = runs_condition(database, args)
    changed = set_stage_where(database, condition, Stage.ACTIVE, observer=OBSERVER)
    return _changed(context, changed)


def set_tags(context: Context, args: SetTagsArgs) -> ChangedRunsResult:
    """Set or remove tags of runs."""
    tags = check_tags(args["tags"])
    condition = runs_condition(context.database, args)
    return _changed(context, set_tags_where(context.database, condition, tags))


def clear(context: Context, args: ClearArgs) -> ClearResult:
    """Remove the deleted runs of a view's experiments for good, or tell what that would be."""
    database = context.database
    cleared = clear_deleted(
        database,
        context.artifacts,
        experiments=selection_of(args["view"], search=False).experiments,
        dry_run=args.get("dry_run", False),
        until=args.get("until"),
        seconds=CLEAR_SECONDS,
    )
    return {
        "count": len(cleared.run_ids),
        "size": cleared.size,
        "kept": list(cleared.kept),
        "remaining": cleared.remaining,
        "until": cleared.until,
        "revision": database.revision(),
    }


def set_description(context: Context, args: SetDescriptionArgs) -> RevisionResult:
    """Set the description of a run."""
    edits.set_description(context.database, args["run_id"], args["description"])
    return {"revision": context.database.revision()}


def _changed(context: Context, change: Change) -> ChangedRunsResult:
    result: ChangedRunsResult = {
        "run_ids": list(change.run_ids),
        "count": change.count,
        "revision": context.database.revision(),
    }
    if change.deletion is not None:
        result["deletion"] = change.deletion
    return result

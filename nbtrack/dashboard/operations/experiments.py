"""The list of experiments, and what people change of it."""

from __future__ import annotations

from sqlalchemy import func, select

from nbtrack.dashboard.operations.context import MAX_EXPERIMENT_ID, Context
from nbtrack.dashboard.protocol import (
    CreateExperimentArgs,
    CreateExperimentResult,
    ExperimentArgs,
    ExperimentsArgs,
    ExperimentsResult,
    RenameExperimentArgs,
    RevisionResult,
)
from nbtrack.errors import RequestError
from nbtrack.store import experiments as store
from nbtrack.store import tables


def experiments(context: Context, args: ExperimentsArgs) -> ExperimentsResult:
    """List the experiments, the most recently active first."""
    table, runs = tables.experiments, tables.runs
    stage = "deleted" if args.get("deleted", False) else "active"
    counts = (
        select(
            runs.c.experiment_id,
            func.count().label("run_count"),
            func.max(runs.c.start_time).label("last_activity"),
        )
        .where(runs.c.stage == stage)
        .group_by(runs.c.experiment_id)
        .subquery()
    )
    query = (
        select(table, counts.c.run_count, counts.c.last_activity)
        .outerjoin_from(table, counts, counts.c.experiment_id == table.c.id)
        .where(table.c.stage == stage)
        .order_by(counts.c.last_activity.desc().nulls_last(), table.c.name, table.c.id)
    )
    with context.database.reading() as connection:
        found = connection.execute(query).all()
    return {
        "experiments": [
            {
                "experiment_id": row.id,
                "name": row.name,
                "stage": row.stage,
                "run_count": row.run_count or 0,
                "last_activity": row.last_activity,
                "description": row.description,
            }
            for row in found
        ]
    }


def create_experiment(context: Context, args: CreateExperimentArgs) -> CreateExperimentResult:
    """Create an experiment."""
    return {"experiment_id": store.create_experiment(context.database, args["name"])}


def rename_experiment(context: Context, args: RenameExperimentArgs) -> RevisionResult:
    """Give an experiment another name."""
    number = _checked(args["experiment_id"])
    store.rename_experiment(context.database, number, args["name"])
    return {"revision": context.database.revision()}


def delete_experiment(context: Context, args: ExperimentArgs) -> RevisionResult:
    """Mark an experiment and its runs as deleted."""
    store.delete_experiment(context.database, _checked(args["experiment_id"]))
    return {"revision": context.database.revision()}


def restore_experiment(context: Context, args: ExperimentArgs) -> RevisionResult:
    """Take the mark off an experiment and the runs that were deleted with it."""
    store.restore_experiment(context.database, _checked(args["experiment_id"]))
    return {"revision": context.database.revision()}


def _checked(number: int) -> int:
    if not 0 <= number <= MAX_EXPERIMENT_ID:
        raise RequestError(f"{number} is no experiment's id.")
    return number

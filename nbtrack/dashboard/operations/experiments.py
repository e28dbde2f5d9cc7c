"""The list of experiments, and what people change of it."""

from __future__ import annotations

from nbtrack.dashboard.operations.context import MAX_EXPERIMENT_ID, OBSERVER, Context
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


def experiments(context: Context, args: ExperimentsArgs) -> ExperimentsResult:
    """List the experiments, the most recently active first."""
    found = store.list_experiments(context.database, deleted=args.get("deleted", False))
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
    number = _checked(args["experiment_id"])
    store.delete_experiment(context.database, number, observer=OBSERVER)
    return {"revision": context.database.revision()}


def restore_experiment(context: Context, args: ExperimentArgs) -> RevisionResult:
    """Take the mark off an experiment and the runs that were deleted with it."""
    number = _checked(args["experiment_id"])
    store.restore_experiment(context.database, number, observer=OBSERVER)
    return {"revision": context.database.revision()}


def _checked(number: int) -> int:
    if not 0 <= number <= MAX_EXPERIMENT_ID:
        raise RequestError(f"{number} is no experiment's id.")
    return number

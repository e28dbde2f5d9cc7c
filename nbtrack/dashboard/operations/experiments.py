"""The list of experiments, and what people change of it."""

from __future__ import annotations

from nbtrack.dashboard.operations.context import MAX_EXPERIMENT_ID, OBSERVER, Context
from nbtrack.dashboard.protocol import (
    CreateExperimentArgs,
    CreateExperimentResult,
    DescribeExperimentArgs,
    ExperimentArgs,
    ExperimentsArgs,
    ExperimentsResult,
    RenameExperimentArgs,
    RevisionResult,
)
from nbtrack.errors import RequestError
from nbtrack.query.experiments import experiment_condition
from nbtrack.store import experiments as store
from nbtrack.store.experiment_rows import experiment_tags


def experiments(context: Context, args: ExperimentsArgs) -> ExperimentsResult:
    """List the experiments that a search means, the most recently active first."""
    database = context.database
    condition = experiment_condition(args.get("search"), database.dialect)
    found = store.list_experiments(
        database, deleted=args.get("deleted", False), condition=condition
    )
    with database.reading() as connection:
        tags = experiment_tags(connection, [row.id for row in found])
    return {
        "experiments": [
            {
                "experiment_id": row.id,
                "name": row.name,
                "stage": row.stage,
                "run_count": row.run_count,
                "last_activity": row.last_activity,
                "description": row.description,
                "tags": tags[row.id],
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


def describe_experiment(context: Context, args: DescribeExperimentArgs) -> RevisionResult:
    """Set the description of an experiment, or some of its tags."""
    store.describe_experiment(
        context.database,
        _checked(args["experiment_id"]),
        description=args.get("description"),
        tags=args.get("tags"),
    )
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

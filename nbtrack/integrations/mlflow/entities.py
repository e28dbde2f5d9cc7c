"""Rows of the store as MLflow's entities, and the other way round."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from mlflow.entities import (
    Dataset,
    DatasetInput,
    InputTag,
    LoggedModel,
    LoggedModelInput,
    LoggedModelOutput,
    LoggedModelStatus,
    Metric,
    Param,
    Run,
    RunData,
    RunInfo,
    RunInputs,
    RunOutputs,
    RunStatus,
    RunTag,
)
from mlflow.entities.model_registry import (
    ModelVersion,
    ModelVersionTag,
    RegisteredModel,
    RegisteredModelAlias,
    RegisteredModelTag,
)
from mlflow.utils.mlflow_tags import MLFLOW_DATASET_CONTEXT, MLFLOW_PARENT_RUN_ID

from nbtrack import model as values
from nbtrack.model import Status
from nbtrack.store import inputs, logged_models
from nbtrack.store.whole_runs import WholeRun

NOTE_TAG = "mlflow.note.content"
"""What MLflow's page shows as the description of a run."""

_GREATEST = 1.7976931348623157e308

_STATUSES = {
    Status.QUEUED: "SCHEDULED",
    Status.RUNNING: "RUNNING",
    Status.COMPLETED: "FINISHED",
    Status.FAILED: "FAILED",
    Status.INTERRUPTED: "KILLED",
    Status.DEAD: "FAILED",
}
_FROM_STATUSES = {
    "SCHEDULED": Status.QUEUED,
    "RUNNING": Status.RUNNING,
    "FINISHED": Status.COMPLETED,
    "FAILED": Status.FAILED,
    "KILLED": Status.INTERRUPTED,
}


def status_of(run_status: Any) -> Status:
    """Return nbtrack's status for MLflow's, a number or a name."""
    name = run_status if isinstance(run_status, str) else RunStatus.to_string(run_status)
    return _FROM_STATUSES[name]


def run_info(row: Any, experiment_id: str) -> RunInfo:
    """Return a row of ``runs`` as MLflow's facts about a run."""
    return RunInfo(
        run_id=row.run_id,
        run_name=row.run_name,
        experiment_id=experiment_id,
        user_id=row.user_id or "",
        status=_STATUSES[Status(row.status)],
        start_time=row.created if row.start_time is None else row.start_time,
        end_time=row.end_time,
        lifecycle_stage=row.stage,
        artifact_uri=row.artifact_uri,
    )


def run_entity(run: WholeRun, experiment_id: str) -> Run:
    """Return a run with all it logged."""
    tags = dict(run.tags)
    if run.parent_run_id is not None:
        tags.setdefault(MLFLOW_PARENT_RUN_ID, run.parent_run_id)
    if run.row.description:
        tags.setdefault(NOTE_TAG, run.row.description)
    data = RunData(
        metrics=[
            Metric(key, finite(value), timestamp, step)
            for key, value, timestamp, step in run.metrics
        ],
        params=[Param(key, value) for key, value in run.params.items()],
        tags=[RunTag(key, value) for key, value in tags.items()],
    )
    given = [LoggedModelInput(model_id) for way, model_id, _ in run.models if way == "input"]
    made = [
        LoggedModelOutput(model_id, step) for way, model_id, step in run.models if way == "output"
    ]
    datasets = [dataset_input(each) for each in run.inputs]
    return Run(
        run_info(run.row, experiment_id),
        data,
        RunInputs(dataset_inputs=datasets, model_inputs=given),
        RunOutputs(made),
    )


def finite(value: float) -> float:
    """Return a metric's value as MLflow's own database keeps it: infinity as the largest double."""
    return math.copysign(_GREATEST, value) if math.isinf(value) else value


def dataset_input(given: inputs.DatasetInput) -> DatasetInput:
    """Return a dataset of a run."""
    return DatasetInput(
        dataset=Dataset(**dict(given.facts)),
        tags=[InputTag(key, value) for key, value in given.tags],
    )


def stored_inputs(given: Iterable[DatasetInput]) -> list[inputs.DatasetInput]:
    """Return datasets as the store takes them, of those with one name and digest the first."""
    found: dict[tuple[str, str], inputs.DatasetInput] = {}
    names = ("name", "digest", "source_type", "source", "schema", "profile")
    for each in given:
        tags = tuple((tag.key, tag.value) for tag in each.tags or ())
        facts = {name: getattr(each.dataset, name) for name in names}
        key = (each.dataset.name, each.dataset.digest)
        context = dict(tags).get(MLFLOW_DATASET_CONTEXT)
        found.setdefault(key, inputs.DatasetInput(facts, tags, context))
    return list(found.values())


def logged_model(model: logged_models.LoggedModel, experiment_id: str) -> LoggedModel:
    """Return a logged model with its params, tags and metrics."""
    row = model.row
    return LoggedModel(
        experiment_id=experiment_id,
        model_id=row.model_id,
        name=row.name,
        artifact_location=row.artifact_location,
        creation_timestamp=row.created,
        last_updated_timestamp=row.updated,
        model_type=row.model_type,
        source_run_id=row.source_run_id,
        status=LoggedModelStatus(row.status),
        tags=model.tags,
        params=model.params,
        metrics=[
            Metric(
                key=metric.key,
                value=finite(metric.value),
                timestamp=metric.timestamp,
                step=metric.step,
                model_id=row.model_id,
                dataset_name=metric.dataset_name,
                dataset_digest=metric.dataset_digest,
                run_id=metric.run_id,
            )
            for metric in model.metrics
        ],
    )


def model_version(version: values.ModelVersion) -> ModelVersion:
    """Return a version of a registered model."""
    return ModelVersion(
        name=version.name,
        version=version.version,
        creation_timestamp=_milliseconds(version.created),
        last_updated_timestamp=_milliseconds(version.updated),
        description=version.description,
        user_id=version.user_id,
        current_stage=version.stage.value,
        source=version.source,
        run_id=version.run_id,
        status=version.status,
        status_message=version.status_message,
        tags=[ModelVersionTag(key, value) for key, value in version.tags.items()],
        run_link=version.run_link,
        aliases=list(version.aliases),
        model_id=version.logged_model_id,
    )


def registered_model(
    model: values.RegisteredModel, latest: Iterable[values.ModelVersion]
) -> RegisteredModel:
    """Return a registered model with the highest version of each stage."""
    return RegisteredModel(
        name=model.name,
        creation_timestamp=_milliseconds(model.created),
        last_updated_timestamp=_milliseconds(model.updated),
        description=model.description,
        latest_versions=[model_version(version) for version in latest],
        tags=[RegisteredModelTag(key, value) for key, value in model.tags.items()],
        aliases=[RegisteredModelAlias(alias, number) for alias, number in model.aliases.items()],
    )


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)

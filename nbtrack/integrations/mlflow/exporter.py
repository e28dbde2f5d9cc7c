"""Runs of a store as runs of MLflow: ``nbtrack export --to mlflow URI``."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from mlflow import MlflowClient
from mlflow.entities import DatasetInput, Metric, Param, Run, RunTag, ViewType
from mlflow.utils.mlflow_tags import MLFLOW_DATASET_CONTEXT, MLFLOW_PARENT_RUN_ID

from nbtrack.errors import NbtrackError
from nbtrack.integrations.mlflow.entities import run_entity
from nbtrack.query.pages import page_of_runs
from nbtrack.query.parser import parse_search
from nbtrack.store import Database, experiment_rows
from nbtrack.store.artifacts import ArtifactStore
from nbtrack.store.reader import read_artifacts
from nbtrack.store.whole_runs import WholeRun, read_points, read_whole_runs, series_id

SOURCE_TAG = "nbtrack.run_id"
"""The tag by which an exported run is known again."""

DONE_TAG = "nbtrack.exported"
POINTS, TEXTS = 1000, 100
"""Metrics, and params or tags, that MLflow takes at once."""

T = TypeVar("T")


@dataclass(slots=True)
class Exported:
    """What an export has done."""

    runs: int = 0
    points: int = 0
    files: int = 0
    known: int = 0
    """Runs that were there already."""
    skipped: list[str] = field(default_factory=list)
    """What could not be exported, with the reason."""


def export_runs(
    database: Database,
    uri: str,
    where: str | None = None,
    *,
    experiments: Sequence[str] | None = None,
    deleted: bool = False,
    report: Callable[[int, int], None] = lambda _done, _all: None,
) -> Exported:
    """Write runs with all they logged into a tracking store of MLflow.

    MLflow gives each a new run id; the old one stays in the tag ``nbtrack.run_id``, by which a
    second export leaves it out. Parents come before their children.

    Parameters
    ----------
    uri : str
        Of the tracking store.
    where : str, optional
        A search, or plain words.
    experiments : sequence of str, optional
        Names; all active experiments when not given.
    deleted : bool
        Also the runs marked as deleted.
    report : callable, optional
        Called with the number of runs done, and of all.
    """
    export = _Export(database, MlflowClient(tracking_uri=uri))
    runs = export.read(where, experiments, deleted=deleted)
    for done, run in enumerate(runs, start=1):
        export.write(run)
        report(done, len(runs))
    return export.done


class _Export:
    def __init__(self, database: Database, client: MlflowClient) -> None:
        self.done = Exported()
        self._database = database
        self._client = client
        self._artifacts = ArtifactStore(database.config.artifacts)
        self._names: dict[int, str] = {}
        self._experiments: dict[str, str] = {}
        self._new_ids: dict[str, str] = {}

    def read(
        self, where: str | None, experiments: Sequence[str] | None, *, deleted: bool
    ) -> list[WholeRun]:
        """Return the runs to export, the oldest first."""
        expression = parse_search(where or "")
        stages = ["active", "deleted"] if deleted else ["active"]
        with self._database.reading(seconds=0) as connection:
            rows = experiment_rows.all_experiments(connection, stages)
            self._names = {
                row.id: row.name for row in rows if not experiments or row.name in experiments
            }
            row_ids = page_of_runs(connection, list(self._names), stages, expression, ())
            found = read_whole_runs(connection, sorted(row_ids), MLFLOW_DATASET_CONTEXT)
        ids = {run.row.id for run in found}
        return sorted(found, key=lambda run: (run.row.parent_id in ids, run.row.id))

    def write(self, run: WholeRun) -> None:
        """Write one run, unless it is there."""
        run_id, experiment = run.row.run_id, self._experiment(self._names[run.row.experiment_id])
        there = self._there(experiment, run_id)
        if there is not None and DONE_TAG in there.data.tags:
            self._new_ids[run_id] = there.info.run_id
            self.done.known += 1
            return
        if there is not None:  # an export was interrupted in the middle of it
            self._client.delete_run(there.info.run_id)
        entity = run_entity(run, experiment)
        tags = {**entity.data.tags, SOURCE_TAG: run_id}
        parent = self._new_ids.get(run.parent_run_id or "")
        if parent is not None:
            tags[MLFLOW_PARENT_RUN_ID] = parent
        start, name = entity.info.start_time, run.row.run_name
        tags = {key: text for key, text in tags.items() if key != "mlflow.runName"}
        made = self._client.create_run(experiment, start_time=start, run_name=name)
        self._new_ids[run_id] = made.info.run_id
        self._log(made.info.run_id, entity, tags)
        self._log_points(made.info.run_id, run)
        self._log_files(made.info.run_id, run)
        self._client.set_tag(made.info.run_id, DONE_TAG, "true")
        if entity.info.status not in {"RUNNING", "SCHEDULED"}:
            self._client.set_terminated(
                made.info.run_id, entity.info.status, end_time=entity.info.end_time
            )
        if run.row.stage == "deleted":
            self._client.delete_run(made.info.run_id)
        self.done.runs += 1

    def _experiment(self, name: str) -> str:
        if name not in self._experiments:
            known = self._client.get_experiment_by_name(name)
            if known is not None and known.lifecycle_stage == "deleted":
                self._client.restore_experiment(known.experiment_id)
            self._experiments[name] = (
                self._client.create_experiment(name) if known is None else known.experiment_id
            )
        return self._experiments[name]

    def _there(self, experiment: str, run_id: str) -> Run | None:
        found = self._client.search_runs(
            [experiment], f"tags.`{SOURCE_TAG}` = '{run_id}'", ViewType.ALL, max_results=100
        )
        finished = [run for run in found if DONE_TAG in run.data.tags]
        active = [run for run in found if run.info.lifecycle_stage == "active"]
        return next(iter([*finished, *active]), None)

    def _log(self, new_id: str, entity: Run, tags: dict[str, str]) -> None:
        params = [Param(key, text) for key, text in entity.data.params.items()]
        for some_params in _parts(params, TEXTS):
            self._client.log_batch(new_id, params=some_params)
        for some_tags in _parts([RunTag(key, text) for key, text in tags.items()], TEXTS):
            self._client.log_batch(new_id, tags=some_tags)
        inputs = [each for each in entity.inputs.dataset_inputs if _is_whole(each)]
        if inputs:
            self._client.log_inputs(new_id, datasets=inputs)

    def _log_points(self, new_id: str, run: WholeRun) -> None:
        for key, *_ in run.metrics:
            with self._database.reading(seconds=0) as connection:
                series = series_id(connection, run.row.run_id, key)
                points = [] if series is None else read_points(connection, series)
            metrics = [Metric(key, value, time, step) for value, time, step in points]
            for part in _parts(metrics, POINTS):
                self._client.log_batch(new_id, metrics=part)
            self.done.points += len(metrics)

    def _log_files(self, new_id: str, run: WholeRun) -> None:
        _, artifacts = read_artifacts(self._database, run.row.run_id)
        for artifact in artifacts:
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder) / Path(artifact.path).name
                try:
                    self._artifacts.download(run.row.run_id, artifact.path, file)
                except NbtrackError as error:
                    self.done.skipped.append(f"{run.row.run_id}/{artifact.path}: {error}")
                    continue
                parent = Path(artifact.path).parent.as_posix()
                self._client.log_artifact(new_id, str(file), None if parent == "." else parent)
                self.done.files += 1


def _is_whole(given: DatasetInput) -> bool:
    dataset: Any = given.dataset
    return None not in {dataset.name, dataset.digest, dataset.source_type, dataset.source}


def _parts(items: Sequence[T], size: int) -> Iterator[list[T]]:
    rest = iter(items)
    while part := list(islice(rest, size)):
        yield part

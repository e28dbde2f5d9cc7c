"""The tracking store's runs: made, changed, deleted, searched."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from mlflow.entities import Run, RunInfo, RunTag, ViewType
from mlflow.entities.lifecycle_stage import LifecycleStage
from mlflow.utils.mlflow_tags import (
    MLFLOW_DATASET_CONTEXT,
    MLFLOW_GIT_BRANCH,
    MLFLOW_GIT_COMMIT,
    MLFLOW_PARENT_RUN_ID,
    MLFLOW_RUN_NAME,
)
from mlflow.utils.name_utils import _generate_random_name
from mlflow.utils.search_utils import SearchUtils
from mlflow.utils.uri import append_to_uri_path
from sqlalchemy import Connection

from nbtrack.integrations.mlflow import joining
from nbtrack.integrations.mlflow.base import OBSERVER, StoreParts
from nbtrack.integrations.mlflow.entities import NOTE_TAG, run_entity, run_info, status_of
from nbtrack.integrations.mlflow.errors import invalid
from nbtrack.integrations.mlflow.files import new_files
from nbtrack.integrations.mlflow.searching import check_max_results, run_order, run_search
from nbtrack.kernels.heartbeat import Heartbeat
from nbtrack.model import OPEN_STATUSES, Stage, Status, now
from nbtrack.query.pages import page_of_runs
from nbtrack.store import direct, tables
from nbtrack.store.bulk import mark_runs
from nbtrack.store.runs import KeyIds, kernel_id
from nbtrack.store.values import storable_text
from nbtrack.store.whole_runs import read_whole_runs
from nbtrack.store.writer import write_tags


class Runs(StoreParts):
    """What MLflow asks of runs."""

    def __init__(self, store_uri: str, artifact_uri: str | None = None) -> None:
        super().__init__(store_uri, artifact_uri)
        self._open_here: dict[str, Status] = {}
        self._heartbeat = Heartbeat(lambda: self._database, lambda: dict(self._open_here))

    def create_run(
        self,
        experiment_id: str,
        user_id: str | None,
        start_time: int | None,
        tags: Sequence[RunTag] | None,
        run_name: str | None,
    ) -> Run:
        """Start a run."""
        given = {tag.key: storable_text(str(tag.value)) for tag in tags or ()}
        cell = None
        if MLFLOW_PARENT_RUN_ID not in given and joining.way_of_runs() != "apart":
            cell = joining.run_of_cell(self._database.config)
        if cell is not None:
            if joining.way_of_runs() == "join" and joining.join(cell):
                return self._joined(cell.run_id, given)
            given[MLFLOW_PARENT_RUN_ID] = cell.run_id
        name = _agreed_name(run_name, given.get(MLFLOW_RUN_NAME))
        given[MLFLOW_RUN_NAME] = name
        run_id, kernel = secrets.token_hex(16), joining.own_kernel()

        def work(connection: Connection, keys: KeyIds) -> None:
            experiment = self._active_experiment(connection, experiment_id)
            time = now()
            values = {
                "run_id": run_id,
                "experiment_id": experiment.id,
                "run_name": name,
                "status": Status.RUNNING,
                "stage": "active",
                "created": time,
                "start_time": time if start_time is None else start_time,
                "user_id": user_id,
                "artifact_uri": self._run_location(experiment, run_id),
                **_columns_of_tags(connection, given),
            }
            if kernel is not None:
                values["kernel_id"] = kernel_id(connection, asdict(kernel), time)
            row_id = direct.add_run(connection, values, time=time, observer=OBSERVER)
            write_tags(connection, keys, row_id, dict(given))

        self._write(work)
        if kernel is not None:
            self._open_here[run_id] = Status.RUNNING
            self._heartbeat.begin()
        return self.get_run(run_id)

    def _joined(self, run_id: str, tags: dict[str, str]) -> Run:
        """Return the run of a cell, which MLflow's run becomes."""
        own: dict[str, str | None] = {
            key: text for key, text in tags.items() if key != MLFLOW_RUN_NAME
        }

        def work(connection: Connection, keys: KeyIds) -> None:
            write_tags(connection, keys, self._run(connection, run_id, lock=True).id, own)

        self._write(work)
        return self.get_run(run_id)

    def get_run(self, run_id: str) -> Run:
        """Return a run with all it logged."""
        with self._reading() as connection:
            row = self._run(connection, run_id)
            return self._whole(connection, [row.id])[0]

    def update_run_info(
        self, run_id: str, run_status: Any, end_time: int | None, run_name: str | None
    ) -> RunInfo:
        """Change how a run stands, when it ended and what it is called; None leaves as it is.

        The run of a cell ends with the cell, whatever is said here.
        """
        is_joined = joining.is_joined(run_id)

        def work(connection: Connection, keys: KeyIds) -> Any:
            row = self._active_run(connection, run_id)
            values: dict[str, Any] = {}
            if run_status is not None and not is_joined:
                values["status"] = status_of(run_status)
            if end_time is not None and not is_joined:
                values["end_time"] = end_time
            if run_name:
                values["run_name"] = storable_text(run_name)
                write_tags(connection, keys, row.id, {MLFLOW_RUN_NAME: values["run_name"]})
            if values:
                direct.change_run(
                    connection, row, values, time=now(), cause=None, observer=OBSERVER
                )
            return self._run(connection, run_id)

        row = self._write(work)
        if Status(row.status) not in OPEN_STATUSES:
            self._open_here.pop(run_id, None)
        if (end_time is not None or is_joined) and row.artifact_uri == self._artifacts.uri(run_id):
            self._list_files(row)
        return run_info(row, self._id(row.experiment_id))

    def _list_files(self, row: Any) -> None:
        """List the files that a run has in nbtrack's artifact store."""
        with self._reading() as connection:
            known = direct.listed_artifacts(connection, row.id)
        try:
            found = list(new_files(row.artifact_uri, known))
        except OSError:  # they are there nevertheless, and may be listed at the next end
            return
        if found:
            self._write(lambda connection, _: direct.list_artifacts(connection, row.id, found))

    def delete_run(self, run_id: str) -> None:
        """Mark a run as deleted."""
        self._mark(run_id, Stage.DELETED)

    def restore_run(self, run_id: str) -> None:
        """Take the mark off a run."""
        self._mark(run_id, Stage.ACTIVE)

    def _mark(self, run_id: str, stage: Stage) -> None:
        cause = "deleted" if stage is Stage.DELETED else "restored"

        def work(connection: Connection, _: KeyIds) -> None:
            own = [tables.runs.c.id == self._run(connection, run_id).id]
            mark_runs(connection, own, stage, cause=cause, observer=OBSERVER)

        self._write(work)

    def _hard_delete_run(self, run_id: str) -> None:
        """Remove a run for good."""

        def work(connection: Connection, _: KeyIds) -> None:
            direct.remove_run(connection, self._run(connection, run_id).id)

        self._write(work)

    def _get_deleted_runs(self, older_than: int = 0) -> list[str]:
        """Return the runs that were deleted so many milliseconds ago, or longer."""
        with self._reading() as connection:
            return direct.deleted_runs(connection, now() - older_than)

    def _search_runs(
        self,
        experiment_ids: Sequence[str],
        filter_string: str | None,
        run_view_type: int,
        max_results: int | None,
        order_by: Sequence[str] | None,
        page_token: str | None,
    ) -> tuple[list[Run], str | None]:
        check_max_results(max_results, may_be_none=True)
        stages = LifecycleStage.view_type_to_stages(run_view_type or ViewType.ACTIVE_ONLY)
        expression, order = run_search(filter_string), run_order(order_by)
        offset = SearchUtils.parse_start_offset_from_page_token(page_token)
        limit = None if max_results is None else max_results + 1
        numbers = self._numbers(experiment_ids)
        with self._reading() as connection:
            row_ids = page_of_runs(
                connection, numbers, stages, expression, order, offset=offset, limit=limit
            )
            runs = self._whole(connection, row_ids[:max_results])
        more = max_results is not None and len(row_ids) > max_results
        token = SearchUtils.create_page_token(offset + (max_results or 0)) if more else None
        return runs, token

    def _whole(self, connection: Connection, row_ids: Sequence[int]) -> list[Run]:
        found = read_whole_runs(connection, row_ids, MLFLOW_DATASET_CONTEXT)
        return [run_entity(run, self._id(run.row.experiment_id)) for run in found]

    def _run_location(self, experiment: Any, run_id: str) -> str:
        """Return where a run keeps its files."""
        if experiment.artifact_location is None and self.artifact_root_uri is None:
            return self._artifacts.uri(run_id)
        location = experiment.artifact_location or self._location(experiment.id)
        return str(append_to_uri_path(location, run_id, "artifacts"))


def _agreed_name(run_name: str | None, tag: str | None) -> str:
    if run_name and tag and run_name != tag:
        raise invalid(
            "Both 'run_name' argument and 'mlflow.runName' tag are specified, but with "
            f"different values (run_name='{run_name}', mlflow.runName='{tag}')."
        )
    return storable_text(run_name or tag or _generate_random_name())


def _columns_of_tags(connection: Connection, tags: dict[str, str]) -> dict[str, Any]:
    """Return what tags of MLflow's say that nbtrack has columns for."""
    columns: dict[str, Any] = {}
    if MLFLOW_GIT_COMMIT in tags:
        columns["git_commit"] = tags[MLFLOW_GIT_COMMIT][:64]
    if MLFLOW_GIT_BRANCH in tags:
        columns["git_branch"] = tags[MLFLOW_GIT_BRANCH]
    if NOTE_TAG in tags:
        columns["description"] = tags[NOTE_TAG]
    if MLFLOW_PARENT_RUN_ID in tags:
        parent = direct.run_row(connection, tags[MLFLOW_PARENT_RUN_ID])
        columns["parent_id"] = None if parent is None else parent.id
    return columns

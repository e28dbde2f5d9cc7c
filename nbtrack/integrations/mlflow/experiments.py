"""The tracking store's experiments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mlflow.entities import Experiment, ExperimentTag, ViewType
from mlflow.entities.lifecycle_stage import LifecycleStage
from mlflow.store.entities.paged_list import PagedList
from mlflow.store.tracking import SEARCH_MAX_RESULTS_DEFAULT
from mlflow.utils.search_utils import SearchExperimentsUtils, SearchUtils
from mlflow.utils.uri import resolve_uri_if_local
from mlflow.utils.validation import (
    _validate_experiment_artifact_location_length,
    _validate_experiment_name,
    _validate_experiment_tag,
)
from sqlalchemy import Connection

from nbtrack.integrations.mlflow.base import OBSERVER, StoreParts
from nbtrack.integrations.mlflow.errors import invalid, missing, taken, wrong_state
from nbtrack.integrations.mlflow.searching import (
    check_max_results,
    experiment_order,
    experiment_search,
)
from nbtrack.model import now
from nbtrack.query.compiler import compile_search
from nbtrack.store import experiment_rows
from nbtrack.store.runs import KeyIds
from nbtrack.store.values import MAX_KEY_LENGTH


class Experiments(StoreParts):
    """What MLflow asks of experiments."""

    def create_experiment(
        self,
        name: str,
        artifact_location: str | None = None,
        tags: Sequence[ExperimentTag] | None = None,
    ) -> str:
        """Create an experiment and return its id."""
        _check_name(name)
        if artifact_location:
            artifact_location = resolve_uri_if_local(artifact_location)
            _validate_experiment_artifact_location_length(artifact_location)
        for tag in tags or ():
            _validate_experiment_tag(tag.key, tag.value)

        def work(connection: Connection, _: KeyIds) -> int:
            if experiment_rows.experiment_named(connection, name) is not None:
                raise taken(f"Experiment(name={name}) already exists.")
            number = experiment_rows.add_experiment(
                connection, name, artifact_location=artifact_location or None
            )
            if self.artifact_root_uri and not artifact_location:
                location = self._location(number)
                experiment_rows.change_experiment(connection, number, artifact_location=location)
            given = {tag.key: str(tag.value) for tag in tags or ()}
            experiment_rows.put_experiment_tags(connection, number, given)
            return number

        return self._id(self._write(work))

    def get_experiment(self, experiment_id: str) -> Experiment:
        """Return an experiment, active or deleted."""
        with self._reading() as connection:
            row = self._experiment(connection, experiment_id)
            return self._entities(connection, [row])[0]

    def get_experiment_by_name(self, experiment_name: str) -> Experiment | None:
        """Return the experiment of a name, active or deleted, or None."""
        with self._reading() as connection:
            row = experiment_rows.experiment_named(connection, experiment_name)
            return None if row is None else self._entities(connection, [row])[0]

    def search_experiments(
        self,
        view_type: int = ViewType.ACTIVE_ONLY,
        max_results: int = SEARCH_MAX_RESULTS_DEFAULT,
        filter_string: str | None = None,
        order_by: Sequence[str] | None = None,
        page_token: str | None = None,
    ) -> PagedList:
        """Return a page of experiments."""
        check_max_results(max_results)
        expression = experiment_search(filter_string)
        order = experiment_order(order_by)
        offset = SearchUtils.parse_start_offset_from_page_token(page_token)
        with self._reading() as connection:
            rows = experiment_rows.find_experiments(
                connection,
                compile_search(expression, connection.dialect.name, "experiment"),
                LifecycleStage.view_type_to_stages(view_type),
                order,
                offset=offset,
                limit=max_results + 1,
            )
            found = self._entities(connection, rows[:max_results])
        more = len(rows) > max_results
        token = SearchExperimentsUtils.create_page_token(offset + max_results) if more else None
        return PagedList(found, token)

    def rename_experiment(self, experiment_id: str, new_name: str) -> None:
        """Give an active experiment another name."""
        _check_name(new_name)

        def work(connection: Connection, _: KeyIds) -> None:
            row = self._experiment(connection, experiment_id)
            if row.stage != "active":
                raise wrong_state("Cannot rename a non-active experiment.")
            other = experiment_rows.experiment_named(connection, new_name)
            if other is not None and other.id != row.id:
                raise taken(f"Experiment(name={new_name}) already exists.")
            experiment_rows.change_experiment(connection, row.id, name=new_name, updated=now())

        self._write(work)

    def delete_experiment(self, experiment_id: str) -> None:
        """Mark an experiment and its runs as deleted."""

        def work(connection: Connection, _: KeyIds) -> None:
            row = self._experiment(connection, experiment_id, ["active"])
            experiment_rows.delete_with_runs(connection, row.id, OBSERVER)

        self._write(work)

    def restore_experiment(self, experiment_id: str) -> None:
        """Restore an experiment and all its runs."""

        def work(connection: Connection, _: KeyIds) -> None:
            row = self._experiment(connection, experiment_id, ["deleted"])
            other = experiment_rows.experiment_named(connection, row.name)
            if other is not None and other.stage == "active":
                raise taken(f"Experiment(name={row.name}) already exists.")
            experiment_rows.restore_with_runs(connection, row.id, OBSERVER)

        self._write(work)

    def set_experiment_tag(self, experiment_id: str, tag: ExperimentTag) -> None:
        """Set a tag of an active experiment."""
        _validate_experiment_tag(tag.key, tag.value)

        def work(connection: Connection, _: KeyIds) -> None:
            row = self._active_experiment(connection, experiment_id)
            experiment_rows.put_experiment_tags(connection, row.id, {tag.key: str(tag.value)})

        self._write(work)

    def delete_experiment_tag(self, experiment_id: str, key: str) -> None:
        """Remove a tag of an active experiment."""

        def work(connection: Connection, _: KeyIds) -> None:
            row = self._active_experiment(connection, experiment_id)
            if not experiment_rows.remove_experiment_tag(connection, row.id, key):
                raise missing(f"No tag with name: {key} in experiment with id {experiment_id}")

        self._write(work)

    def _hard_delete_experiment(self, experiment_id: str) -> None:
        """Remove a deleted experiment for good."""

        def work(connection: Connection, _: KeyIds) -> None:
            row = self._experiment(connection, experiment_id, ["deleted"])
            experiment_rows.remove_experiment(connection, row.id)

        self._write(work)

    def _entities(self, connection: Connection, rows: Sequence[Any]) -> list[Experiment]:
        tags = experiment_rows.experiment_tags(connection, [row.id for row in rows])
        return [
            Experiment(
                experiment_id=self._id(row.id),
                name=row.name,
                artifact_location=row.artifact_location or self._location(row.id),
                lifecycle_stage=row.stage,
                tags=[ExperimentTag(key, value) for key, value in tags[row.id].items()],
                creation_time=row.created,
                last_update_time=row.updated or row.deleted or row.created,
            )
            for row in rows
        ]


def _check_name(name: str) -> None:
    _validate_experiment_name(name)
    if len(name) > MAX_KEY_LENGTH:
        raise invalid(
            f"'name' exceeds the maximum length of {MAX_KEY_LENGTH} characters: "
            f"this one has {len(name)}"
        )

"""What runs take in and give out: datasets, and logged models with all that is theirs."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from mlflow.entities import (
    DatasetInput,
    LoggedModel,
    LoggedModelInput,
    LoggedModelOutput,
    LoggedModelParameter,
    LoggedModelStatus,
    LoggedModelTag,
    _DatasetSummary,
)
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INTERNAL_ERROR
from mlflow.store.entities.paged_list import PagedList
from mlflow.store.tracking import SEARCH_LOGGED_MODEL_MAX_RESULTS_DEFAULT
from mlflow.utils.name_utils import _generate_random_name
from mlflow.utils.search_utils import SearchLoggedModelsPaginationToken
from mlflow.utils.uri import append_to_uri_path
from mlflow.utils.validation import (
    _validate_dataset_inputs,
    _validate_logged_model_name,
    _validate_run_id,
)
from sqlalchemy import Connection

from nbtrack.integrations.mlflow.base import StoreParts
from nbtrack.integrations.mlflow.entities import logged_model, stored_inputs
from nbtrack.integrations.mlflow.errors import invalid, missing
from nbtrack.integrations.mlflow.model_search import model_conditions, model_order
from nbtrack.model import now
from nbtrack.query.pages import page_of_models
from nbtrack.store import inputs, logged_models
from nbtrack.store.runs import KeyIds

MAX_SUMMARIES = 1000
"""Datasets that MLflow's page is told of."""


class Inputs(StoreParts):
    """What MLflow asks of datasets and logged models."""

    def log_inputs(
        self,
        run_id: str,
        datasets: list[DatasetInput] | None = None,
        models: list[LoggedModelInput] | None = None,
    ) -> None:
        """Record datasets and models that a run uses."""
        _validate_run_id(run_id)
        if datasets is not None:
            if not isinstance(datasets, list):
                raise TypeError(f"Argument 'datasets' should be a list, got '{type(datasets)}'")
            _validate_dataset_inputs(datasets)
        for each in datasets or ():
            if each.dataset is None:
                raise MlflowException(
                    "Dataset input must have a dataset associated with it.",
                    error_code=INTERNAL_ERROR,
                )

        def work(connection: Connection, _: KeyIds) -> None:
            row = self._active_run(connection, run_id)
            if datasets:
                inputs.add_inputs(connection, row.id, stored_inputs(datasets))
            used = [(model.model_id, 0) for model in models or ()]
            inputs.link_models(connection, row.id, "input", used)

        self._write(work)

    def log_outputs(self, run_id: str, models: list[LoggedModelOutput]) -> None:
        """Record models that a run has made."""

        def work(connection: Connection, _: KeyIds) -> None:
            row = self._active_run(connection, run_id)
            made = [(model.model_id, model.step) for model in models]
            inputs.link_models(connection, row.id, "output", made)

        self._write(work)

    def _search_datasets(self, experiment_ids: Sequence[str]) -> list[_DatasetSummary]:
        numbers = self._numbers(experiment_ids)
        with self._reading() as connection:
            found = inputs.dataset_summaries(connection, numbers, MAX_SUMMARIES)
        return [
            _DatasetSummary(self._id(number), name, digest, context)
            for number, name, digest, context in found
        ]

    # --- logged models ---

    def create_logged_model(
        self,
        experiment_id: str,
        name: str | None = None,
        source_run_id: str | None = None,
        tags: list[LoggedModelTag] | None = None,
        params: list[LoggedModelParameter] | None = None,
        model_type: str | None = None,
    ) -> LoggedModel:
        """Make a logged model, whose files are yet to come."""
        _validate_logged_model_name(name)
        model_id = f"m-{uuid.uuid4().hex}"
        time = now()

        def work(connection: Connection, _: KeyIds) -> None:
            experiment = self._active_experiment(connection, experiment_id)
            location = experiment.artifact_location or self._location(experiment.id)
            values = {
                "model_id": model_id,
                "experiment_id": experiment.id,
                "name": name or _generate_random_name(),
                "model_type": model_type,
                "status": LoggedModelStatus.PENDING.value,
                "source_run_id": source_run_id,
                "artifact_location": append_to_uri_path(location, "models", model_id, "artifacts"),
                "created": time,
                "updated": time,
            }
            logged_models.add_logged_model(connection, values, _texts(params), _texts(tags))

        self._write(work)
        return self.get_logged_model(model_id)

    def get_logged_model(self, model_id: str, allow_deleted: bool = False) -> LoggedModel:  # noqa: FBT001, FBT002  # MLflow's signature
        """Return a logged model."""
        with self._reading() as connection:
            row = self._model(connection, model_id)
            if row.stage == "deleted" and not allow_deleted:
                raise _no_model(model_id)
            return self._models(connection, [row])[0]

    def finalize_logged_model(self, model_id: str, status: LoggedModelStatus) -> LoggedModel:
        """Say how the making of a logged model ended."""

        def work(connection: Connection, _: KeyIds) -> None:
            self._model(connection, model_id)
            logged_models.change_logged_model(
                connection, model_id, status=LoggedModelStatus(status).value, updated=now()
            )

        self._write(work)
        return self.get_logged_model(model_id, allow_deleted=True)

    def delete_logged_model(self, model_id: str) -> None:
        """Mark a logged model as deleted."""

        def work(connection: Connection, _: KeyIds) -> None:
            self._model(connection, model_id)
            logged_models.change_logged_model(connection, model_id, stage="deleted", updated=now())

        self._write(work)

    def log_logged_model_params(self, model_id: str, params: list[LoggedModelParameter]) -> None:
        """Write params of a logged model."""
        self._change_model(model_id, logged_models.put_model_params, _texts(params))

    def set_logged_model_tags(self, model_id: str, tags: list[LoggedModelTag]) -> None:
        """Set tags of a logged model."""
        self._change_model(model_id, logged_models.put_logged_model_tags, _texts(tags))

    def _change_model(self, model_id: str, change: Any, values: Mapping[str, str]) -> None:
        def work(connection: Connection, _: KeyIds) -> None:
            self._model(connection, model_id)
            change(connection, model_id, values)

        self._write(work)

    def delete_logged_model_tag(self, model_id: str, key: str) -> None:
        """Remove a tag of a logged model."""

        def work(connection: Connection, _: KeyIds) -> None:
            self._model(connection, model_id)
            if not logged_models.remove_logged_model_tag(connection, model_id, key):
                raise missing(f"No tag with key {key!r} found for model with ID {model_id!r}.")

        self._write(work)

    def search_logged_models(
        self,
        experiment_ids: list[str],
        filter_string: str | None = None,
        datasets: list[dict[str, Any]] | None = None,
        max_results: int | None = None,
        order_by: list[dict[str, Any]] | None = None,
        page_token: str | None = None,
    ) -> PagedList:
        """Return a page of logged models."""
        if datasets and not all(each.get("dataset_name") for each in datasets):
            raise invalid("`dataset_name` in the `datasets` clause must be specified.")
        offset, limit = 0, max_results or SEARCH_LOGGED_MODEL_MAX_RESULTS_DEFAULT
        if page_token:
            token = SearchLoggedModelsPaginationToken.decode(page_token)
            token.validate(experiment_ids, filter_string, order_by)
            offset = token.offset
        with self._reading() as connection:
            rows = page_of_models(
                connection,
                self._numbers(experiment_ids),
                model_conditions(filter_string),
                [(each["dataset_name"], each.get("dataset_digest")) for each in datasets or ()],
                model_order(order_by),
                offset=offset,
                limit=limit + 1,
            )
            found = self._models(connection, rows[:limit])
        if len(rows) <= limit:
            return PagedList(found, None)
        following = SearchLoggedModelsPaginationToken(
            offset=offset + limit,
            experiment_ids=experiment_ids,
            filter_string=filter_string,
            order_by=order_by,
        )
        return PagedList(found, following.encode())

    def _hard_delete_logged_model(self, model_id: str) -> None:
        """Remove a logged model for good."""

        def work(connection: Connection, _: KeyIds) -> None:
            if not logged_models.remove_logged_model(connection, model_id):
                raise _no_model(model_id)

        self._write(work)

    def _get_deleted_logged_models(self, older_than: int = 0) -> list[str]:
        """Return the models that were deleted so many milliseconds ago, or longer."""
        with self._reading() as connection:
            return logged_models.deleted_logged_models(connection, now() - older_than)

    def _model(self, connection: Connection, model_id: str) -> Any:
        row = logged_models.model_row(connection, model_id)
        if row is None:
            raise _no_model(model_id)
        return row

    def _models(self, connection: Connection, rows: Sequence[Any]) -> list[LoggedModel]:
        found = logged_models.read_logged_models(connection, rows)
        return [logged_model(model, self._id(model.row.experiment_id)) for model in found]


def _no_model(model_id: str) -> MlflowException:
    return missing(f"Logged model with ID '{model_id}' not found.")


def _texts(pairs: Sequence[Any] | None) -> dict[str, str]:
    return {pair.key: str(pair.value) for pair in pairs or ()}

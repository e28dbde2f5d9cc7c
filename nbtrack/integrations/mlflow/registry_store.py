"""MLflow's model registry in a database of nbtrack."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from mlflow.entities.model_registry import ModelVersion, RegisteredModel
from mlflow.entities.model_registry.model_version_stages import (
    ALL_STAGES,
    DEFAULT_STAGES_FOR_GET_LATEST_VERSIONS,
    get_canonical_stage,
)
from mlflow.exceptions import MlflowException
from mlflow.prompt.registry_utils import handle_resource_already_exist_error, has_prompt_tag
from mlflow.store.entities.paged_list import PagedList
from mlflow.store.model_registry import (
    SEARCH_MODEL_VERSION_MAX_RESULTS_DEFAULT,
    SEARCH_MODEL_VERSION_MAX_RESULTS_THRESHOLD,
    SEARCH_REGISTERED_MODEL_MAX_RESULTS_DEFAULT,
    SEARCH_REGISTERED_MODEL_MAX_RESULTS_THRESHOLD,
)
from mlflow.store.model_registry.abstract_store import AbstractStore
from mlflow.utils import validation
from mlflow.utils.search_utils import SearchUtils
from mlflow.utils.validation import (
    _validate_model_name,
    _validate_model_renaming,
    _validate_model_version,
    _validate_model_version_tag,
    _validate_registered_model_tag,
    _validate_tag_name,
)

from nbtrack import model as values
from nbtrack.errors import NotFoundError
from nbtrack.integrations.mlflow import model_sources
from nbtrack.integrations.mlflow.entities import model_version, registered_model
from nbtrack.integrations.mlflow.errors import invalid, missing, taken, translated
from nbtrack.integrations.mlflow.registry_search import (
    model_order,
    registry_condition,
    version_order,
)
from nbtrack.integrations.mlflow.uris import config_of
from nbtrack.store import open_store, registry, registry_reading

_LATEST = "latest"
if hasattr(validation, "_validate_alias_name"):
    _check_alias, _check_unreserved = (
        validation._validate_alias_name,
        validation._validate_alias_name_reserved,
    )
else:  # before MLflow 3.18
    _check_alias, _check_unreserved = (
        validation._validate_model_alias_name,
        validation._validate_model_alias_name_reserved,
    )


class RegistryStore(AbstractStore):  # type: ignore[misc]  # MLflow ships no types
    """What MLflow's clients, page and server ask of registered models.

    Parameters
    ----------
    store_uri : str
        As for `nbtrack.integrations.mlflow.tracking_store.TrackingStore`.
    """

    supports_workspaces = False

    def __init__(self, store_uri: str, tracking_uri: str | None = None) -> None:
        super().__init__(store_uri=store_uri, tracking_uri=tracking_uri)
        self.db_uri = store_uri
        with translated():
            self._database = open_store(config_of(store_uri))

    def _dispose_engine(self) -> None:
        self._database.close()

    # --- models ---

    def create_registered_model(
        self,
        name: str,
        tags: Sequence[Any] | None = None,
        description: str | None = None,
        deployment_job_id: str | None = None,  # noqa: ARG002  # Databricks' own
    ) -> RegisteredModel:
        """Create a model without versions."""
        _validate_model_name(name)
        for tag in tags or ():
            _validate_registered_model_tag(tag.key, tag.value)
        known = self._find(name)
        if known is not None:
            own = has_prompt_tag(known.tags)
            handle_resource_already_exist_error(name, own, has_prompt_tag(tags))
        with translated():
            registry.create_model(self._database, name, description=description, tags=_texts(tags))
        return self.get_registered_model(name)

    def get_registered_model(self, name: str) -> RegisteredModel:
        """Return a model with its latest versions."""
        _validate_model_name(name)
        with _naming(name):
            return self._models([registry_reading.read_model(self._database, name)])[0]

    def update_registered_model(
        self,
        name: str,
        description: str | None,
        deployment_job_id: str | None = None,  # noqa: ARG002  # Databricks' own
    ) -> RegisteredModel:
        """Set the description of a model."""
        _validate_model_name(name)
        with _naming(name):
            registry.set_model_description(self._database, name, description)
        return self.get_registered_model(name)

    def rename_registered_model(self, name: str, new_name: str) -> RegisteredModel:
        """Give a model another name."""
        _validate_model_renaming(new_name)
        self.get_registered_model(name)
        if new_name != name and self._find(new_name) is not None:
            raise taken(f"Registered Model (name={new_name}) already exists.")
        with _naming(name):
            registry.rename_model(self._database, name, new_name)
        return self.get_registered_model(new_name)

    def delete_registered_model(self, name: str) -> None:
        """Delete a model with its versions, whatever their stages."""
        _validate_model_name(name)
        with _naming(name):
            registry.delete_model(self._database, name, force=True)

    def search_registered_models(
        self,
        filter_string: str | None = None,
        max_results: int = SEARCH_REGISTERED_MODEL_MAX_RESULTS_DEFAULT,
        order_by: Sequence[str] | None = None,
        page_token: str | None = None,
    ) -> PagedList:
        """Return a page of models."""
        _check_max(max_results, SEARCH_REGISTERED_MODEL_MAX_RESULTS_THRESHOLD)
        condition = registry_condition(filter_string, "registered_model", self._database.dialect)
        order = model_order(order_by)
        offset = SearchUtils.parse_start_offset_from_page_token(page_token)
        with translated():
            found = registry_reading.read_models(
                self._database, condition, order=order, offset=offset, limit=max_results + 1
            )
            models = self._models(found[:max_results])
        return _page(models, len(found), offset, max_results)

    def get_latest_versions(
        self, name: str, stages: Sequence[str] | None = None
    ) -> list[ModelVersion]:
        """Return the highest version of each stage asked for."""
        wanted = [values.ModelStage(get_canonical_stage(s)) for s in stages or ALL_STAGES]
        _validate_model_name(name)
        with _naming(name):
            found = registry_reading.latest_versions(self._database, name, wanted)
        return [model_version(each) for each in found]

    def set_registered_model_tag(self, name: str, tag: Any) -> None:
        """Set a tag of a model."""
        _validate_model_name(name)
        _validate_registered_model_tag(tag.key, tag.value)
        with _naming(name):
            registry.set_model_tags(self._database, name, {tag.key: str(tag.value)})

    def delete_registered_model_tag(self, name: str, key: str) -> None:
        """Remove a tag of a model; one that is not there changes nothing."""
        _validate_model_name(name)
        _validate_tag_name(key)
        with _naming(name):
            registry.set_model_tags(self._database, name, {key: None})

    # --- versions ---

    def create_model_version(
        self,
        name: str,
        source: str,
        run_id: str | None = None,
        tags: Sequence[Any] | None = None,
        run_link: str | None = None,
        description: str | None = None,
        local_model_path: str | None = None,  # noqa: ARG002  # for stores that upload
        model_id: str | None = None,
    ) -> ModelVersion:
        """Register a version of a model that is there."""
        _validate_model_name(name)
        for tag in tags or ():
            _validate_model_version_tag(tag.key, tag.value)
        found = model_sources.find_source(
            self._database, source, model_id or None, self.get_model_version_download_uri
        )
        new = registry.NewVersion(
            run_id=run_id or found.run_id or None,
            source=source,
            storage_location=found.location,
            description=description,
            schema=model_sources.read_schema(found.location),
            run_link=run_link or None,
            logged_model_id=found.model_id,
            tags=_texts(tags),
        )
        with _naming(name):
            version = registry.add_version(self._database, name, new, create=False)
        return self.get_model_version(name, version)

    def get_model_version(self, name: str, version: str | int) -> ModelVersion:
        """Return a version."""
        return model_version(self._version(name, version))

    def get_model_version_download_uri(self, name: str, version: str | int) -> str:
        """Return where the files of a version are."""
        found = self._version(name, version)
        return found.storage_location or found.source or ""

    def update_model_version(
        self, name: str, version: str | int, description: str | None = None
    ) -> ModelVersion:
        """Set the description of a version."""
        number = self._version(name, version).version
        with _naming(name, version):
            registry.set_model_description(self._database, name, description, version=number)
        return self.get_model_version(name, number)

    def transition_model_version_stage(
        self,
        name: str,
        version: str | int,
        stage: str,
        archive_existing_versions: bool,  # noqa: FBT001  # MLflow's signature
    ) -> ModelVersion:
        """Move a version to another stage."""
        wanted = get_canonical_stage(stage)
        if archive_existing_versions and wanted not in DEFAULT_STAGES_FOR_GET_LATEST_VERSIONS:
            raise MlflowException(
                "Model version transition cannot archive existing model versions because "
                f"'{stage}' is not an Active stage. Valid stages are "
                f"{DEFAULT_STAGES_FOR_GET_LATEST_VERSIONS}"
            )
        number = self._version(name, version).version
        with _naming(name, version):
            registry.set_version_stage(
                self._database,
                name,
                number,
                values.ModelStage(wanted),
                archive_others=archive_existing_versions,
            )
        return self.get_model_version(name, number)

    def delete_model_version(self, name: str, version: str | int) -> None:
        """Delete a version, whatever its stage, and its aliases."""
        number = self._version(name, version).version
        with _naming(name, version):
            registry.delete_version(self._database, name, number, force=True)

    def search_model_versions(
        self,
        filter_string: str | None = None,
        max_results: int = SEARCH_MODEL_VERSION_MAX_RESULTS_DEFAULT,
        order_by: Sequence[str] | None = None,
        page_token: str | None = None,
    ) -> PagedList:
        """Return a page of versions."""
        _check_max(max_results, SEARCH_MODEL_VERSION_MAX_RESULTS_THRESHOLD)
        condition = registry_condition(filter_string, "model_version", self._database.dialect)
        order = version_order(order_by)
        offset = SearchUtils.parse_start_offset_from_page_token(page_token)
        with translated():
            found = registry_reading.read_versions(
                self._database, condition, order=order, offset=offset, limit=max_results + 1
            )
        versions = [model_version(each) for each in found[:max_results]]
        return _page(versions, len(found), offset, max_results)

    def set_model_version_tag(self, name: str, version: str | int, tag: Any) -> None:
        """Set a tag of a version."""
        _validate_model_version_tag(tag.key, tag.value)
        self._tag_version(name, version, tag.key, str(tag.value))

    def delete_model_version_tag(self, name: str, version: str | int, key: str) -> None:
        """Remove a tag of a version; one that is not there changes nothing."""
        _validate_tag_name(key)
        self._tag_version(name, version, key, None)

    def _tag_version(self, name: str, version: str | int, key: str, text: str | None) -> None:
        number = self._version(name, version).version
        with _naming(name, version):
            registry.set_model_tags(self._database, name, {key: text}, version=number)

    # --- aliases ---

    def set_registered_model_alias(self, name: str, alias: str, version: str | int) -> None:
        """Let an alias stand for a version."""
        _validate_model_name(name)
        _check_alias(alias)
        _check_unreserved(alias)
        number = self._version(name, version).version
        with _naming(name, version):
            registry.set_alias(self._database, name, alias, number)

    def delete_registered_model_alias(self, name: str, alias: str) -> None:
        """Remove an alias; one that is not there changes nothing."""
        _validate_model_name(name)
        _check_alias(alias)
        with _naming(name):
            registry.delete_alias(self._database, name, alias)

    def get_model_version_by_alias(self, name: str, alias: str) -> ModelVersion:
        """Return the version that an alias stands for."""
        _validate_model_name(name)
        _check_alias(alias)
        if alias.lower() == _LATEST:
            latest = self.get_latest_versions(name)
            if not latest:
                raise missing(f"Latest version not found for model {name}.")
            return max(latest, key=lambda each: int(each.version))
        model = self.get_registered_model(name)
        if alias not in model.aliases:
            raise invalid(f"Registered model alias {alias} not found.")
        return self.get_model_version(name, model.aliases[alias])

    # --- what nbtrack has no place for ---

    def list_webhooks_by_event(self, *_args: Any, **_options: Any) -> PagedList:
        """Return that nobody waits to be told."""
        return PagedList([], None)

    def list_webhooks(self, *_args: Any, **_options: Any) -> PagedList:
        """Return that there are no webhooks."""
        return PagedList([], None)

    def _await_model_version_creation(self, mv: ModelVersion, await_creation_for: Any) -> None:
        """Wait for nothing: a version is ready when it is registered."""

    # --- helpers ---

    def _find(self, name: str) -> values.RegisteredModel | None:
        try:
            return registry_reading.read_model(self._database, name)
        except NotFoundError:
            return None

    def _models(self, found: Sequence[values.RegisteredModel]) -> list[RegisteredModel]:
        models = []
        for each in found:
            latest = registry_reading.latest_versions(self._database, each.name)
            models.append(registered_model(each, latest))
        return models

    def _version(self, name: str, version: str | int) -> values.ModelVersion:
        _validate_model_name(name)
        number = _validate_model_version(version)
        with _naming(name, version):
            return registry_reading.read_version(self._database, name, number)


@contextmanager
def _naming(name: str, version: str | int | None = None) -> Iterator[None]:
    """Turn errors into MLflow's, with MLflow's words for what is not there."""
    with translated():
        try:
            yield
        except NotFoundError as error:
            if version is None:
                raise missing(f"Registered Model with name={name} not found") from error
            raise missing(f"Model Version (name={name}, version={version}) not found") from error


def _check_max(max_results: object, most: int) -> None:
    if not isinstance(max_results, int) or max_results < 1:
        raise invalid(
            f"Invalid value for max_results. It must be a positive integer, but got {max_results}"
        )
    if max_results > most:
        raise invalid(
            "Invalid value for request parameter max_results. It must be at most "
            f"{most}, but got value {max_results}"
        )


def _page(items: list[Any], count: int, offset: int, max_results: int) -> PagedList:
    more = count > max_results
    return PagedList(items, SearchUtils.create_page_token(offset + max_results) if more else None)


def _texts(tags: Sequence[Any] | None) -> dict[str, str]:
    return {tag.key: str(tag.value) for tag in tags or ()}

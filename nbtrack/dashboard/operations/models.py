"""What the Models tab shows: registered models, their versions, and where these come from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from nbtrack.dashboard.operations.context import Context
from nbtrack.dashboard.protocol import (
    MAX_MODELS,
    MAX_VERSIONS,
    ArtifactEntry,
    ModelArgs,
    ModelOrigin,
    ModelResult,
    ModelsArgs,
    ModelsResult,
    ModelSummary,
    RunArgs,
    RunModelsResult,
    TagEntry,
    VersionEntry,
)
from nbtrack.errors import ArtifactError, RequestError
from nbtrack.model import ModelVersion, RegisteredModel, Stage
from nbtrack.model_files.folder import Described
from nbtrack.model_registry.download import logged_files, place_of
from nbtrack.model_registry.origins import described_model, model_paths
from nbtrack.model_registry.registry import unpickles
from nbtrack.query.models import models_condition
from nbtrack.store import registry_reading as reading
from nbtrack.store.lineage import Origin, read_origins
from nbtrack.store.reader import read_artifacts


def models(context: Context, args: ModelsArgs) -> ModelsResult:
    """Return a page of the registered models."""
    database, deleted = context.database, args.get("deleted", False)
    offset, limit = args.get("offset", 0), args.get("limit", MAX_MODELS)
    if not (0 <= limit <= MAX_MODELS and offset >= 0):
        raise RequestError(f"{limit} models from {offset} on cannot be asked for.")
    condition = models_condition(args.get("search"), database.dialect)
    found = reading.read_models(
        database, condition, deleted=deleted, offset=min(offset, 2**31), limit=limit
    )
    return {
        "models": [_summary(model) for model in found],
        "total": reading.count_models(database, condition, deleted=deleted),
    }


def model(context: Context, args: ModelArgs) -> ModelResult:
    """Return a registered model and its versions, those marked as deleted too."""
    database, name = context.database, args["name"]
    found = reading.read_model(database, name)
    versions = [
        version
        for deleted in (False, True)
        for version in reading.read_versions(
            database, name=name, deleted=deleted, limit=MAX_VERSIONS
        )
    ]
    versions = sorted(versions, key=lambda each: -each.version)[:MAX_VERSIONS]
    places = [place_of(version)[0] for version in versions]
    origins = read_origins(database, [run_id for run_id in places if run_id])
    return {
        "model": _summary(found),
        "versions": [_version(context, version, origins) for version in versions],
    }


def run_models(context: Context, args: RunArgs) -> RunModelsResult:
    """Return the models that a run has logged, and what was registered of them."""
    database, run_id = context.database, args["run_id"]
    _, logged = read_artifacts(database, run_id)
    names = [artifact.path for artifact in logged]
    registered = reading.read_versions_of_runs(database, [run_id])
    paths = [*model_paths(names)]
    paths += [each.artifact_path for each in registered if each.artifact_path]
    return {
        "models": [
            {
                "path": path,
                "library": described.library,
                "schema": described.schema,
                "versions": [
                    {"name": each.name, "version": each.version, "stage": each.stage.value}
                    for each in registered
                    if each.artifact_path == path
                ],
            }
            for path in dict.fromkeys(paths)
            for described in [_described(context, run_id, path, names)]
        ]
    }


def _described(context: Context, run_id: str, path: str, names: list[str]) -> Described:
    try:
        return described_model(context.artifacts, run_id, path, names)
    except ArtifactError:  # its file is gone, yet its versions are to be seen
        return Described({}, None)


def _summary(found: RegisteredModel) -> ModelSummary:
    return {
        "name": found.name,
        "description": found.description,
        "created": _milliseconds(found.created),
        "updated": _milliseconds(found.updated),
        "deleted": None if found.deleted is None else _milliseconds(found.deleted),
        "tags": _tags(found.tags),
        "aliases": found.aliases,
        "latest": {stage.value: version for stage, version in found.latest.items()},
        "version_count": found.version_count,
    }


def _version(
    context: Context, version: ModelVersion, origins: Mapping[str, Origin]
) -> VersionEntry:
    run_id, path = place_of(version)
    files = logged_files(context.database, run_id, path) if run_id and path else []
    return {
        "version": version.version,
        "stage": version.stage.value,
        "created": _milliseconds(version.created),
        "updated": _milliseconds(version.updated),
        "deleted": None if version.deleted is None else _milliseconds(version.deleted),
        "description": version.description,
        "user_id": version.user_id,
        "status": version.status,
        "status_message": version.status_message,
        "tags": _tags(version.tags),
        "aliases": list(version.aliases),
        "schema": version.schema,
        "library": version.library,
        "source": version.source,
        "origin": _origin(run_id, origins),
        "files": [
            ArtifactEntry(
                path=file.path, size=file.size, digest=file.digest, media_type=file.media_type
            )
            for file in files
        ],
        "unpickles": unpickles(version),
        "load": load_snippet(version),
    }


def load_snippet(version: ModelVersion) -> str:
    """Return the Python that loads a version."""
    which = f"alias={version.aliases[0]!r}" if version.aliases else f"version={version.version}"
    return f"import nbtrack\n\nmodel = nbtrack.registry.load({version.name!r}, {which})"


def _origin(run_id: str | None, origins: Mapping[str, Origin]) -> ModelOrigin | None:
    if run_id is None:
        return None
    origin = origins.get(run_id)
    return {
        "run_id": run_id,
        "run_name": origin.run_name if origin else None,
        "experiment": origin.experiment if origin else None,
        "stage": Stage(origin.stage).value if origin else None,
        "notebook": origin.notebook if origin else None,
        "git_commit": origin.git_commit if origin else None,
        "has_code": origin is not None and origin.has_code,
        "datasets": list(origin.datasets) if origin else [],
    }


def _tags(tags: Mapping[str, str]) -> list[TagEntry]:
    return [{"key": key, "value": value} for key, value in tags.items()]


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)

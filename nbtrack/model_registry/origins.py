"""The models among the artifacts of a run, and how one of them becomes a version."""

from __future__ import annotations

from collections.abc import Sequence

from nbtrack.errors import InvalidValueError, NotFoundError, did_you_mean
from nbtrack.model_files.folder import (
    DESCRIPTION,
    FILES,
    MAX_DESCRIPTION,
    Described,
    read_description,
)
from nbtrack.store.artifact_names import artifact_name
from nbtrack.store.artifacts import ArtifactStore
from nbtrack.store.engine import Database
from nbtrack.store.lineage import read_origins
from nbtrack.store.reader import read_artifacts
from nbtrack.store.registry import NewVersion


def model_paths(paths: Sequence[str]) -> list[str]:
    """Return which folders among the paths of artifacts hold a model.

    Examples
    --------
    >>> model_paths(["plots/roc.png", "model/MLmodel", "model/model.joblib"])
    ['model']
    """
    ending = f"/{DESCRIPTION}"
    return [path.removesuffix(ending) for path in sorted(paths) if path.endswith(ending)]


def new_version(
    database: Database,
    artifacts: ArtifactStore,
    run_id: str,
    path: str | None = None,
    *,
    description: str | None = None,
) -> NewVersion:
    """Return what is told of a version that is to be registered from a run.

    Parameters
    ----------
    path : str, optional
        Of the model among the run's artifacts: a folder or a file. The run's only model when not
        given.

    Raises
    ------
    NotFoundError
        The run does not exist, or has no such artifact.
    InvalidValueError
        The run has no model or several, and none is named.
    """
    uri, logged = read_artifacts(database, run_id)
    names = [artifact.path for artifact in logged]
    chosen = artifact_name(path) if path else _only_model(run_id, names)
    if chosen not in names and not any(name.startswith(f"{chosen}/") for name in names):
        raise NotFoundError(
            f"The run {run_id[:8]} has no artifact {chosen[:100]!r}.",
            hint=did_you_mean(chosen, [*model_paths(names), *names]),
        )
    described = described_model(artifacts, run_id, chosen, names)
    author = read_origins(database, [run_id])[run_id].user_id
    return NewVersion(
        run_id=run_id,
        artifact_path=chosen,
        source=f"{uri or artifacts.uri(run_id)}/{chosen}",
        description=description,
        schema=described.schema,
        library=described.library,
        user_id=author,
    )


def _only_model(run_id: str, names: Sequence[str]) -> str:
    found = model_paths(names)
    if len(found) == 1:
        return found[0]
    if not found:
        raise InvalidValueError(
            f"The run {run_id[:8]} has logged no model.",
            hint="Log one with log_model, or name the artifact that is to be registered.",
        )
    raise InvalidValueError(
        f"The run {run_id[:8]} has {len(found)} models: {', '.join(found)[:200]}.",
        hint="Say which one: path='...'.",
    )


def described_model(
    artifacts: ArtifactStore, run_id: str, path: str, names: Sequence[str]
) -> Described:
    """Return what is known of a model among a run's artifacts, whose names are given.

    Raises
    ------
    ArtifactError
        Its description cannot be read.
    """
    file = f"{path}/{DESCRIPTION}"
    if file in names:
        return read_description(artifacts.read(run_id, file, limit=MAX_DESCRIPTION))
    return Described({"library": None, "version": None, "format": FILES}, None)

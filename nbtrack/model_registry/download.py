"""The files of a version, brought to a local folder."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from nbtrack.config import redact_url
from nbtrack.errors import ArtifactError, NotFoundError
from nbtrack.model import Artifact, ModelVersion
from nbtrack.store.artifact_names import artifact_name
from nbtrack.store.artifacts import ArtifactStore
from nbtrack.store.engine import Database
from nbtrack.store.reader import read_artifacts

_RUNS = "runs:/"


def download_version(
    database: Database, artifacts: ArtifactStore, version: ModelVersion, folder: Path
) -> None:
    """Write the files of a version into a folder; each is checked against its SHA-256.

    Raises
    ------
    ArtifactError
        The files are gone, out of reach, or are not what was logged.
    """
    run_id, path = place_of(version)
    if run_id is not None and path is not None:
        found = logged_files(database, run_id, path)
        if found:
            for artifact in found:
                name = artifact.path.removeprefix(path).lstrip("/")
                target = folder / (name or PurePosixPath(path).name)
                artifacts.download(run_id, artifact.path, target, digest=artifact.digest)
            return
    location = version.storage_location or version.source
    if not location or location.startswith((_RUNS, "models:/")):
        raise _gone(version, "its run has them no more")
    _fetch(version, location, folder)


def place_of(version: ModelVersion) -> tuple[str | None, str | None]:
    """Return the run and the path among its artifacts of a version's files, where known."""
    if version.artifact_path is None and (version.source or "").startswith(_RUNS):
        run_id, _, path = str(version.source).removeprefix(_RUNS).partition("/")
        return run_id, path or None
    return version.run_id, version.artifact_path


def logged_files(database: Database, run_id: str, path: str) -> list[Artifact]:
    """Return the artifacts of a run at or below a path; none where the run is not here."""
    try:
        _, logged = read_artifacts(database, run_id)
    except NotFoundError:
        return []
    return [each for each in logged if each.path == path or each.path.startswith(f"{path}/")]


def _fetch(version: ModelVersion, location: str, folder: Path) -> None:
    import fsspec

    try:
        filesystem, base = fsspec.url_to_fs(location)
        files = [str(file) for file in filesystem.find(base)]
        for file in files:
            name = file.removeprefix(str(base)).lstrip("/") or PurePosixPath(file).name
            target = folder / artifact_name(name)
            target.parent.mkdir(parents=True, exist_ok=True)
            filesystem.get_file(file, str(target))
    except ArtifactError:
        raise
    except Exception as error:  # each kind of store raises errors of its own
        raise _gone(version, str(error)) from error
    if not files:
        raise _gone(version, f"there is nothing at {redact_url(location)}")


def _gone(version: ModelVersion, why: str) -> ArtifactError:
    return ArtifactError(
        f"The files of version {version.version} of {version.name!r} cannot be read: {why}.",
        hint="Its entry in the registry is still there; register the model again, or delete the "
        "version.",
    )

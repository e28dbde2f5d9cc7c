"""Where the files of a registered version are, and what they say of its schema."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import yaml  # type: ignore[import-untyped]  # MLflow brings it
from mlflow.exceptions import MlflowException
from mlflow.store.artifact.utils.models import _parse_model_uri
from mlflow.utils.file_utils import local_file_uri_to_path
from mlflow.utils.uri import is_local_uri

from nbtrack.store import Database
from nbtrack.store.logged_models import model_row


@dataclass(frozen=True, slots=True)
class Source:
    """What is known of the files that a version is made of."""

    location: str
    run_id: str | None = None
    model_id: str | None = None


def find_source(
    database: Database,
    uri: str,
    model_id: str | None,
    download_uri: Callable[[str, str], str],
) -> Source:
    """Return where the files at a URI are; ``models:/...`` names a logged model or a version.

    Raises
    ------
    mlflow.exceptions.MlflowException
        There is no such model or version.
    """
    if urlparse(uri).scheme != "models":
        run_id = None if model_id is None else _logged(database, model_id)[1]
        return Source(uri, run_id, model_id)
    try:
        parsed = _parse_model_uri(uri)
        if parsed.model_id is None:
            return Source(download_uri(parsed.name, parsed.version), None, model_id)
        location, run_id = _logged(database, parsed.model_id)
    except Exception as error:
        raise MlflowException(
            f"Unable to fetch model from model URI source artifact location '{uri}'.Error: {error}"
        ) from error
    return Source(location, run_id, model_id or parsed.model_id)


def _logged(database: Database, model_id: str) -> tuple[str, str | None]:
    with database.reading() as connection:
        row = model_row(connection, model_id)
    if row is not None:
        return row.artifact_location, row.source_run_id
    from mlflow import MlflowClient

    model = MlflowClient().get_logged_model(model_id)
    return model.artifact_location, model.source_run_id


def read_schema(location: str) -> dict[str, Any] | None:
    """Return the signature that a local ``MLmodel`` file tells, None where it tells none."""
    with suppress(Exception):  # no local file, or one of another kind: there is no schema to show
        if is_local_uri(location):
            file = Path(local_file_uri_to_path(location)) / "MLmodel"
            signature = yaml.safe_load(file.read_text(encoding="utf-8")).get("signature") or {}
            found = {
                side: json.loads(signature[side])
                for side in ("inputs", "outputs")
                if signature.get(side)
            }
            return found or None
    return None

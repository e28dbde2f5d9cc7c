"""The folder of a model: its files, and ``MLmodel``, which says what they are.

``MLmodel`` is MLflow's own description, written as JSON, which every reader of YAML takes. So
MLflow loads and serves such a folder; its ``nbtrack`` part is what nbtrack itself goes by.
"""

from __future__ import annotations

import importlib
import json
import platform
import shutil
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from nbtrack.errors import InvalidValueError
from nbtrack.model_files import libraries
from nbtrack.model_files.schema import Schema, model_schema

DESCRIPTION = "MLmodel"
MAX_DESCRIPTION = 250_000
"""Bytes of a description that are read."""

FILES = "files"
"""Format of what people have saved themselves."""


class Described(NamedTuple):
    """What a model's description says."""

    library: dict[str, Any]
    """``library``, ``version``, ``format``, and what else its kind needs; empty when unknown."""
    schema: Schema | None


def write_model(
    model: Any, folder: Path, *, schema: Any = None, format: str | None = None, run_id: str | None
) -> Described:
    """Write a model and its description into an empty folder.

    Parameters
    ----------
    model : object or Path
        A model of a library that is known, or the path of a file or folder with a saved one.
    format : str, optional
        See `nbtrack.model_files.libraries.FORMATS`.

    Raises
    ------
    InvalidValueError
        The model cannot be saved, or the schema is none.
    """
    checked = model_schema(schema)
    if isinstance(model, Path):
        facts = _copy(model, folder)
    else:
        facts = libraries.save(model, folder, format)
    file = folder / DESCRIPTION
    if not file.exists():
        described = _description(facts, checked, run_id)
        file.write_text(json.dumps(described, indent=2, ensure_ascii=False), "utf-8")
        return Described(facts, checked)
    found = read_description(file.read_bytes())
    return Described(found.library or facts, checked or found.schema)


def read_description(content: bytes) -> Described:
    """Return what the bytes of a description say; one that cannot be read says nothing."""
    found = _parsed(content)
    flavors = found.get("flavors")
    flavors = flavors if isinstance(flavors, Mapping) else {}
    own = flavors.get("nbtrack")
    library = _plain(own) if isinstance(own, Mapping) else _library_of(flavors)
    return Described(library, _signature(found.get("signature")))


def load_model(folder: Path) -> Any:
    """Load the model of a folder with the library that saved it.

    Raises
    ------
    InvalidValueError
        Nothing says what it is, or its library cannot load it.
    """
    file = folder / DESCRIPTION
    content = file.read_bytes() if file.is_file() else b""
    found = read_description(content)
    if found.library.get("format") == "mlflow":
        return _load_by_mlflow(folder)
    return libraries.load(folder, found.library)


def _copy(source: Path, folder: Path) -> dict[str, Any]:
    if source.is_dir():
        shutil.copytree(source, folder, dirs_exist_ok=True)
    elif source.is_file():
        shutil.copy2(source, folder / source.name)
    else:
        raise InvalidValueError(
            f"There is no file or folder {str(source)!r}.", hint="Save the model first."
        )
    return {"library": None, "version": None, "format": FILES, "file": source.name}


def _description(
    facts: Mapping[str, Any], schema: Schema | None, run_id: str | None
) -> dict[str, Any]:
    flavors: dict[str, Any] = {"nbtrack": dict(facts)}
    if facts["format"] != FILES:
        flavors["python_function"] = {
            "loader_module": "nbtrack.model_files.pyfunc",
            "python_version": platform.python_version(),
        }
    described: dict[str, Any] = {
        "flavors": flavors,
        "model_uuid": uuid.uuid4().hex,
        "run_id": run_id,
        "utc_time_created": datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f"),
    }
    if schema is not None:
        described["signature"] = {
            "inputs": None,
            "outputs": None,
            "params": None,
            **{part: json.dumps(columns) for part, columns in schema.items()},
        }
    return described


def _parsed(content: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(content)
    except RecursionError:
        found = None
    except ValueError:
        found = _parsed_yaml(content)
    return found if isinstance(found, Mapping) else {}


def _parsed_yaml(content: bytes) -> Any:
    try:
        return importlib.import_module("yaml").safe_load(content)
    except Exception:  # no YAML, or no library that reads it
        return None


def _signature(given: Any) -> Schema | None:
    if not isinstance(given, Mapping):
        return None
    # as text only: what YAML repeats by reference would grow without bounds
    parts = {part: given.get(part) for part in ("inputs", "outputs")}
    parts = {part: text for part, text in parts.items() if isinstance(text, str) and text}
    try:
        return model_schema(parts) if parts else None
    except (InvalidValueError, RecursionError):
        return None


def _plain(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {
        str(key): value
        for key, value in facts.items()
        if value is None or isinstance(value, str | int | float)
    }


def _library_of(flavors: Mapping[str, Any]) -> dict[str, Any]:
    """Return what MLflow's own description says of the library."""
    own = [name for name in flavors if name != "python_function"]
    if not own:
        return {"library": "mlflow", "version": None, "format": "mlflow"} if flavors else {}
    facts = flavors[own[0]]
    versions = [
        value
        for key, value in (_plain(facts) if isinstance(facts, Mapping) else {}).items()
        if key.endswith("_version") and key != "python_version"
    ]
    name = "scikit-learn" if own[0] == "sklearn" else str(own[0])
    return {"library": name, "version": versions[0] if versions else None, "format": "mlflow"}


def _load_by_mlflow(folder: Path) -> Any:
    try:
        pyfunc = importlib.import_module("mlflow.pyfunc")
    except ImportError as error:
        raise InvalidValueError(
            "The model was saved by MLflow, which is not installed here.",
            hint="Install it with: pip install 'nbtrack[mlflow]'.",
        ) from error
    return pyfunc.load_model(str(folder))

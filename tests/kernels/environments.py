"""Environments with other versions of Jupyter's parts, made once and kept for the next time."""

from __future__ import annotations

import hashlib
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import platformdirs
import pytest

from tests.uv_environments import EnvironmentMissingError, make_environment

ROOT = Path(__file__).resolve().parents[2]
LABEXTENSION = Path("share/jupyter/labextensions/@nbtrack/labextension")


@dataclass(frozen=True)
class Versions:
    """What an environment holds beside nbtrack."""

    name: str
    requirements: tuple[str, ...]

    def __str__(self) -> str:
        return self.name


def python_with(versions: Versions) -> Path:
    """Return the Python of an environment; skip the test where it cannot be made."""
    folder = _folder(versions)
    python = folder / "bin" / "python"
    if not (folder / "complete").is_file():
        shutil.rmtree(folder, ignore_errors=True)
        try:
            make_environment(
                folder,
                [*versions.requirements, "--editable", str(ROOT)],
                variables={"NBTRACK_SKIP_JS": "1"},
            )
        except EnvironmentMissingError as error:
            shutil.rmtree(folder, ignore_errors=True)
            pytest.skip(f"no environment with {versions.name}: {error}")
        (folder / "complete").touch()
    _renew_extension(folder)
    return python


def _folder(versions: Versions) -> Path:
    """Return where it is kept: by all that it is made of."""
    parts = [sys.version, str(ROOT), (ROOT / "pyproject.toml").read_text(), *versions.requirements]
    digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
    return platformdirs.user_cache_path("nbtrack-tests") / digest


def _renew_extension(folder: Path) -> None:
    """Give the environment's JupyterLab the extension as it is built now."""
    built, installed = ROOT / "nbtrack" / "labextension", folder / LABEXTENSION
    shutil.rmtree(installed, ignore_errors=True)
    if built.is_dir():
        shutil.copytree(built, installed)
        shutil.copy(ROOT / "js" / "labextension" / "install.json", installed)

"""Environments with other versions of Jupyter's parts, made once and kept for the next time."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import platformdirs
import pytest

ROOT = Path(__file__).resolve().parents[2]
LIMIT_SECONDS = 300
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
        try:
            _make(folder, versions)
        except (OSError, subprocess.SubprocessError) as error:
            shutil.rmtree(folder, ignore_errors=True)
            told = (getattr(error, "stderr", None) or str(error)).strip()[-300:]
            pytest.skip(f"no environment with {versions.name}: {told}")
    _renew_extension(folder)
    return python


def _folder(versions: Versions) -> Path:
    """Return where it is kept: by all that it is made of."""
    parts = [sys.version, str(ROOT), (ROOT / "pyproject.toml").read_text(), *versions.requirements]
    digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
    return platformdirs.user_cache_path("nbtrack-tests") / digest


def _make(folder: Path, versions: Versions) -> None:
    places = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    uv = shutil.which("uv", path=places)
    if uv is None:
        raise OSError("uv is missing: pip install uv")
    shutil.rmtree(folder, ignore_errors=True)
    python = folder / "bin" / "python"
    for command in (
        [uv, "venv", "--quiet", "--python", sys.executable, str(folder)],
        [uv, "pip", "install", "--quiet", "--python", str(python), *versions.requirements,
         "--editable", str(ROOT)],
    ):  # fmt: skip
        subprocess.run(
            command,
            check=True,
            capture_output=True,
            text=True,
            timeout=LIMIT_SECONDS,
            env={**os.environ, "NBTRACK_SKIP_JS": "1"},
        )
    (folder / "complete").touch()


def _renew_extension(folder: Path) -> None:
    """Give the environment's JupyterLab the extension as it is built now."""
    built, installed = ROOT / "nbtrack" / "labextension", folder / LABEXTENSION
    shutil.rmtree(installed, ignore_errors=True)
    if built.is_dir():
        shutil.copytree(built, installed)
        shutil.copy(ROOT / "js" / "labextension" / "install.json", installed)

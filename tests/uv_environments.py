"""Environments of their own for other versions and other trackers, made by uv."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

LIMIT_SECONDS = 300


class EnvironmentMissingError(Exception):
    """The environment could not be made; the message is the end of what was said."""


def make_environment(
    folder: Path,
    requirements: Sequence[str],
    *,
    variables: Mapping[str, str] | None = None,
) -> Path:
    """Install packages into an environment, which is made where it is missing.

    Returns
    -------
    Path
        Its Python, of this one's version.

    Raises
    ------
    EnvironmentMissingError
        uv is missing or has failed.
    """
    places = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    uv = shutil.which("uv", path=places)
    if uv is None:
        raise EnvironmentMissingError("uv is missing: pip install uv")
    python = folder / "bin" / "python"
    for command in (
        [uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, str(folder)],
        [uv, "pip", "install", "--quiet", "--python", str(python), *requirements],
    ):
        try:
            subprocess.run(
                command, check=True, capture_output=True, text=True, timeout=LIMIT_SECONDS,
                env={**os.environ, **(variables or {})},
            )  # fmt: skip
        except (OSError, subprocess.SubprocessError) as error:
            told = (getattr(error, "stderr", None) or str(error)).strip()[-300:]
            raise EnvironmentMissingError(told) from error
    return python

"""``nbtrack demo``: JupyterLab, opened on the first notebook."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from nbtrack.errors import ConfigError, UserError

FIRST_NOTEBOOK = "01_first_run.ipynb"


def start_demo(folder: Path, options: list[str]) -> int:
    """Become a JupyterLab that shows a copy of the first notebook.

    Parameters
    ----------
    folder : pathlib.Path
        Created if missing. A notebook that is already there is left as it is.
    options : list of str
        Further options of ``jupyter lab``.

    Returns
    -------
    int
        JupyterLab's exit code, where it had to be a process of its own (Windows).

    Raises
    ------
    UserError
        JupyterLab is not installed, or `folder` cannot be written.
    """
    if find_spec("jupyterlab") is None:
        raise UserError(
            "JupyterLab is not installed here.", hint="Install it: pip install 'nbtrack[lab]'"
        )
    copy_notebook(folder)
    command = lab_command(folder, options)
    if os.name == "posix":
        os.execv(command[0], command)  # noqa: S606  # signals reach JupyterLab itself
    return subprocess.run(command, check=False).returncode


def copy_notebook(folder: Path) -> None:
    """Put the first notebook into a folder, unless it is there."""
    target = folder / FIRST_NOTEBOOK
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            shutil.copyfile(notebooks_folder() / FIRST_NOTEBOOK, target)
    except OSError as error:
        raise UserError(f"{target} cannot be written: {error.strerror}.") from error


def notebooks_folder() -> Path:
    """Return the folder of the notebooks: in the installed package, else in the checkout."""
    package = Path(__file__).resolve().parent
    for folder in (package / "notebooks", package.parent / "notebooks"):
        if (folder / FIRST_NOTEBOOK).is_file():
            return folder
    raise ConfigError(f"This installation of nbtrack lacks {FIRST_NOTEBOOK}.")


def lab_command(folder: Path, options: list[str]) -> list[str]:
    """Return the command that starts JupyterLab with the notebook's address as its URL."""
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        f"--ServerApp.root_dir={folder.resolve()}",
        f"--LabApp.default_url=/lab/tree/{FIRST_NOTEBOOK}",
        *options,
    ]
    if getattr(os, "geteuid", lambda: 1)() == 0:
        command.append("--allow-root")  # a Jupyter server refuses to start as root otherwise
    return command

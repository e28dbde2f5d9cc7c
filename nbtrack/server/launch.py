"""``nbtrack ui``: a Jupyter server that opens on the dashboard's page."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec

from nbtrack.config import load_config
from nbtrack.errors import UserError


def start_page(store: str | None, *, port: int | None, ip: str | None, browser: bool) -> int:
    """Become a Jupyter server that shows one store's dashboard.

    Parameters
    ----------
    store : str, optional
        Another store than the configured one.
    port, ip : int and str, optional
        Where to listen; Jupyter's own defaults when not given.
    browser : bool
        Open the page in the browser; its address is printed in any case.

    Returns
    -------
    int
        The server's exit code, where it had to be a process of its own (Windows).

    Raises
    ------
    UserError
        Jupyter Server is not installed.
    ConfigError
        `store` is no store.
    """
    if find_spec("jupyter_server") is None:
        raise UserError(
            "Jupyter Server is not installed here.",
            hint="Install it: pip install 'nbtrack[server]'",
        )
    variables = dict(os.environ)
    if store is not None:
        variables["NBTRACK_STORE"] = load_config(store).store_url
    command = page_command(port=port, ip=ip, browser=browser)
    if os.name == "posix":
        os.execve(command[0], command, variables)  # noqa: S606  # signals reach the server itself
    return subprocess.run(command, env=variables, check=False).returncode


def page_command(*, port: int | None, ip: str | None, browser: bool) -> list[str]:
    """Return the command that starts the server.

    Examples
    --------
    >>> page_command(port=9000, ip=None, browser=False)[1:5]
    ['-m', 'nbtrack.server', '--ServerApp.port=9000', '--no-browser']
    """
    command = [sys.executable, "-m", "nbtrack.server"]
    if port is not None:
        command.append(f"--ServerApp.port={port}")
    if ip is not None:
        command.append(f"--ServerApp.ip={ip}")
    if not browser:
        command.append("--no-browser")
    if getattr(os, "geteuid", lambda: 1)() == 0:
        command.append("--allow-root")  # a Jupyter server refuses to start as root otherwise
    return command

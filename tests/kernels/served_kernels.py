"""A Jupyter server of its own process, and its kernels, spoken to as a front end does."""

from __future__ import annotations

import itertools
import json
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient

from tests.kernels.kernel_client import Home, Kernel
from tests.waiting import DEADLINE_SECONDS, until

TOKEN = "token-of-the-tests"
EMPTY_NOTEBOOK = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
_NUMBERS = itertools.count(1)


class ServedKernel(Kernel):
    """A kernel that a server has started."""

    def __init__(self, home: Home, server: JupyterServer, session: dict[str, Any]) -> None:
        self.home = home
        self.server = server
        self.kernel_id = session["kernel"]["id"]
        self._cells = {}
        self.connect()

    def connect(self) -> None:
        """Speak to the process that the kernel has now."""
        file = self.home.folder / "jupyter_runtime_dir" / f"kernel-{self.kernel_id}.json"
        until(file.exists, "the connection file")
        self.client = BlockingKernelClient(connection_file=str(file))
        self.client.load_connection_file()
        self.client.start_channels()
        until(self._answers, "the kernel's answer")
        self.client.wait_for_ready(timeout=DEADLINE_SECONDS)

    def _answers(self) -> bool:
        try:
            self.client.kernel_info(reply=True, timeout=1)
        except TimeoutError:
            return False
        return True

    @property
    def pid(self) -> int:
        """The process id, asked of an idle kernel."""
        return int(self.run("import os\nos.getpid()").result or 0)

    def act(self, action: str) -> None:
        """Let the server restart or interrupt the kernel."""
        self.server.ask("POST", f"api/kernels/{self.kernel_id}/{action}")

    def shut_down(self) -> None:
        """Let the server shut the kernel down."""
        self.server.ask("DELETE", f"api/kernels/{self.kernel_id}")

    def close(self) -> None:
        """Stop listening."""
        self.client.stop_channels()


class JupyterServer:
    """A running ``jupyter server`` of a user."""

    def __init__(self, home: Home, *options: str) -> None:
        self.home = home
        log = home.folder / "server.log"
        command = [
            sys.executable, "-m", "jupyter_server", "--allow-root", "--no-browser", "--port=0",
            f"--IdentityProvider.token={TOKEN}",
            "--ServerApp.jpserver_extensions={'nbtrack': True}",
            f"--ServerApp.root_dir={home.work}", *options,
        ]  # fmt: skip
        with log.open("w") as output:
            self.process = subprocess.Popen(
                command, env=home.environment, cwd=home.work, stdout=output, stderr=output
            )
        address = until(lambda: _address(log), "the server's address")
        assert address is not None
        self.url = address
        until(self._answers, "the server's answer")

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Ask the server's REST interface."""
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"token {TOKEN}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=DEADLINE_SECONDS) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def _answers(self) -> bool:
        try:
            return bool(self.ask("GET", "api")["version"])
        except OSError:
            return False

    def start_kernel(self) -> ServedKernel:
        """Start a kernel for a notebook of its own."""
        name = f"study-{next(_NUMBERS)}.ipynb"
        (self.home.work / name).write_text(EMPTY_NOTEBOOK)
        wanted = {"path": name, "type": "notebook", "name": "",
                  "kernel": {"name": "python3"}}  # fmt: skip
        return ServedKernel(self.home, self, self.ask("POST", "api/sessions", wanted))

    def close(self) -> None:
        """End the server, with its kernels."""
        self.process.terminate()
        self.process.wait(DEADLINE_SECONDS)


def _address(log: Path) -> str | None:
    found = re.search(r"http://127\.0\.0\.1:(\d+)/", log.read_text())
    return found.group(0) if found else None


@contextmanager
def running_server(home: Home, *options: str) -> Iterator[JupyterServer]:
    """Run a server, and end it afterwards."""
    server = JupyterServer(home, *options)
    try:
        yield server
    finally:
        server.close()

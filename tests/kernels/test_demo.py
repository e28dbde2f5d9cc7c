"""``nbtrack demo``, started as a user starts it."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from nbtrack.demo import FIRST_NOTEBOOK, notebooks_folder
from tests.waiting import until

PRINTED_URL = re.compile(rf"http://127\S+/lab/tree/{re.escape(FIRST_NOTEBOOK)}\?token=\S+")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def status_of(url: str) -> int | None:
    try:
        with urlopen(url) as page:
            status: int = page.status
            return status
    except URLError:  # the URL is printed just before the server listens
        return None


def test_the_printed_url_opens_the_first_notebook(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    command = [sys.executable, "-m", "nbtrack", "demo", "--folder", str(folder)]
    options = ["--no-browser", f"--ServerApp.port={free_port()}", "--ServerApp.ip=127.0.0.1"]
    with subprocess.Popen([*command, *options], stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        try:
            log = iter(server.stderr.readline, "")
            url = next(filter(None, map(PRINTED_URL.search, log)))[0]
            assert until(lambda: status_of(url), "the notebook's page") == 200
        finally:
            server.terminate()
            server.stderr.read()
    assert server.returncode == 0
    original = (notebooks_folder() / FIRST_NOTEBOOK).read_bytes()
    assert (folder / FIRST_NOTEBOOK).read_bytes() == original

"""A real JupyterLab with a real kernel, driven in a real Chromium."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.notebook_page import NotebookPage
from tests.waiting import until

ROOT = Path(__file__).parents[2]
NOTEBOOKS = ROOT / "notebooks"
SCREENSHOTS = ROOT / "tests" / "browser" / "screenshots"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
APPUTILS = "@jupyterlab/apputils-extension"


class Lab:
    """A JupyterLab server of its own, with folders of its own.

    Parameters
    ----------
    folder : Path
        What it keeps is below it.
    python : Path
        Where it is installed.
    application : str
        ``jupyterlab``, or ``notebook`` with the same options.
    """

    def __init__(
        self,
        folder: Path,
        python: Path = Path(sys.executable),
        application: str = "jupyterlab",
    ) -> None:
        self.folder = folder
        self._command = [str(python), "-m", application]
        self.notebooks = folder / "notebooks"
        self.store = folder / "data" / "nbtrack" / "nbtrack.db"
        self.token = secrets.token_hex(16)
        self.port = _free_port()
        self._log = folder / "server.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.notebooks.mkdir(parents=True, exist_ok=True)
        self._write_settings()
        command = [
            *self._command, "--no-browser", "--allow-root",
            "--expose-app-in-browser",
            "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={self.port}",
            "--ServerApp.port_retries=0", f"--IdentityProvider.token={self.token}",
            f"--ServerApp.root_dir={self.notebooks}",
        ]  # fmt: skip
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command, env=self.environment(), stdout=log, stderr=subprocess.STDOUT
            )
        until(self._answers, f"JupyterLab to answer; its log: {self._log}")

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=30)

    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def _answers(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            pytest.fail(f"JupyterLab ended:\n{self.log()[-4000:]}")
        try:
            urllib.request.urlopen(f"{self.url}/api/status?token={self.token}").close()
        except (urllib.error.URLError, ConnectionError):
            return False
        return True

    @property
    def pid(self) -> int:
        """Process id of the server."""
        assert self._process is not None
        return self._process.pid

    def environment(self) -> dict[str, str]:
        """Return the environment of the server, in which other processes see its store."""
        own = {
            "JUPYTER_CONFIG_DIR": "config",
            "JUPYTER_DATA_DIR": "data",
            "JUPYTER_RUNTIME_DIR": "runtime",
            "IPYTHONDIR": "ipython",
            "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
            "JUPYTERLAB_SETTINGS_DIR": "settings",
            "TMPDIR": "tmp",
        }
        (self.folder / "tmp").mkdir(exist_ok=True)
        kept = {key: value for key, value in os.environ.items() if not key.startswith("NBTRACK_")}
        kept.pop("JPY_SESSION_NAME", None)
        return {
            **kept,
            **{name: str(self.folder / path) for name, path in own.items()},
            "ANYWIDGET_HMR": "0",
            "PYTHONPATH": str(ROOT),
        }

    def _write_settings(self) -> None:
        folder = self.folder / "settings" / APPUTILS
        folder.mkdir(parents=True, exist_ok=True)
        news = {"fetchNews": "false", "checkForUpdates": False}
        (folder / "notification.jupyterlab-settings").write_text(json.dumps(news))


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    lab = Lab(tmp_path_factory.mktemp("lab"))
    lab.start()
    yield lab
    lab.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=60_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=_chromium(), args=list(CHROMIUM_OPTIONS)
        )
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1360, "height": 900})
    page = context.new_page()
    page.set_default_timeout(60_000)
    yield page
    context.close()


@dataclass(frozen=True)
class Wire:
    """What carries requests: HTTP to the server, or the comm where that has another store."""

    load: str
    """A cell that loads nbtrack and chooses the store."""
    store: Path


@pytest.fixture(params=["http", "comm"])
def wire(request: pytest.FixtureRequest, lab: Lab) -> Wire:
    if request.param == "http":
        return Wire("%load_ext nbtrack", lab.store)
    store = lab.folder / "other" / "runs.db"
    return Wire(f"%load_ext nbtrack\n%track store {store}", store)


@pytest.fixture
def open_notebook(lab: Lab, page: Page) -> Callable[..., NotebookPage]:
    """Open a notebook, given by its path in the server's folder, ready to run."""

    def open_one(path: str, *, theme: str = "light") -> NotebookPage:
        opened = NotebookPage(page, lab.url, lab.token, path)
        opened.open(theme=theme)
        return opened

    return open_one


@pytest.fixture
def new_notebook(lab: Lab) -> Callable[[str, list[str]], str]:
    """Write a notebook with the given cells and return its path."""

    def write(name: str, cells: list[str]) -> str:
        content = {
            "cells": [
                {
                    "cell_type": "code",
                    "id": f"cell-{number}",
                    "metadata": {},
                    "source": source,
                    "outputs": [],
                    "execution_count": None,
                }
                for number, source in enumerate(cells)
            ],
            "metadata": {
                "kernelspec": {
                    "name": "python3",
                    "display_name": "Python 3 (ipykernel)",
                    "language": "python",
                }
            },
            "nbformat": 4,
            "nbformat_minor": 5,
        }
        (lab.notebooks / name).write_text(json.dumps(content))
        return name

    return write


@pytest.fixture
def first_run(lab: Lab) -> str:
    """Copy the README's notebook to where the server sees it."""
    shutil.copy(NOTEBOOKS / "01_first_run.ipynb", lab.notebooks)
    return "01_first_run.ipynb"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _chromium() -> str:
    given = os.environ.get("NBTRACK_CHROMIUM")
    found = given or next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if found is None:
        pytest.fail("These tests need Chromium: apt-get install chromium, or set NBTRACK_CHROMIUM.")
    return found

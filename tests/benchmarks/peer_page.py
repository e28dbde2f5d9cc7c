"""A peer's dashboard over the same runs, in an environment of its own, served and opened."""

from __future__ import annotations

import os
import signal
import socket
import statistics
import subprocess
import urllib.error
import urllib.request
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from playwright.sync_api import Browser, Page
from playwright.sync_api import TimeoutError as PageTimeoutError

from tests.benchmarks.grid_page import Expected
from tests.uv_environments import EnvironmentMissingError, make_environment
from tests.waiting import until

LIMIT_MS = 120_000.0
START_SECONDS = 180.0

Times = dict[str, list[float | None]]
"""What the page does -> milliseconds of each time; None is beyond the limit."""


class PeerPage(ABC):
    """The dashboard of another tracker."""

    name: ClassVar[str]
    distribution: ClassVar[str]
    requirement: ClassVar[str]

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.python = folder / "environment" / "bin" / "python"

    @abstractmethod
    def copy(self, store: Path) -> None:
        """Fill the peer's database with the runs of a store."""

    @abstractmethod
    def command(self, port: int) -> Sequence[str | Path]:
        """Return what serves the dashboard."""

    @abstractmethod
    def measure(self, browser: Browser, url: str, expected: Expected, repetitions: int) -> Times:
        """Return what the page's actions take; `url` is the server's root."""

    def environment(self) -> dict[str, str]:
        """Return the environment variables of the peer's processes."""
        path = f"{self.python.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        return {**os.environ, "DO_NOT_TRACK": "true", "PATH": path}

    def install(self) -> str | None:
        """Make the environment; return why that failed, or None."""
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            make_environment(self.folder / "environment", [self.requirement])
        except EnvironmentMissingError as error:
            return f"it could not be installed: {error}"
        return None

    def version(self) -> str:
        """Return the version of the peer."""
        return self.run(
            f"import importlib.metadata as m; print(m.version('{self.distribution}'))"
        ).strip()

    def run(self, code: str, *arguments: str) -> str:
        """Return what a piece of Python prints in the peer's environment."""
        return subprocess.check_output(
            [str(self.python), "-c", code, *arguments],
            text=True, env=self.environment(), stderr=subprocess.DEVNULL, cwd=self.folder,
        )  # fmt: skip

    @contextmanager
    def served(self) -> Iterator[str]:
        """Serve the dashboard and give its address."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        with (self.folder / "server.log").open("wb") as log:
            server = subprocess.Popen(
                self.command(port), env=self.environment(), cwd=self.folder,
                stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        url = f"http://127.0.0.1:{port}"
        try:
            until(lambda: _answers(url), f"{self.name} to answer", START_SECONDS)
            yield url
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(timeout=30)


def opened(
    browser: Browser, address: str, is_there: str, argument: str
) -> tuple[Page, float | None]:
    """Return a new page, and the time from opening it until a predicate holds.

    Parameters
    ----------
    is_there : str
        A JavaScript predicate of `argument`.
    """
    page = browser.new_context(viewport={"width": 1360, "height": 900}).new_page()
    page.set_default_timeout(LIMIT_MS)
    page.goto("about:blank")
    page.goto(address, wait_until="commit")
    try:
        page.wait_for_function(is_there, arg=argument)
    except PageTimeoutError:
        return page, None
    return page, float(page.evaluate("() => performance.now()"))


def ratio_lines(ours: dict[str, float], times: Times) -> list[str]:
    """Return a row a figure: our median, the peer's, and how many times ours that is."""
    lines = []
    for name, samples in times.items():
        own = ours[name]
        known = [sample for sample in samples if sample is not None]
        if len(known) < len(samples):
            least = f"more than {LIMIT_MS / own:,.0f}"
            lines.append(f"| {name} | {own:.0f} ms | not within 120 s | {least} |")
            continue
        peer = statistics.median(known)
        lines.append(f"| {name} | {own:.0f} ms | {peer:,.0f} ms | {peer / own:.1f} |")
    return lines


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url).close()
    except (urllib.error.URLError, ConnectionError):
        return False
    return True

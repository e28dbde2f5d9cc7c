"""The dashboard as a page of its own: ``nbtrack ui`` in a real Chromium."""

from __future__ import annotations

import os
import re
import secrets
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from nbtrack.api import Store
from nbtrack.config import load_config
from tests.waiting import until


class PageServer:
    """``nbtrack ui`` about a store of its own."""

    def __init__(self, folder: Path) -> None:
        self.store_file = folder / "store" / "runs.db"
        self.token = secrets.token_hex(16)
        self._folder = folder
        self._port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/nbtrack"

    @property
    def log(self) -> str:
        return (self._folder / "log").read_text(errors="replace")

    def start(self) -> None:
        command = [
            sys.executable, "-m", "nbtrack", "ui", "--no-browser", f"--port={self._port}",
            f"--store={self.store_file}",
        ]  # fmt: skip
        own = {
            f"JUPYTER_{name}_DIR": str(self._folder / name)
            for name in ("CONFIG", "DATA", "RUNTIME")
        }
        variables = {**os.environ, **own, "JUPYTER_TOKEN": self.token}
        with (self._folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                command, env=variables, stdout=log, stderr=subprocess.STDOUT, cwd=self._folder
            )
        until(self._answers, "the page's server")

    def stop(self) -> None:
        assert self._process is not None
        self._process.terminate()
        self._process.wait(timeout=30)

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.log
        try:
            urllib.request.urlopen(f"{self.url}?token={self.token}").close()
        except (urllib.error.URLError, ConnectionError):
            return False
        return True


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageServer]:
    server = PageServer(tmp_path_factory.mktemp("page"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def store(server: PageServer) -> Iterator[Store]:
    store = Store(load_config(server.store_file))
    yield store
    store.close()


@pytest.fixture
def complaints(page: Page) -> list[str]:
    """What the page writes to its console: a policy that is broken, among others."""
    heard: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            heard.append(message.text)

    page.on("console", hear)
    page.on("pageerror", lambda error: heard.append(str(error)))
    return heard


def record(store: Store, *names: str, experiment: str = "digits") -> None:
    for name in names:
        with store.start_run(name, experiment=experiment) as run:
            run.log_metric("acc", 0.5)


def test_all_experiments_live_and_changed(
    server: PageServer, store: Store, page: Page, complaints: list[str]
) -> None:
    record(store, "one", "two")
    record(store, "three", experiment="letters")
    page.goto(f"{server.url}?token={server.token}")
    grid = page.get_by_role("treegrid", name="Runs")
    expect(grid).to_have_attribute("aria-rowcount", "3")
    record(store, "four")
    expect(grid).to_have_attribute("aria-rowcount", "4")

    page.get_by_role("button", name="Expand one").click()
    for tab in ("Code", "Host", "Timeline", "Overview"):
        page.get_by_role("tab", name=tab, exact=True).click()
        expect(page.get_by_role("tabpanel", name=tab)).to_be_visible()
    page.get_by_role("button", name="Delete two").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(grid).to_have_attribute("aria-rowcount", "3")
    page.get_by_role("button", name="Undo").click()
    expect(grid).to_have_attribute("aria-rowcount", "4")
    assert complaints == []


def test_the_grid_fills_the_window(server: PageServer, store: Store, page: Page) -> None:
    record(store, "filling")
    page.goto(f"{server.url}?token={server.token}")
    expect(page.get_by_role("treegrid", name="Runs")).to_be_visible()
    for height in (900, 500):
        page.set_viewport_size({"width": 1200, "height": height})
        page.wait_for_function(
            """() => {
              const { bottom } = document.querySelector('.nbtrack').getBoundingClientRect();
              return bottom <= innerHeight && bottom > innerHeight - 40;
            }"""
        )


def test_a_stranger_sees_nothing(server: PageServer, page: Page) -> None:
    page.goto(server.url)
    expect(page.get_by_role("textbox", name=re.compile("Password or token"))).to_be_visible()
    expect(page.get_by_role("region", name="nbtrack dashboard")).to_have_count(0)


def test_no_script_but_the_pages_own_runs(
    server: PageServer, page: Page, complaints: list[str]
) -> None:
    response = page.goto(f"{server.url}?token={server.token}")
    assert response is not None
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    page.evaluate(
        """() => {
          const script = document.createElement('script');
          script.textContent = 'window.hurt = true';
          document.body.append(script);
        }"""
    )
    assert page.evaluate("window.hurt") is None
    assert any("Content Security Policy" in complaint for complaint in complaints)


@pytest.mark.parametrize(
    ("scheme", "background"), [("light", "rgb(255, 255, 255)"), ("dark", "rgb(17, 17, 17)")]
)
def test_light_and_dark_by_the_system(
    server: PageServer, browser: Browser, scheme: str, background: str
) -> None:
    context = browser.new_context(color_scheme="dark" if scheme == "dark" else "light")
    page = context.new_page()
    page.goto(f"{server.url}?token={server.token}")
    expect(page.get_by_role("region", name="nbtrack dashboard")).to_have_css(
        "background-color", background
    )
    context.close()


def test_a_page_goes_on_when_its_server_was_restarted(
    server: PageServer, store: Store, page: Page
) -> None:
    page.goto(f"{server.url}?token={server.token}")
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    server.stop()
    expect(page.get_by_text("Disconnected")).to_be_visible()
    record(store, "meanwhile")
    server.start()
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Expand meanwhile")).to_be_visible()


def test_the_address_is_printed(server: PageServer) -> None:
    until(lambda: f"{server.url}?token=" in server.log, f"the address in {server.log}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

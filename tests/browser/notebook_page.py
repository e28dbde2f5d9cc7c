"""A notebook in JupyterLab, and the dashboards in it, as a user handles them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

READY = """() => {
  const app = window.jupyterapp;
  const panel = app?.shell?.currentWidget;
  return Boolean(panel?.content?.activeCell) && panel.sessionContext?.isReady
    && panel.sessionContext.session?.kernel?.status === 'idle'
    && app.commands.isEnabled('notebook:run-all-cells');
}"""


class NotebookPage:
    """One notebook, open in a workspace of its own."""

    def __init__(self, page: Page, url: str, token: str, path: str) -> None:
        self.page = page
        self._address = f"{url}/lab/workspaces/{uuid.uuid4().hex}/tree/{path}?token={token}"

    def open(self, *, theme: str = "light") -> None:
        """Open the notebook and wait until its kernel is ready."""
        self.page.goto(self._address)
        self.page.wait_for_function(READY)
        self.page.evaluate("() => { window.jupyterapp.shell.collapseLeft(); }")
        self.command("apputils:change-theme", {"theme": f"JupyterLab {theme.title()}"})
        light = "true" if theme == "light" else "false"
        self.page.wait_for_selector(f"body[data-jp-theme-light='{light}']", state="attached")

    def command(self, name: str, arguments: object = None) -> None:
        """Run a command of JupyterLab and wait until it is done."""
        self.page.evaluate(
            "([name, args]) => window.jupyterapp.commands.execute(name, args ?? undefined)",
            [name, arguments],
        )

    def start_command(self, name: str) -> None:
        """Run a command of JupyterLab without waiting for its end."""
        self.page.evaluate("(name) => { void window.jupyterapp.commands.execute(name); }", name)

    def run_all(self) -> None:
        """Run all cells and wait for the last one."""
        self.command("notebook:run-all-cells")

    def select_cell(self, index: int) -> None:
        """Make a cell the active one."""
        self.page.evaluate(
            "(index) => { jupyterapp.shell.currentWidget.content.activeCellIndex = index; }", index
        )

    def save(self) -> None:
        """Save the notebook."""
        self.command("docmanager:save")

    def shut_down(self) -> None:
        """Shut the kernel down."""
        self.page.evaluate(
            "async () => { await window.jupyterapp.shell.currentWidget.sessionContext.shutdown(); }"
        )

    def scroll_to_top(self) -> None:
        """Show the notebook's beginning."""
        self.page.evaluate(
            "() => { document.querySelector('.jp-WindowedPanel-outer').scrollTop = 0; }"
        )

    def dashboard(self, number: int = 0) -> Locator:
        """Return one of the dashboards on the page."""
        return self.page.get_by_role("region", name="nbtrack dashboard").nth(number)

    def screenshot(self, path: Path) -> None:
        """Take a picture of the notebook, with no mouse over it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.page.mouse.move(0, 0)
        self.page.locator(".jp-NotebookPanel").screenshot(path=path)


NewNotebook = Callable[[str, list[str]], str]
"""Writes a notebook of that name with those cells and returns its path."""

OpenNotebook = Callable[..., NotebookPage]
"""Opens the notebook of a path in JupyterLab."""


def grid(dashboard: Locator) -> Locator:
    """Return the runs of a dashboard."""
    return dashboard.get_by_role("treegrid", name="Runs")


def expect_rows(dashboard: Locator, number: int) -> None:
    """Wait until the visible tree has so many rows."""
    expect(grid(dashboard)).to_have_attribute("aria-rowcount", str(number))

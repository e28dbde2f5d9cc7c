"""The walk of a newcomer: open the README's notebook, run it, look, delete a run."""

from __future__ import annotations

import re
import sqlite3

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import SCREENSHOTS, Lab
from tests.browser.notebook_page import OpenNotebook
from tests.waiting import until

SOME_ROWS = """() => {
  const grid = document.querySelector('.nbtrack [role=treegrid]');
  const rows = Number(grid?.getAttribute('aria-rowcount'));
  return rows > 0 && rows < 9;
}"""


def stages(lab: Lab) -> dict[str, str]:
    """Return run name -> stage, as the store itself says."""
    connection = sqlite3.connect(f"file:{lab.store}?mode=ro", uri=True)
    try:
        return dict(connection.execute("SELECT run_name, stage FROM runs"))
    finally:
        connection.close()


def row(dashboard: Locator, name: str) -> Locator:
    cell = dashboard.page.locator("[data-column='attributes.run_name']")
    named = cell.filter(has_text=re.compile(f"^{re.escape(name)}$"))
    return dashboard.locator("[role=row][data-run-id]").filter(has=named)


def status(dashboard: Locator, name: str) -> Locator:
    return row(dashboard, name).locator("[data-column='attributes.status']")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_newcomer_runs_all_looks_and_deletes(
    lab: Lab, open_notebook: OpenNotebook, first_run: str, theme: str
) -> None:
    if lab.store.exists():
        _forget_runs(lab)
    notebook = open_notebook(first_run, theme=theme)
    notebook.start_command("notebook:run-all-cells")
    dashboard = notebook.dashboard()

    # the table fills while the cells after it still run
    notebook.page.wait_for_function(SOME_ROWS)
    expect(status(dashboard, "stopped")).to_have_text("interrupted", timeout=60_000)
    expect(status(dashboard, "too-few")).to_have_text("failed")
    expect(status(dashboard, "sweep")).to_have_text("completed")
    grid = dashboard.get_by_role("treegrid", name="Runs")
    expect(grid).to_have_attribute("aria-rowcount", "9")

    notebook.scroll_to_top()
    dashboard.get_by_role("button", name="Expand sgd alpha=0.01").click()
    expect(dashboard.get_by_role("tabpanel", name="Overview").get_by_text("loss")).to_be_visible()
    expect(dashboard.get_by_text("9 runs")).to_have_count(2)  # above the grid and below it
    notebook.screenshot(SCREENSHOTS / f"dashboard-{theme}.png")
    dashboard.get_by_role("button", name="Collapse sgd alpha=0.01").click()

    dashboard.get_by_role("button", name="Expand forest").click()
    expect(row(dashboard, "forest")).to_have_attribute("aria-expanded", "true")
    _look_at_details(dashboard)
    notebook.screenshot(SCREENSHOTS / f"expanded-{theme}.png")
    dashboard.get_by_role("button", name="Collapse forest").click()

    dashboard.get_by_role("button", name="Delete too-few").click()
    question = notebook.page.get_by_role("dialog", name="Delete run")
    question.get_by_role("button", name="Delete").click()
    expect(row(dashboard, "too-few")).to_have_count(0)
    until(lambda: stages(lab)["too-few"] == "deleted", "the store to mark the run")

    dashboard.get_by_role("button", name="Undo").click()
    expect(row(dashboard, "too-few")).to_have_count(1)
    until(lambda: stages(lab)["too-few"] == "active", "the store to restore the run")
    notebook.shut_down()


def _look_at_details(dashboard: Locator) -> None:
    def see(tab: str, text: str) -> None:
        dashboard.get_by_role("tab", name=tab, exact=True).click()
        expect(dashboard.get_by_role("tabpanel", name=tab).get_by_text(text).first).to_be_visible()

    see("Overview", "depth")
    see("Code", "RandomForestClassifier")
    see("Host", "CPU")
    see("Dependencies", "scikit-learn")
    see("Timeline", "completed")
    see("Artifacts", "confusion.png")
    dashboard.get_by_text("confusion.png").first.click()
    expect(dashboard.get_by_role("img", name="confusion.png")).to_be_visible()


def _forget_runs(lab: Lab) -> None:
    connection = sqlite3.connect(lab.store)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("DELETE FROM runs")
    connection.execute("UPDATE meta SET revision = revision + 1")
    connection.commit()
    connection.close()

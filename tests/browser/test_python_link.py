"""One view, two hands: what Python sets moves the page, what the page sets is there in Python."""

from __future__ import annotations

from playwright.sync_api import Locator, expect

from tests.browser.conftest import Wire
from tests.browser.notebook_page import NewNotebook, OpenNotebook, grid
from tests.browser.test_dashboard import RECORD
from tests.waiting import until

SET = 'dash.where = "params.lr >= 0.6"'
SET_VIEW = 'dash.view = {"group_by": ["params.lr"], "sort": ["-metrics.acc"]}'
TELL = """print("where", dash.where)
print("found", sorted(nbtrack.runs(dash.where, experiments=["link"])["run_name"]))
print("selected", sorted(dash.selected["run_name"]))
print("visible", sorted(dash.visible["run_name"]))"""


def test_python_moves_the_page_and_the_page_arrives_in_python(
    wire: Wire, new_notebook: NewNotebook, open_notebook: OpenNotebook
) -> None:
    cells = [wire.load, RECORD.format(runs=9), "dash = nbtrack.Dashboard()\ndash"]
    notebook = open_notebook(new_notebook("link.ipynb", [*cells, SET, SET_VIEW, TELL]))
    for _ in cells:
        notebook.command("notebook:run-cell-and-select-next")
    dashboard = notebook.dashboard()
    expect(grid(dashboard)).to_have_attribute("aria-rowcount", "9")

    notebook.command("notebook:run-cell-and-select-next")
    expect(dashboard.get_by_role("searchbox", name="Search runs")).to_have_value("params.lr >= 0.6")
    expect(grid(dashboard)).to_have_attribute("aria-rowcount", "3")
    notebook.command("notebook:run-cell-and-select-next")
    expect(dashboard.get_by_role("button", name="Remove group lr")).to_be_visible()
    expect(dashboard.locator("[data-group]")).to_have_count(3)

    dashboard.get_by_role("button", name="Remove group lr").click()
    _filter_accuracy(dashboard, "7")
    expect(grid(dashboard)).to_have_attribute("aria-rowcount", "2")
    dashboard.get_by_role("checkbox", name="Select run 8").check()
    dashboard.locator("[data-run-id]", has_text="run 7").hover()
    dashboard.get_by_role("button", name="Hide run 7").click()
    expect(dashboard.get_by_role("button", name="Show run 7")).to_be_visible()

    output = notebook.page.locator(".jp-CodeCell").nth(5).locator(".jp-OutputArea-output")
    said = "found ['run 7', 'run 8']\nselected ['run 8']\nvisible ['run 8']"

    def is_told() -> bool:
        notebook.select_cell(5)
        notebook.command("notebook:run-cell")
        expect(output).to_contain_text("visible")
        return said in output.inner_text()

    until(is_told, "what was chosen in the page to arrive in Python")
    expect(output).to_contain_text("metrics.acc >= 7")
    notebook.shut_down()


def _filter_accuracy(dashboard: Locator, least: str) -> None:
    header = dashboard.get_by_role("columnheader", name="acc", exact=True)
    header.hover()
    header.get_by_role("button", name="Filter acc").click()
    dialog = dashboard.page.get_by_role("dialog", name="Filter acc")
    dialog.get_by_role("combobox", name="Operator").select_option(">=")
    dialog.get_by_role("spinbutton", name="Value").fill(least)
    dialog.get_by_role("button", name="Apply").click()

"""From the notebook to the grid and back, in a real JupyterLab, over both wires."""

from __future__ import annotations

import json

from playwright.sync_api import Locator, expect

from tests.browser.notebook_page import NotebookPage
from tests.browser.test_dashboard import (
    RECORD,
    NewNotebook,
    OpenNotebook,
    Wire,
    grid,
    stored_views,
    wire,
)
from tests.waiting import until

__all__ = ["wire"]

SET = """if dash.where == "":
    print("begun")
else:
    dash.view = {"search": "params.lr >= 0.8", "sort": "-metrics.acc"}"""
ASK = """print(json.dumps([dash.where, dash.view.get("sort"),
    dash.visible["run_name"].tolist(), dash.selected.get("run_name", []).__len__()]))"""


def run_cell(notebook: NotebookPage, number: int) -> None:
    """Execute one cell as a user does."""
    cell = notebook.page.locator(".jp-Notebook .jp-Cell").nth(number)
    cell.locator(".cm-content").click()
    notebook.page.keyboard.press("Control+Enter")


def output(notebook: NotebookPage, number: int) -> Locator:
    return notebook.page.locator(".jp-Notebook .jp-Cell").nth(number).locator(".jp-OutputArea")


def test_python_moves_the_page_and_sees_what_is_done_there(
    wire: Wire, new_notebook: NewNotebook, open_notebook: OpenNotebook
) -> None:
    cells = [
        wire.load,
        RECORD.format(runs=12),
        "import json\ndash = nbtrack.Dashboard(height=200)\ndash",
        SET,
        f'if dash.where != "":\n    {ASK.replace(chr(10), " ")}',
    ]
    notebook = open_notebook(new_notebook("link.ipynb", cells))
    notebook.run_all()
    dashboard = notebook.dashboard()
    expect(grid(dashboard)).to_have_attribute("aria-rowcount", "12")
    expect(output(notebook, 3)).to_contain_text("begun")

    search = dashboard.get_by_role("searchbox", name="Search runs")
    search.fill("params.lr < 0.25")
    expect(grid(dashboard)).to_have_attribute("aria-rowcount", "3")
    dashboard.get_by_role("checkbox", name="Select run 1", exact=True).check()
    dashboard.get_by_role("button", name="Hide run 0", exact=True).click()

    def asked(expected: list[object]) -> None:
        run_cell(notebook, 4)
        expect(output(notebook, 4)).to_contain_text(json.dumps(expected))

    expect(dashboard.get_by_role("button", name="Show run 0", exact=True)).to_be_visible()
    until(
        lambda: all(key in stored_views(wire) for key in ('"selected"', '"hidden"')),
        "the page's choices in the store",
    )
    asked(["params.lr < 0.25", None, ["run 2", "run 1"], 1])

    run_cell(notebook, 3)
    expect(search).to_have_value("params.lr >= 0.8")
    expect(grid(dashboard)).to_have_attribute("aria-rowcount", "4")
    header = dashboard.get_by_role("columnheader", name="acc")
    expect(header).to_have_attribute("aria-sort", "descending")
    expect(dashboard.locator("[role=row][data-run-id]").first).to_contain_text("run 11")
    shown = ["run 11", "run 10", "run 9", "run 8"]
    asked(["params.lr >= 0.8", [{"column": "metrics.acc", "descending": True}], shown, 0])
    notebook.shut_down()

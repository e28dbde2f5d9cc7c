"""What people do after looking at the table: a run's page, comparisons and data, in JupyterLab."""

from __future__ import annotations

import uuid

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Lab
from tests.browser.notebook_page import NewNotebook, NotebookPage, OpenNotebook, expect_rows

RECORD = """%load_ext nbtrack
import nbtrack, pandas as pd
nbtrack.set_experiment("{name}")
data = pd.DataFrame({{"label": range(10), "{name}": "<b>"}})
for number in range(4):
    with nbtrack.start_run(f"run {{number}}", params={{"lr": number / 10}}) as run:
        for step in range(20):
            run.log_metric("loss", 1 / (step + 1 + number))
        run.log_text("kept", "notes.txt")
        if number < 2:
            run.log_dataset(data, "digits <i>", "train")"""
TRACK = """%%track
for step in range(12):
    nbtrack.log_metric("loss", 1 / (step + 1))"""
CARD = 'nbtrack.get_run(nbtrack.runs()["run_id"][0])'
SHOW = "dash = nbtrack.Dashboard(); dash"


@pytest.fixture
def notebook(new_notebook: NewNotebook, open_notebook: OpenNotebook) -> NotebookPage:
    name = uuid.uuid4().hex
    cells = [RECORD.format(name=name), TRACK, CARD, SHOW]
    opened = open_notebook(new_notebook(f"{name}.ipynb", cells))
    opened.run_all()
    expect_rows(opened.dashboard(), 5)
    return opened


def test_a_run_is_opened_large_and_changed_there(notebook: NotebookPage, lab: Lab) -> None:
    dashboard, page = notebook.dashboard(), notebook.page
    dashboard.get_by_role("button", name="Expand run 1").click()
    dashboard.get_by_role("button", name="Open page of run 1").click()
    expect(dashboard.get_by_role("heading", name="run 1")).to_be_visible()
    expect(dashboard.get_by_role("button", name="Back to the runs")).to_be_focused()
    expect(dashboard.get_by_role("img", name="loss")).to_be_visible()
    expect(dashboard.get_by_role("treegrid")).to_have_count(0)

    dashboard.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("dialog", name="Delete run").get_by_role("button", name="Delete").click()
    dashboard.get_by_role("button", name="Restore", exact=True).click()
    expect(dashboard.get_by_role("button", name="Delete", exact=True)).to_be_visible()

    dashboard.get_by_role("button", name="Create dataset").click()
    dialog = page.get_by_role("dialog", name="Create dataset")
    name = uuid.uuid4().hex
    dialog.get_by_role("textbox", name="Name").fill(name)
    dialog.get_by_role("combobox", name="Shape").select_option("history")
    dialog.get_by_role("button", name="Create").click()
    expect(dialog).to_contain_text("20 rows")
    assert len((lab.notebooks / f"{name}.csv").read_text().splitlines()) == 20 + 1
    page.keyboard.press("Escape")

    dashboard.get_by_role("tab", name="Artifacts").click()
    expect(dashboard.get_by_text("notes.txt").first).to_be_visible()
    dashboard.get_by_role("tab", name="Datasets").click()
    expect(dashboard.get_by_text("digits <i>", exact=True)).to_be_visible()
    dashboard.get_by_role("button", name="Runs with this data").click()
    expect_rows(dashboard, 2)
    notebook.shut_down()


def test_a_comparison_is_opened_by_a_line_of_python(notebook: NotebookPage) -> None:
    dashboard = notebook.dashboard()
    for number in (1, 2):
        dashboard.get_by_role("checkbox", name=f"Select run {number}").check()
    dashboard.get_by_role("button", name="Compare").click()
    expect(dashboard.get_by_role("img", name="loss of 2 runs")).to_be_visible()
    link = dashboard.get_by_role("button", name="Copy link")
    line = (link.get_attribute("title") or "").partition("\n")[2]
    assert line.startswith("nbtrack.Dashboard(compare=[")
    notebook.page.evaluate(
        "(line) => jupyterapp.shell.currentWidget.content.widgets[3].model.sharedModel"
        ".setSource(line)",
        line,
    )
    notebook.select_cell(3)
    notebook.command("notebook:run-cell")
    for number in (1, 2):
        expect(dashboard.get_by_role("columnheader", name=f"run {number}")).to_be_visible()
    dashboard.get_by_role("combobox", name="To run").select_option(index=0)
    expect(dashboard.get_by_text("one and the same run")).to_be_visible()
    notebook.shut_down()


def test_a_cell_and_a_run_show_their_results(notebook: NotebookPage) -> None:
    outputs = notebook.page.locator(".jp-OutputArea-output")
    expect(outputs.filter(has_text="loss 0.08333").locator("svg polyline")).to_have_count(1)
    expect(outputs.filter(has_text="Metrics").filter(has_text="loss").first).to_be_visible()
    notebook.shut_down()

"""What can be done with several runs at once, in a real JupyterLab."""

from __future__ import annotations

import uuid

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Lab
from tests.browser.notebook_page import NewNotebook, NotebookPage, OpenNotebook, expect_rows

RECORD = """%load_ext nbtrack
import nbtrack
nbtrack.set_experiment("{name}")
for number in range(6):
    with nbtrack.start_run(f"run {{number}}", params={{"lr": number / 10, "seed": 1}}) as run:
        run.log_metric("acc", number)
        run.log_text("text " * 1000, "notes.txt")"""
SHOW = "dash = nbtrack.Dashboard(); dash"


@pytest.fixture
def notebook(new_notebook: NewNotebook, open_notebook: OpenNotebook) -> NotebookPage:
    name = uuid.uuid4().hex
    opened = open_notebook(new_notebook(f"{name}.ipynb", [RECORD.format(name=name), SHOW]))
    opened.run_all()
    expect_rows(opened.dashboard(), 6)
    return opened


def select(dashboard: Locator, *numbers: int) -> Locator:
    for number in numbers:
        dashboard.get_by_role("checkbox", name=f"Select run {number}").check()
    return dashboard.get_by_role("group", name="Selected runs")


def test_delete_undo_restore_and_clear(notebook: NotebookPage) -> None:
    dashboard, page = notebook.dashboard(), notebook.page
    top = dashboard.get_by_role("treegrid").bounding_box()
    bar = select(dashboard, 1, 2)
    expect(bar).to_contain_text("2 selected")
    assert dashboard.get_by_role("treegrid").bounding_box() == top
    bar.get_by_role("button", name="Delete").click()
    question = page.get_by_role("dialog", name="Delete runs")
    expect(question).to_contain_text("2 runs")
    expect(question.get_by_role("button", name="Cancel")).to_be_focused()
    question.get_by_role("button", name="Delete").click()
    expect_rows(dashboard, 4)
    expect(bar).to_have_count(0)
    status = dashboard.get_by_role("status")
    expect(status).to_contain_text("Deleted 2 runs")
    status.get_by_role("button", name="Undo").click()
    expect_rows(dashboard, 6)

    dashboard.get_by_role("checkbox", name="Select all runs").check()
    expect(bar).to_contain_text("All 6 that match")
    dashboard.get_by_role("checkbox", name="Select run 0").uncheck()
    bar.get_by_role("button", name="Delete").click()
    question.get_by_role("button", name="Delete").click()
    expect_rows(dashboard, 1)

    dashboard.get_by_role("switch", name="Deleted").check()
    expect_rows(dashboard, 5)
    select(dashboard, 5).get_by_role("button", name="Restore").click()
    expect_rows(dashboard, 4)
    dashboard.get_by_role("button", name="Clear deleted").click()
    clear = page.get_by_role("dialog", name="Clear deleted runs")
    expect(clear).to_contain_text("4 runs")
    expect(clear).to_contain_text("20.0 kB")
    clear.get_by_role("button", name="Clear", exact=True).click()
    expect_rows(dashboard, 0)
    dashboard.get_by_role("switch", name="Deleted").uncheck()
    expect_rows(dashboard, 2)
    notebook.shut_down()


def test_tags_for_several(notebook: NotebookPage) -> None:
    dashboard, page = notebook.dashboard(), notebook.page
    select(dashboard, 1, 2).get_by_role("button", name="Tag").click()
    dialog = page.get_by_role("dialog", name="Tag runs")
    dialog.get_by_role("textbox", name="Tag").fill("team")
    dialog.get_by_role("textbox", name="Value").fill("<b>blue</b>")
    page.keyboard.press("Enter")
    expect(dashboard.get_by_role("status")).to_contain_text("Tagged 2 runs")
    search = dashboard.get_by_role("searchbox", name="Search runs")
    search.fill("tags.team = '<b>blue</b>'")
    expect_rows(dashboard, 2)
    notebook.shut_down()


def test_side_by_side_and_written_to_a_file(notebook: NotebookPage, lab: Lab) -> None:
    dashboard, page = notebook.dashboard(), notebook.page
    bar = select(dashboard, 1, 2)
    bar.get_by_role("button", name="Create dataset").click()
    dialog = page.get_by_role("dialog", name="Create dataset")
    name = uuid.uuid4().hex
    dialog.get_by_role("textbox", name="Name").fill(name)
    dialog.get_by_role("combobox", name="Format").select_option("jsonl")
    dialog.get_by_role("button", name="Create").click()
    expect(dialog).to_contain_text(f"{name}.jsonl")
    assert len((lab.notebooks / f"{name}.jsonl").read_text().splitlines()) == len(
        ("run 1", "run 2")
    )
    page.keyboard.press("Escape")

    bar.get_by_role("button", name="Compare").click()
    expect(dashboard.get_by_role("columnheader", name="run 1")).to_be_visible()
    expect(dashboard.get_by_role("rowheader", name="lr differs")).to_be_visible()
    expect(dashboard.get_by_role("rowheader", name="seed", exact=True)).to_be_visible()
    dashboard.get_by_role("switch", name="Only differences").check()
    expect(dashboard.get_by_role("rowheader", name="seed", exact=True)).to_have_count(0)
    dashboard.get_by_role("tab", name="Runs").click()
    expect_rows(dashboard, 6)
    notebook.shut_down()

"""The list of experiments beside the grid, in a real JupyterLab."""

from __future__ import annotations

import re
import uuid

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.notebook_page import NewNotebook, NotebookPage, OpenNotebook, expect_rows

RECORD = """%load_ext nbtrack
import nbtrack
for name, runs in (("cats {tag}", 3), ("dogs {tag}", 5)):
    nbtrack.set_experiment(name)
    for number in range(runs):
        with nbtrack.start_run(f"{{name}} {{number}}") as run:
            run.log_metric("acc", number)"""


@pytest.fixture
def tag() -> str:
    """Tell the experiments of one test from those of another."""
    return uuid.uuid4().hex[:8]


@pytest.fixture
def notebook(tag: str, new_notebook: NewNotebook, open_notebook: OpenNotebook) -> NotebookPage:
    cells = [RECORD.format(tag=tag), "dash = nbtrack.Dashboard(); dash"]
    opened = open_notebook(new_notebook(f"{tag}.ipynb", cells))
    opened.run_all()
    expect_rows(opened.dashboard(), 5)
    opened.dashboard().get_by_role("button", name="Experiments", exact=True).click()
    return opened


def list_of(notebook: NotebookPage) -> Locator:
    return notebook.dashboard().get_by_role("navigation", name="Experiments")


def show(notebook: NotebookPage, name: str) -> None:
    list_of(notebook).get_by_role("button", name=re.compile(f"^{name}")).click()


def choose(notebook: NotebookPage, name: str, item: str) -> None:
    list_of(notebook).get_by_role("button", name=f"Menu {name}").click()
    notebook.page.get_by_role("menuitem", name=item).click()


def test_one_or_several_are_shown_as_they_were_left(tag: str, notebook: NotebookPage) -> None:
    dashboard, page, experiments = notebook.dashboard(), notebook.page, list_of(notebook)
    expect(experiments.get_by_role("checkbox", name=f"Show dogs {tag}")).to_be_checked()
    experiments.get_by_role("checkbox", name=f"Show cats {tag}").check()
    expect_rows(dashboard, 8)
    show(notebook, f"cats {tag}")
    expect_rows(dashboard, 3)

    dashboard.get_by_role("button", name="Columns", exact=True).click()
    columns = page.get_by_role("dialog", name="Columns")
    columns.get_by_role("checkbox", name="attributes.run_id").check()
    page.keyboard.press("Escape")
    run_id = dashboard.get_by_role("columnheader", name="Run id")
    expect(run_id).to_be_visible()
    show(notebook, f"dogs {tag}")
    expect_rows(dashboard, 5)
    expect(run_id).to_have_count(0)
    show(notebook, f"cats {tag}")
    expect(run_id).to_be_visible()

    dashboard.get_by_role("button", name="Experiments", exact=True).click()
    expect(experiments).to_have_count(0)
    notebook.shut_down()


def test_created_renamed_deleted_and_restored(tag: str, notebook: NotebookPage) -> None:
    dashboard, page, experiments = notebook.dashboard(), notebook.page, list_of(notebook)
    experiments.get_by_role("button", name="Create experiment").click()
    page.keyboard.type(f"birds {tag}")
    page.keyboard.press("Enter")
    expect_rows(dashboard, 0)
    choose(notebook, f"birds {tag}", "Rename")
    field = experiments.get_by_role("textbox", name=f"New name of birds {tag}")
    field.fill("left")
    page.keyboard.press("Escape")
    choose(notebook, f"birds {tag}", "Rename")
    field.fill(f"fish {tag}")
    page.keyboard.press("Enter")
    expect(experiments.get_by_role("button", name=f"Menu fish {tag}")).to_be_visible()
    experiments.get_by_role("button", name="Create experiment").click()
    page.keyboard.type(f"fish {tag}")
    page.keyboard.press("Enter")
    expect(experiments.get_by_role("alert")).to_contain_text("fish")
    page.keyboard.press("Escape")

    choose(notebook, f"dogs {tag}", "Delete")
    question = page.get_by_role("dialog", name="Delete experiment")
    expect(question).to_contain_text("its 5 runs")
    question.get_by_role("button", name="Delete").click()
    expect(experiments.get_by_role("button", name=f"Menu dogs {tag}")).to_have_count(0)
    experiments.get_by_role("switch", name="Show deleted").check()
    choose(notebook, f"dogs {tag}", "Restore")
    experiments.get_by_role("switch", name="Show deleted").uncheck()
    show(notebook, f"dogs {tag}")
    expect_rows(dashboard, 5)
    notebook.shut_down()

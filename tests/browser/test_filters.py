"""Filters, groups, columns and the search box of a dashboard in a real JupyterLab."""

from __future__ import annotations

import uuid

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.notebook_page import NewNotebook, NotebookPage, OpenNotebook, expect_rows

RECORD = """%load_ext nbtrack
import nbtrack
nbtrack.set_experiment("{name}")
for number in range(24):
    params = {{"lr": 10.0 ** -(number % 3), "model": ("mlp", "resnet")[number % 2]}}
    try:
        with nbtrack.start_run(f"run {{number}}", params=params) as run:
            run.log_metrics({{"acc": number / 24, "loss": 2 - number / 24}})
            if number % 8 == 0:
                raise ValueError
    except ValueError:
        pass"""
SHOW = "dash = nbtrack.Dashboard(); dash"


@pytest.fixture
def notebook(new_notebook: NewNotebook, open_notebook: OpenNotebook) -> NotebookPage:
    name = uuid.uuid4().hex
    opened = open_notebook(new_notebook(f"{name}.ipynb", [RECORD.format(name=name), SHOW]))
    opened.run_all()
    expect_rows(opened.dashboard(), 24)
    return opened


def open_filter(notebook: NotebookPage, column: str) -> Locator:
    dashboard = notebook.dashboard()
    dashboard.get_by_role("columnheader", name=column, exact=True).hover()
    dashboard.get_by_role("button", name=f"Filter {column}", exact=True).click()
    dialog = notebook.page.get_by_role("dialog", name=f"Filter {column}")
    expect(dialog).to_be_visible()
    return dialog


def test_a_filter_of_each_type(notebook: NotebookPage) -> None:
    dashboard, press = notebook.dashboard(), notebook.page.keyboard.press

    numbers = open_filter(notebook, "acc")
    numbers.get_by_role("combobox", name="Operator").select_option(">=")
    numbers.get_by_role("button", name="Apply").click()
    expect(numbers.get_by_role("alert")).to_contain_text("Type a number")
    numbers.get_by_role("spinbutton", name="Value").fill("0.5")
    press("Enter")
    expect(numbers).to_have_count(0)
    expect_rows(dashboard, 12)
    expect(dashboard.get_by_role("button", name="Filter acc", exact=True)).to_be_focused()

    texts = open_filter(notebook, "model")
    texts.get_by_role("combobox", name="Operator").select_option("starts with")
    texts.get_by_role("textbox", name="Value").fill("RES")
    press("Enter")
    expect_rows(dashboard, 6)

    dates = open_filter(notebook, "Started")
    dates.get_by_role("combobox", name="Operator").select_option("before")
    dates.get_by_label("Value").fill("2020-01-01")
    dates.get_by_role("button", name="Apply").click()
    expect_rows(dashboard, 0)
    dashboard.get_by_role("button", name="Started before 2020-01-01").click()
    dates.get_by_role("combobox", name="Operator").select_option("last days")
    dates.get_by_role("spinbutton", name="Value").fill("1")
    press("Enter")
    expect_rows(dashboard, 6)

    dashboard.get_by_role("button", name="Clear filters").click()
    expect_rows(dashboard, 24)
    dashboard.get_by_role("button", name="failed").click()
    expect_rows(dashboard, 3)
    statuses = open_filter(notebook, "Status")
    expect(statuses.get_by_role("checkbox", name="failed")).to_be_checked()
    statuses.get_by_role("checkbox", name="completed").check()
    statuses.get_by_role("button", name="Apply").click()
    expect_rows(dashboard, 24)
    dashboard.get_by_role("button", name="Remove filter Status").click()
    expect(dashboard.get_by_role("button", name="Remove filter")).to_have_count(0)
    notebook.shut_down()


def test_groups_from_dialog_menu_and_drag(notebook: NotebookPage) -> None:
    dashboard, page = notebook.dashboard(), notebook.page
    dashboard.get_by_role("button", name="Group by").click()
    dialog = page.get_by_role("dialog", name="Group by")
    dialog.get_by_role("searchbox").fill("model")
    dialog.get_by_role("checkbox", name="params.model").check()
    dialog.get_by_role("searchbox").press("Escape")
    expect(dialog.get_by_role("checkbox", name="attributes.status")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect_rows(dashboard, 2)

    status = dashboard.get_by_role("columnheader", name="Status", exact=True)
    box = status.bounding_box()
    target = dashboard.get_by_role("searchbox").bounding_box()
    assert box is not None
    assert target is not None
    page.mouse.move(box["x"] + 20, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(target["x"] + 60, target["y"] + 20, steps=8)
    expect(dashboard.get_by_text("Drop here to group")).to_be_visible()
    page.mouse.move(target["x"] + 70, target["y"] + 12, steps=4)
    page.mouse.up()
    expect(dashboard.get_by_role("button", name="Remove group Status")).to_be_visible()
    dashboard.get_by_role("button", name="Expand all").click()
    expect_rows(dashboard, 2 + 3 + 24)

    dashboard.get_by_role("button", name="Group options Status").focus()
    page.keyboard.press("ArrowLeft")
    expect_rows(dashboard, 2)
    first = dashboard.locator("[data-group-column]").first
    expect(first).to_have_attribute("data-group-column", "attributes.status")
    expect(first).to_be_focused()

    dashboard.get_by_role("button", name="Group options Status").click()
    options = page.get_by_role("dialog", name="Group options Status")
    options.get_by_role("combobox", name="Order by").select_option("count")
    options.get_by_role("button", name="Done").click()
    expect(dashboard.locator("[data-group]").first).to_have_attribute("data-group", "failed")
    dashboard.get_by_role("button", name="Remove group model").click()
    dashboard.get_by_role("button", name="Remove group Status").click()
    expect_rows(dashboard, 24)
    notebook.shut_down()


def test_columns_are_chosen_and_kept(notebook: NotebookPage) -> None:
    dashboard, page = notebook.dashboard(), notebook.page
    opener = dashboard.get_by_role("button", name="Columns")
    opener.click()
    dialog = page.get_by_role("dialog", name="Columns")
    dialog.get_by_role("checkbox", name="attributes.run_id").check()
    dialog.get_by_role("searchbox").fill("metrics.loss")
    dialog.get_by_role("checkbox", name="metrics.loss", exact=True).uncheck()
    dialog.get_by_role("searchbox").fill("")
    dialog.get_by_role("button", name="Move Run id", exact=True).focus()
    page.keyboard.press("Home")
    for _ in range(20):
        page.keyboard.press("ArrowUp")
    dialog.get_by_role("button", name="Done").click()
    expect(opener).to_be_focused()
    headers = dashboard.locator("[role=columnheader][data-column]")
    expect(headers.first).to_have_attribute("data-column", "attributes.run_id")
    expect(dashboard.get_by_role("columnheader", name="loss")).to_have_count(0)

    opener.click()
    dialog.get_by_role("switch", name="Only those that differ").check()
    expect(dialog.get_by_role("checkbox", name="params.lr")).to_be_visible()
    expect(dialog.get_by_role("checkbox", name="attributes.user_id")).to_have_count(0)
    dialog.get_by_role("button", name="Reset").click()
    page.keyboard.press("Escape")
    expect(headers.first).to_have_attribute("data-column", "attributes.status")
    notebook.shut_down()


def test_the_search_box_proposes_and_follows_python(notebook: NotebookPage) -> None:
    dashboard, press = notebook.dashboard(), notebook.page.keyboard.press
    search = dashboard.get_by_role("searchbox", name="Search runs")
    proposals = dashboard.get_by_role("listbox")
    search.press_sequentially("metrics.a")
    expect(proposals.get_by_role("option", name="metrics.acc")).to_be_visible()
    press("ArrowDown")
    press("Enter")
    expect(search).to_have_value("metrics.acc ")
    search.press_sequentially(">= 0.5")
    expect_rows(dashboard, 12)
    search.press_sequentially(" ")
    expect(proposals.get_by_role("option", name="AND")).to_be_visible()
    press("Escape")
    expect(proposals).to_have_count(0)
    expect(search).to_have_value("metrics.acc >= 0.5 ")
    press("Escape")
    expect(search).to_have_value("")
    expect_rows(dashboard, 24)
    notebook.shut_down()

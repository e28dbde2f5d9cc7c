"""Dashboards in a real JupyterLab whose kernel is busy, killed, restarted, or cannot hear."""

from __future__ import annotations

import os
import signal
import sqlite3
import uuid
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Lab
from tests.browser.notebook_page import NewNotebook, OpenNotebook, grid

LIVE_MS = 4_000
"""What a running cell records is shown within 2 s; twice that, for slow machines."""

RECORD = """import nbtrack
for number in range(12):
    with nbtrack.start_run(f"run {number}", params={"lr": number / 10}) as run:
        run.log_metric("acc", number)"""
WAIT = """%%track long
import pathlib, time
folder = pathlib.Path({folder!r})
while not (folder / "end").exists():
    if (folder / "more").exists():
        (folder / "more").unlink()
        with nbtrack.start_run("more"):
            pass
    time.sleep(0.05)"""
SERVER = "The Jupyter server answers"
KERNEL = "The kernel answers"
API = "**/nbtrack/api"


@pytest.fixture
def signals(lab: Lab) -> Path:
    """Folder of files that tell a running cell what to do."""
    folder = lab.folder / f"signals-{uuid.uuid4().hex}"
    folder.mkdir()
    return folder


def name_of_first(dashboard: Locator) -> Locator:
    return dashboard.locator("[role=row][data-run-id] [data-column='attributes.run_name']").first


def status_of(dashboard: Locator, name: str) -> Locator:
    row = dashboard.locator("[role=row][data-run-id]").filter(
        has=dashboard.page.get_by_role("button", name=f"Expand {name}", exact=True)
    )
    return row.locator("[data-column='attributes.status']")


def sort_by_accuracy(dashboard: Locator, direction: str) -> None:
    header = dashboard.get_by_role("columnheader", name="acc")
    header.get_by_text("acc").click(position={"x": 4, "y": 4})
    expect(header).to_have_attribute("aria-sort", direction)


def assert_everything_answers(dashboard: Locator, name: str) -> None:
    """Filter, sort, open a row, delete a run and take it back."""
    page, search = dashboard.page, dashboard.get_by_role("searchbox", name="Search runs")
    search.fill("metrics.acc >= 9")
    expect(grid(dashboard)).to_have_attribute("aria-rowcount", "3")
    sort_by_accuracy(dashboard, "ascending")
    expect(name_of_first(dashboard)).to_have_text("run 9")
    sort_by_accuracy(dashboard, "descending")
    expect(name_of_first(dashboard)).to_have_text("run 11")
    sort_by_accuracy(dashboard, "none")

    dashboard.get_by_role("button", name=f"Expand {name}").click()
    expect(dashboard.get_by_role("tabpanel", name="Overview").get_by_text("lr")).to_be_visible()
    dashboard.get_by_role("button", name=f"Collapse {name}").click()

    dashboard.get_by_role("button", name=f"Delete {name}").click()
    question = page.get_by_role("dialog", name="Delete run")
    question.get_by_role("button", name="Delete").click()
    expect(grid(dashboard)).to_have_attribute("aria-rowcount", "2")
    dashboard.get_by_role("button", name="Undo").click()
    expect(grid(dashboard)).to_have_attribute("aria-rowcount", "3")
    search.fill("")
    expect(grid(dashboard)).not_to_have_attribute("aria-rowcount", "3")


def pid_of_kernel(store: Path) -> int:
    connection = sqlite3.connect(f"file:{store}?mode=ro", uri=True)
    try:
        query = "SELECT pid FROM kernels ORDER BY id DESC LIMIT 1"
        return int(connection.execute(query).fetchone()[0])
    finally:
        connection.close()


def test_the_dashboard_lives_while_the_kernel_is_busy_killed_and_restarted(
    lab: Lab, signals: Path, new_notebook: NewNotebook, open_notebook: OpenNotebook
) -> None:
    cells = ["%load_ext nbtrack", RECORD, "%track show", WAIT.format(folder=str(signals))]
    notebook = open_notebook(new_notebook("lives.ipynb", cells))
    notebook.start_command("notebook:run-all-cells")
    page, dashboard = notebook.page, notebook.dashboard()
    expect(status_of(dashboard, "long")).to_have_text("running")
    (signals / "more").touch()
    expect(status_of(dashboard, "more")).to_be_visible(timeout=LIVE_MS)
    assert_everything_answers(dashboard, "run 9")

    os.kill(pid_of_kernel(lab.store), signal.SIGKILL)
    expect(status_of(dashboard, "long")).to_have_text("dead")
    page.get_by_role("dialog").get_by_role("button", name="Ok").click()
    assert_everything_answers(dashboard, "run 10")

    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.restartKernel()")
    assert_everything_answers(dashboard, "run 11")
    expect(dashboard.get_by_title(SERVER)).to_be_visible()
    notebook.shut_down()
    assert_everything_answers(dashboard, "run 9")


def test_the_kernel_answers_where_the_server_does_not_and_the_server_when_it_does(
    new_notebook: NewNotebook, open_notebook: OpenNotebook
) -> None:
    cells = ["%load_ext nbtrack", RECORD, "%track show"]
    notebook = open_notebook(new_notebook("falls-over.ipynb", cells))
    notebook.run_all()
    page, dashboard = notebook.page, notebook.dashboard()
    expect(dashboard.get_by_title(SERVER)).to_be_visible()

    page.route(API, lambda route: route.abort())
    expect(dashboard.get_by_title(KERNEL)).to_be_visible()
    assert_everything_answers(dashboard, "run 9")

    page.unroute(API)
    expect(dashboard.get_by_title(SERVER)).to_be_visible()
    assert_everything_answers(dashboard, "run 10")

    page.route(API, lambda route: route.abort())
    expect(dashboard.get_by_title(KERNEL)).to_be_visible()
    notebook.shut_down()
    expect(dashboard.get_by_text("Disconnected")).to_be_visible()
    page.unroute(API)
    expect(dashboard.get_by_title(SERVER)).to_be_visible()
    assert_everything_answers(dashboard, "run 11")


def test_a_kernel_that_hears_nothing_during_a_cell_still_sends_new_rows(
    lab: Lab, signals: Path, new_notebook: NewNotebook, open_notebook: OpenNotebook
) -> None:
    store = lab.folder / "deaf" / "runs.db"
    cells = [
        f"%load_ext nbtrack\n%track store {store}",
        RECORD,
        "%track show",
        WAIT.format(folder=str(signals)),
    ]
    notebook = open_notebook(new_notebook("deaf.ipynb", cells))
    page = notebook.page
    page.evaluate(
        "() => { window.jupyterapp.serviceManager.kernels.commsOverSubshells = 'disabled'; }"
    )
    for number in range(3):
        select(page, number)
        notebook.command("notebook:run-cell")
    dashboard = notebook.dashboard()
    expect(grid(dashboard)).to_have_attribute("aria-rowcount", "12")
    expect(dashboard.get_by_title(KERNEL)).to_be_visible()

    select(page, 3)
    notebook.start_command("notebook:run-cell")
    expect(status_of(dashboard, "long")).to_have_text("running")
    (signals / "more").touch()
    expect(status_of(dashboard, "more")).to_be_visible()

    dashboard.get_by_role("searchbox", name="Search runs").fill("metrics.acc >= 9")
    busy = dashboard.get_by_text("Kernel busy: answers when the cell ends")
    expect(busy).to_be_visible()
    expect(grid(dashboard)).to_have_attribute("aria-rowcount", "14")
    (signals / "end").touch()
    expect(grid(dashboard)).to_have_attribute("aria-rowcount", "3")
    expect(busy).to_be_hidden()
    notebook.shut_down()


def test_a_page_without_network_for_a_while_goes_on(
    lab: Lab, new_notebook: NewNotebook, open_notebook: OpenNotebook
) -> None:
    cells = ["%load_ext nbtrack", RECORD, "%track show"]
    notebook = open_notebook(new_notebook("offline.ipynb", cells))
    notebook.run_all()
    page, dashboard = notebook.page, notebook.dashboard()
    expect(grid(dashboard)).to_have_attribute("aria-rowcount", "12")
    page.context.set_offline(True)
    expect(dashboard.get_by_text("Disconnected")).to_be_visible()
    forget_first_run(lab.store)
    page.context.set_offline(False)
    expect(dashboard.get_by_title(SERVER)).to_be_visible()
    expect(grid(dashboard)).to_have_attribute("aria-rowcount", "11")
    notebook.shut_down()


def select(page: Page, number: int) -> None:
    page.evaluate(
        "(n) => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = n; }", number
    )


def forget_first_run(store: Path) -> None:
    connection = sqlite3.connect(store)
    connection.execute(
        "UPDATE runs SET stage = 'deleted' WHERE id = (SELECT max(id) FROM runs"
        " WHERE notebook LIKE '%offline.ipynb')"
    )
    connection.execute("UPDATE meta SET revision = revision + 1")
    connection.commit()
    connection.close()


def test_a_dashboard_within_other_widgets_is_answered_by_the_server_too(
    new_notebook: NewNotebook, open_notebook: OpenNotebook
) -> None:
    show = "import ipywidgets\nipywidgets.VBox([nbtrack.Dashboard()])"
    notebook = open_notebook(new_notebook("within.ipynb", ["%load_ext nbtrack", RECORD, show]))
    notebook.run_all()
    dashboard = notebook.dashboard()
    expect(dashboard.get_by_title(SERVER)).to_be_visible()
    notebook.shut_down()
    assert_everything_answers(dashboard, "run 9")

"""nbtrack's places in JupyterLab: tab, launcher, status bar, marks on cells, actions."""

from __future__ import annotations

import re
import sqlite3
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.conftest import Lab
from tests.browser.notebook_page import NewNotebook, NotebookPage, OpenNotebook
from tests.browser.test_accessibility import RULES, load_axe
from tests.waiting import until

LOAD = "%load_ext nbtrack\nimport nbtrack"
GOOD = "%%track good\nx = 1"
BAD = "%%track bad\n1 / 0"
WAIT = """%%track long
import pathlib, time
while not pathlib.Path({signal!r}).exists():
    time.sleep(0.05)"""
VIOLATIONS = """async ([include, rules]) => {
  const { violations, passes } = await axe.run({ include }, { runOnly: rules });
  const contrasts = passes.find(({ id }) => id === 'color-contrast')?.nodes.length ?? 0;
  return { contrasts, violations: violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)}: ${failureSummary}`)) };
}"""
EXTENSION_FILES = re.compile(r"@nbtrack/labextension/static/")


@pytest.fixture
def end_signal(lab: Lab) -> Iterator[Path]:
    """Name of a file that ends a waiting cell."""
    file = lab.folder / f"end-{uuid.uuid4().hex}"
    yield file
    file.touch()


def run_cells(notebook: NotebookPage, *numbers: int) -> None:
    for number in numbers:
        select(notebook.page, number)
        notebook.command("notebook:run-cell")


def start_cell(notebook: NotebookPage, number: int) -> None:
    select(notebook.page, number)
    notebook.start_command("notebook:run-cell")


def select(page: Page, number: int) -> None:
    page.evaluate(
        "(n) => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = n; }", number
    )


def open_tab(page: Page) -> Locator:
    page.evaluate("() => { void window.jupyterapp.commands.execute('nbtrack:open'); }")
    return page.locator(".nbtrack-lab-panel").get_by_role("region", name="nbtrack dashboard")


def mark(page: Page, number: int) -> Locator:
    cell = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-CodeCell").nth(number)
    return cell.get_by_role("button", name="Runs of this cell")


def status_item(page: Page) -> Locator:
    return page.locator(".nbtrack-lab-status").get_by_role("button")


def test_the_tab_by_the_launcher_and_after_a_reload(
    lab: Lab, new_notebook: NewNotebook, open_notebook: OpenNotebook
) -> None:
    notebook = open_notebook(new_notebook("tab.ipynb", [LOAD, GOOD]))
    run_cells(notebook, 0, 1)
    page = notebook.page
    page.evaluate("() => { void window.jupyterapp.commands.execute('launcher:create'); }")
    page.locator(".jp-LauncherCard").get_by_text("nbtrack", exact=True).click()
    dashboard = page.locator(".nbtrack-lab-panel").get_by_role("region", name="nbtrack dashboard")
    expect(dashboard.get_by_role("button", name="Expand good").first).to_be_visible()
    open_tab(page)
    expect(dashboard).to_have_count(1)

    workspaces = lab.folder / "workspaces"
    until(
        lambda: any("nbtrack:nbtrack" in file.read_text() for file in workspaces.iterdir()),
        "the workspace to be kept",
    )
    page.reload()
    page.get_by_role("tab", name="nbtrack").click()
    expect(dashboard.get_by_role("button", name="Expand good").first).to_be_visible()
    page.evaluate("() => window.jupyterapp.serviceManager.sessions.shutdownAll()")


def test_the_status_bar_counts_what_is_open(
    end_signal: Path, new_notebook: NewNotebook, open_notebook: OpenNotebook
) -> None:
    cells = [LOAD, WAIT.format(signal=str(end_signal))]
    notebook = open_notebook(new_notebook("status.ipynb", cells))
    page = notebook.page
    expect(status_item(page)).to_be_hidden()
    run_cells(notebook, 0)
    start_cell(notebook, 1)
    expect(status_item(page)).to_have_text("1 running")
    status_item(page).click()
    expect(page.locator(".nbtrack-lab-panel").get_by_role("treegrid")).to_be_visible()
    end_signal.touch()
    expect(status_item(page)).to_be_hidden()
    page.evaluate("() => window.jupyterapp.serviceManager.sessions.shutdownAll()")


def test_marks_follow_the_runs_and_survive_a_reload(
    end_signal: Path, new_notebook: NewNotebook, open_notebook: OpenNotebook
) -> None:
    cells = [LOAD, GOOD, BAD, WAIT.format(signal=str(end_signal))]
    path = new_notebook("marks.ipynb", cells)
    notebook = open_notebook(path)
    page = notebook.page
    run_cells(notebook, 0, 1, 2)
    start_cell(notebook, 3)
    for number, status in ((1, "completed"), (2, "failed"), (3, "running")):
        expect(mark(page, number)).to_have_text(status)
    expect(mark(page, 0)).to_have_count(0)
    end_signal.touch()
    expect(mark(page, 3)).to_have_text("completed")
    notebook.save()
    notebook.shut_down()

    reopened = open_notebook(path)
    for number, status in ((1, "completed"), (2, "failed"), (3, "completed")):
        expect(mark(reopened.page, number)).to_have_text(status)
    mark(page, 2).click()
    grid = page.locator(".nbtrack-lab-panel").get_by_role("treegrid", name="Runs")
    expect(grid).to_have_attribute("aria-rowcount", "1")
    expect(grid.locator("[data-column='attributes.run_name']").last).to_have_text("bad")
    page.evaluate("() => window.jupyterapp.serviceManager.sessions.shutdownAll()")


def test_a_run_leads_to_its_cell(new_notebook: NewNotebook, open_notebook: OpenNotebook) -> None:
    path = new_notebook("way.ipynb", [LOAD, GOOD, "%%track way\nx = 2", "# the end"])
    notebook = open_notebook(path)
    page = notebook.page
    run_cells(notebook, 0, 1, 2)
    select(page, 3)
    mark(page, 2).click()
    dashboard = page.locator(".nbtrack-lab-panel").get_by_role("region", name="nbtrack dashboard")
    dashboard.get_by_role("button", name="Expand way").click()
    dashboard.get_by_role("button", name="Open the cell").click()
    page.wait_for_function(
        """() => {
          const panel = window.jupyterapp.shell.currentWidget;
          return panel?.context?.path === 'way.ipynb' && panel.content.activeCellIndex === 2;
        }"""
    )
    page.evaluate("() => window.jupyterapp.serviceManager.sessions.shutdownAll()")


def test_stale_runs_are_deleted_with_a_question_and_undone(
    lab: Lab, new_notebook: NewNotebook, open_notebook: OpenNotebook
) -> None:
    interrupt = "%%track stale\nraise KeyboardInterrupt"
    notebook = open_notebook(new_notebook("stale.ipynb", [LOAD, interrupt]))
    run_cells(notebook, 0, 1)
    until(lambda: stage_of(lab.store, "stale") == "active", "the run")
    page = notebook.page
    expect(mark(page, 1)).to_have_text("interrupted")
    page.evaluate("() => { void window.jupyterapp.commands.execute('nbtrack:delete-stale'); }")
    question = page.get_by_role("dialog")
    question.get_by_role("button", name=re.compile("^Delete")).click()
    until(lambda: stage_of(lab.store, "stale") == "deleted", "the deletion")
    page.get_by_role("button", name="Undo").click()
    until(lambda: stage_of(lab.store, "stale") == "active", "the undoing")
    notebook.shut_down()


def stage_of(store: Path, name: str) -> str:
    connection = sqlite3.connect(f"file:{store}?mode=ro", uri=True)
    try:
        query = "SELECT stage FROM runs WHERE run_name = ? ORDER BY id DESC"
        row = connection.execute(query, [name]).fetchone()
        return str(row[0]) if row else ""
    finally:
        connection.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_places_break_no_rule_of_wcag(
    theme: str, end_signal: Path, new_notebook: NewNotebook, open_notebook: OpenNotebook
) -> None:
    cells = [LOAD, GOOD, BAD, WAIT.format(signal=str(end_signal))]
    notebook = open_notebook(new_notebook(f"places-{theme}.ipynb", cells), theme=theme)
    page = notebook.page
    run_cells(notebook, 0, 1, 2)
    start_cell(notebook, 3)
    expect(mark(page, 3)).to_have_text("running")
    expect(status_item(page)).to_be_visible()
    load_axe(page)
    found = page.evaluate(VIOLATIONS, [[".nbtrack-lab-mark", ".nbtrack-lab-status"], RULES])
    assert found["violations"] == []
    assert found["contrasts"] >= len(cells)
    notebook.shut_down()


def broken_file(route: Route) -> None:
    route.fulfill(content_type="application/javascript", body="throw new Error('broken');")


def missing_file(route: Route) -> None:
    route.fulfill(status=404, body="gone")


def broken_places(route: Route) -> None:
    """Serve code whose every call of JupyterLab fails."""
    response = route.fetch()
    body = response.text()
    for name in ("addFactory", "addCommand", "registerStatusItem", "widgetAdded", "restore("):
        body = body.replace(f".{name}", f".broken.{name}")
    route.fulfill(response=response, body=body)


@pytest.mark.parametrize("break_it", [broken_file, missing_file, broken_places])
def test_whatever_breaks_jupyterlab_starts(
    break_it: Callable[[Route], None],
    page: Page,
    new_notebook: NewNotebook,
    open_notebook: OpenNotebook,
) -> None:
    broken: list[str] = []

    def handle(route: Route) -> None:
        broken.append(route.request.url)
        break_it(route)

    page.route(EXTENSION_FILES, handle)
    notebook = open_notebook(new_notebook("starts.ipynb", ["print(6 * 7)"]))
    notebook.run_all()
    expect(page.locator(".jp-OutputArea-output").get_by_text("42")).to_be_visible()
    assert broken
    notebook.shut_down()

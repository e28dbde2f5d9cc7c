"""The tree grid in a real JupyterLab: groups, selection, columns, keyboard, live refresh."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Lab
from tests.browser.notebook_page import NewNotebook, NotebookPage, OpenNotebook, grid
from tests.waiting import until

RECORD = """%load_ext nbtrack
import nbtrack
for number in range({runs}):
    params = {{"lr": [0.1, 0.01][number % 2], "model": ["forest", "sgd", "svm"][number % 3]}}
    with nbtrack.start_run(f"run {{number}}", experiment={experiment!r}, params=params) as run:
        run.log_metric("acc", number / 10)"""
EXECUTE = """(code) => {
  const { kernel } = window.jupyterapp.shell.currentWidget.sessionContext.session;
  return kernel.requestExecute({ code }).done.then(({ content }) => content.status);
}"""
SHOW = "nbtrack.Dashboard(experiments=[{experiment!r}])"
LATE = """with nbtrack.start_run("late", experiment={experiment!r}, params={{"model": "sgd"}}):
    pass"""


@pytest.fixture
def show(new_notebook: NewNotebook, open_notebook: OpenNotebook) -> Callable[..., NotebookPage]:
    """Record runs in an experiment of their own and show them."""

    def record(experiment: str, runs: int) -> NotebookPage:
        filled = [cell.format(runs=runs, experiment=experiment) for cell in (RECORD, SHOW)]
        notebook = open_notebook(new_notebook(f"{experiment}.ipynb", filled))
        notebook.run_all()
        return notebook

    return record


def add_run(notebook: NotebookPage, experiment: str) -> None:
    """Record one more run, behind the page's back."""
    assert notebook.page.evaluate(EXECUTE, LATE.format(experiment=experiment)) == "ok"


def stored_views(lab: Lab) -> str:
    with closing(sqlite3.connect(f"file:{lab.store}?mode=ro", uri=True)) as connection:
        return "".join(content for (content,) in connection.execute("SELECT content FROM views"))


FIRST_IN_SIGHT = """(grid) => {
  const { top } = grid.getBoundingClientRect();
  const seen = [...grid.querySelectorAll("[role=row][data-run-id]")]
    .map((row) => [row.dataset.index, Math.round(row.getBoundingClientRect().top - top)])
    .filter(([, below]) => below >= 32);
  return seen.sort(([, left], [, right]) => left - right)[0];
}"""


def choose(dashboard: Locator, column: str, item: str) -> None:
    dashboard.get_by_role("button", name=f"Menu {column}").click()
    dashboard.page.get_by_role("menuitem", name=item).click()


def columns(dashboard: Locator) -> list[str | None]:
    headers = dashboard.locator("[role=columnheader][data-column]")
    return [header.get_attribute("data-column") for header in headers.all()]


def width(dashboard: Locator, column: str) -> float:
    box = dashboard.get_by_role("columnheader", name=column, exact=True).bounding_box()
    assert box is not None
    return box["width"]


def drag_edge(header: Locator, by: float) -> None:
    """Drag a header's right edge."""
    box = header.bounding_box()
    assert box is not None
    header.hover(position={"x": box["width"] - 3, "y": 16})  # waits until nothing moves
    box = header.bounding_box()
    assert box is not None
    edge, middle = box["x"] + box["width"] - 3, box["y"] + 16
    mouse = header.page.mouse
    mouse.down()
    mouse.move(edge + by, middle, steps=8)
    mouse.up()


def test_groups_nest_open_in_place_and_stay_open(show: Callable[..., NotebookPage]) -> None:
    notebook = show("nested", 60)
    dashboard = notebook.dashboard()
    expect(grid(dashboard)).to_have_attribute("aria-rowcount", "60")
    choose(dashboard, "model", "Group by this")
    expect(grid(dashboard)).to_have_attribute("aria-rowcount", "3")
    choose(dashboard, "lr", "Group by this")

    sgd = dashboard.locator("[role=row][data-group='sgd']")
    expect(sgd).to_have_attribute("aria-expanded", "false")
    expect(sgd).to_contain_text("20")
    expect(sgd.locator("[data-column='metrics.acc']")).to_have_text("2.950")
    sgd.get_by_role("button", name="Expand group sgd").click()
    inner = dashboard.locator("[role=row][data-group='0.1']")
    expect(inner).to_have_attribute("aria-level", "2")
    inner.get_by_role("button", name="Expand group 0.1").click()
    run = dashboard.locator("[role=row][data-run-id]").first
    expect(run).to_have_attribute("aria-level", "3")
    expect(grid(dashboard)).to_have_attribute("aria-rowcount", "15")

    add_run(notebook, "nested")  # one more of sgd, without lr: nothing closes
    expect(dashboard.locator("[role=row][data-group='(none)']")).to_be_visible()
    expect(sgd).to_contain_text("21")
    expect(inner).to_have_attribute("aria-expanded", "true")
    notebook.shut_down()


def test_ranges_are_selected_through_rows_never_loaded(show: Callable[..., NotebookPage]) -> None:
    notebook = show("ranges", 400)
    dashboard = notebook.dashboard()
    expect(grid(dashboard)).to_have_attribute("aria-rowcount", "400")
    dashboard.get_by_role("checkbox", name="Select run 399", exact=True).click()
    dashboard.locator("[role=row][data-run-id]").first.focus()
    notebook.page.keyboard.press("End")
    last = dashboard.get_by_role("checkbox", name="Select run 0", exact=True)
    last.click(modifiers=["Shift"])
    expect(last).to_be_checked()
    notebook.page.keyboard.press("Control+Home")
    expect(dashboard.get_by_role("checkbox", name="Select run 390", exact=True)).to_be_checked()

    everything = dashboard.get_by_role("checkbox", name="Select all runs")
    expect(everything).to_be_checked()
    dashboard.get_by_role("checkbox", name="Select run 398", exact=True).click()
    expect(everything).not_to_be_checked()
    notebook.shut_down()


def test_columns_are_resized_moved_pinned_and_kept(
    show: Callable[..., NotebookPage], lab: Lab
) -> None:
    notebook = show("columns", 5)
    dashboard = notebook.dashboard()
    header = dashboard.get_by_role("columnheader", name="acc", exact=True)
    expect(grid(dashboard)).to_have_attribute("aria-rowcount", "5")
    before = width(dashboard, "acc")
    drag_edge(header, 60)
    expect(header).to_have_css("width", f"{before + 60}px")

    dashboard.get_by_role("columnheader", name="lr", exact=True).drag_to(
        dashboard.get_by_role("columnheader", name="User", exact=True),
        target_position={"x": 5, "y": 10},
    )
    shown = columns(dashboard)
    assert shown.index("params.lr") == shown.index("attributes.user_id") - 1

    choose(dashboard, "acc", "Pin")
    expect(dashboard.locator("[role=columnheader].nbtrack-last-pinned")).to_have_attribute(
        "data-column", "metrics.acc"
    )
    arranged = columns(dashboard)
    until(lambda: "pinned" in stored_views(lab), "the view to be kept")
    notebook.save()
    notebook.page.reload()
    expect(grid(dashboard)).to_have_attribute("aria-rowcount", "5")
    expect(header).to_have_css("width", f"{before + 60}px")
    assert columns(dashboard) == arranged
    notebook.shut_down()


def test_the_tree_by_keyboard_while_runs_come(show: Callable[..., NotebookPage]) -> None:
    notebook = show("tree-walk", 40)
    press, dashboard = notebook.page.keyboard.press, notebook.dashboard()
    expect(grid(dashboard)).to_have_attribute("aria-rowcount", "40")
    dashboard.locator("[role=row][data-run-id]").first.focus()
    press("ArrowUp")
    for _ in range(20):
        if dashboard.locator("[data-column='params.model'] :focus").count() > 0:
            break
        press("ArrowRight")
    press("Alt+ArrowDown")
    expect(notebook.page.get_by_role("menu", name="Column model")).to_be_visible()
    for _ in ("Sort descending", "Filter", "Group by this"):
        press("ArrowDown")
    press("Enter")
    expect(grid(dashboard)).to_have_attribute("aria-rowcount", "3")

    press("ArrowDown")
    forest = dashboard.locator("[role=row][data-group='forest']")
    expect(forest).to_be_focused()
    press("ArrowRight")
    expect(forest).to_have_attribute("aria-expanded", "true")
    press("ArrowDown")
    press("ArrowDown")
    run = grid(dashboard).locator("[role=row]:focus")
    expect(run).to_have_attribute("aria-level", "2")
    name = run.get_attribute("data-run-id")
    add_run(notebook, "tree-walk")
    expect(dashboard.locator("[role=row][data-group='sgd']")).to_contain_text("14")
    expect(run).to_have_attribute("data-run-id", name or "")
    press(" ")
    expect(run.get_by_role("checkbox")).to_be_checked()
    press("ArrowLeft")
    expect(forest).to_be_focused()
    press("ArrowLeft")
    expect(forest).to_have_attribute("aria-expanded", "false")
    notebook.shut_down()


def test_the_grid_is_where_it_was_when_its_tab_is_shown_again(
    show: Callable[..., NotebookPage],
) -> None:
    dashboard = show("tabs", 120).dashboard()
    expect(grid(dashboard)).to_have_attribute("aria-rowcount", "120")
    grid(dashboard).evaluate("(grid) => { grid.scrollTop = 1400; }")
    dashboard.locator("[role=row][data-index='55']").focus()
    dashboard.page.keyboard.press("ArrowDown")
    expect(dashboard.locator("[role=row][data-index='56']")).to_be_focused()
    before = grid(dashboard).evaluate(FIRST_IN_SIGHT)
    dashboard.get_by_role("tab", name="Compare").click()
    expect(grid(dashboard)).to_have_count(0)
    dashboard.get_by_role("tab", name="Runs").click()
    stop = dashboard.locator("[role=row][tabindex='0']")
    expect(stop).to_have_attribute("data-index", "56")
    assert grid(dashboard).evaluate(FIRST_IN_SIGHT) == before


def test_groups_are_opened_together_and_selected_in_part_or_whole(
    show: Callable[..., NotebookPage],
) -> None:
    dashboard = show("chosen", 12).dashboard()
    choose(dashboard, "model", "Group by this")
    choose(dashboard, "lr", "Group by this")
    expect(grid(dashboard)).to_have_attribute("aria-rowcount", "3")
    forest = dashboard.locator("[role=row][data-group='forest']")
    forest.focus()
    dashboard.page.keyboard.press("*")
    expect(grid(dashboard)).to_have_attribute("aria-rowcount", "9")
    expect(forest).to_be_focused()
    dashboard.get_by_role("checkbox", name="Select group 0.1").first.click()
    box = dashboard.get_by_role("checkbox", name="Select group forest")
    expect(box).to_have_js_property("indeterminate", value=True)
    expect(dashboard.get_by_text("2 selected")).to_be_visible()
    dashboard.get_by_role("checkbox", name="Select group 0.01").first.click()
    expect(box).to_be_checked()
    forest.focus()
    dashboard.page.keyboard.press("Space")
    expect(box).not_to_be_checked()
    expect(dashboard.get_by_text("2 selected")).to_have_count(0)

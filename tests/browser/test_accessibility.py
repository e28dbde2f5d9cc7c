"""The dashboard for people who use a screen reader or the keyboard alone, in a real JupyterLab."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import ROOT
from tests.browser.notebook_page import NewNotebook, OpenNotebook

AXE = ROOT / "js" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa"]
VIOLATIONS = """async (rules) => {
  const { violations, passes } = await axe.run('.nbtrack', { runOnly: rules });
  const contrasts = passes.find(({ id }) => id === 'color-contrast')?.nodes.length ?? 0;
  return { contrasts, violations: violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)}: ${failureSummary}`)) };
}"""
CELL_COUNT = "() => window.jupyterapp.shell.currentWidget.content.widgets.length"

RECORD = """%load_ext nbtrack
import nbtrack
for number in range({runs}):
    with nbtrack.start_run(f"run {{number}}", params={{"lr": number / 10}}) as run:
        run.log_metrics({{"acc": number, "loss": 1}}, step=0)
        run.log_metrics({{"acc": number + 1, "loss": 0}}, step=1)"""
FAIL = """%%track failing
import functools  # a comment

@functools.cache
def decide(number: int = 3, *, really=True) -> None:
    return None if number > 2 and not really else f"text {number!r}"

class Choice:
    name = "chosen"

print("before", decide().__class__, Choice.name, [lambda x: x ** 2.5, ...])
raise ValueError("told to")"""
MOST_STOPS = 40
"""Stops of the Tab key between any two places of a dashboard."""

FEWEST_TEXTS = 3
"""Those of the question: all else is inert then. Fewer mean that axe sees nothing."""
TABS = (
    "Code", "Charts", "Artifacts", "Datasets", "Dependencies", "Host", "Git", "Output", "Timeline",
    "Overview",
)  # fmt: skip
RICH = """import pandas
frame = pandas.DataFrame({"x": [1.5], "y": ["a"]})
with nbtrack.start_run("rich", params={f"p{i}": i for i in range(30)}, tags={"team": "a"}) as run:
    run.log_metrics({f"m{i:02}": i for i in range(60)}, step=0)
    run.log_metrics({f"m{i:02}": -i for i in range(60)}, step=1)
    run.log_dataset(frame, "train data", "train", keep=True)
    run.log_table(frame, "tables/points")
    run.log_text("<h1>Report</h1>", "report.html")
    run.set_description("What happened")"""


def row(dashboard: Locator, number: int) -> Locator:
    return dashboard.locator(f'[role=row][data-run-id][aria-rowindex="{number}"]')


def load_axe(page: Page) -> None:
    # axe takes what overflows a page of no height for hidden, and JupyterLab's body has none
    page.add_style_tag(content="body { height: 100vh; }")
    page.evaluate(AXE.read_text(encoding="utf-8"))


def assert_accessible(page: Page) -> None:
    found = page.evaluate(VIOLATIONS, RULES)
    assert found["violations"] == []
    assert found["contrasts"] >= FEWEST_TEXTS


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_rule_of_wcag_is_broken(
    theme: str, new_notebook: NewNotebook, open_notebook: OpenNotebook
) -> None:
    cells = [RECORD.format(runs=3), RICH, "%track show", FAIL]
    notebook = open_notebook(new_notebook(f"rules-{theme}.ipynb", cells), theme=theme)
    notebook.run_all()
    page, dashboard = notebook.page, notebook.dashboard()
    load_axe(page)

    for name in ("failing", "rich"):
        dashboard.get_by_role("button", name=f"Expand {name}").click()
        for tab in TABS:
            dashboard.get_by_role("tab", name=tab, exact=True).click()
            expect(dashboard.get_by_role("tabpanel", name=tab).locator("*").first).to_be_visible()
            assert_accessible(page)
        if name == "rich":
            dashboard.get_by_role("button", name="Add tag").click()
            dashboard.get_by_role("button", name="Edit description").click()
            assert_accessible(page)
            dashboard.get_by_role("tab", name="Code", exact=True).click()
            dashboard.get_by_role("switch", name="Changes since the previous attempt").click()
            assert_accessible(page)
        dashboard.get_by_role("button", name=f"Collapse {name}").click()

    dashboard.get_by_role("button", name="Delete failing").click()
    expect(page.get_by_role("dialog", name="Delete run")).to_be_visible()
    assert_accessible(page)
    page.keyboard.press("Escape")

    dashboard.get_by_role("searchbox").fill("metrics.acc >")
    expect(dashboard.get_by_role("alert")).to_be_visible()
    assert_accessible(page)
    notebook.shut_down()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_rule_of_wcag_is_broken_in_dialogs_and_groups(
    theme: str, new_notebook: NewNotebook, open_notebook: OpenNotebook
) -> None:
    cells = [RECORD.format(runs=3), "%track show"]
    notebook = open_notebook(new_notebook(f"dialogs-{theme}.ipynb", cells), theme=theme)
    notebook.run_all()
    page, dashboard = notebook.page, notebook.dashboard()
    load_axe(page)
    for name in ("Columns", "Filter lr"):
        dashboard.get_by_role("button", name=name).first.click(force=True)
        dialog = page.get_by_role("dialog", name=name)
        expect(dialog).to_be_visible()
        assert_accessible(page)
        if name == "Filter lr":
            dialog.get_by_role("spinbutton", name="Value").fill("0.1")
            dialog.get_by_role("button", name="Apply").click()
        else:
            page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)
    group_by(dashboard, "params.lr")
    expect(dashboard.locator("[role=row][data-group]").first).to_be_visible()
    assert_accessible(page)
    dashboard.get_by_role("button", name="Expand all").click()
    expect(dashboard.locator("[role=row][data-run-id]").first).to_be_visible()
    dashboard.get_by_role("checkbox", name="Select run 1").check(force=True)
    dashboard.get_by_role("button", name="Menu lr").click(force=True)
    expect(page.get_by_role("menu")).to_be_visible()
    assert_accessible(page)
    notebook.shut_down()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_rule_of_wcag_is_broken_around_the_grid(
    theme: str, new_notebook: NewNotebook, open_notebook: OpenNotebook
) -> None:
    cells = [RECORD.format(runs=3), "%track show"]
    notebook = open_notebook(new_notebook(f"around-{theme}.ipynb", cells), theme=theme)
    notebook.run_all()
    page, dashboard = notebook.page, notebook.dashboard()
    load_axe(page)

    dashboard.get_by_role("button", name="Experiments").click()
    expect(dashboard.get_by_role("checkbox", name=f"around-{theme}")).to_be_visible()
    assert_accessible(page)
    search = dashboard.get_by_role("searchbox", name="Search runs")
    search.press_sequentially("params.")
    expect(dashboard.get_by_role("option").first).to_be_visible()
    assert_accessible(page)
    search.press("Escape")
    search.fill("")

    for number in (1, 2):
        dashboard.get_by_role("checkbox", name=f"Select run {number}").check(force=True)
    for name in ("Tag…", "Create dataset…"):
        dashboard.get_by_role("button", name=name).click()
        expect(page.locator("dialog[open]")).to_be_visible()
        assert_accessible(page)
        page.keyboard.press("Escape")
        expect(page.locator("dialog[open]")).to_have_count(0)
    dashboard.get_by_role("button", name="Compare", exact=True).click()
    expect(dashboard.get_by_role("rowheader", name="lr differs")).to_be_visible()
    assert_accessible(page)
    notebook.shut_down()


def group_by(dashboard: Locator, column: str) -> None:
    dashboard.get_by_role("button", name="Group by").click()
    dialog = dashboard.page.get_by_role("dialog", name="Group by")
    dialog.get_by_role("checkbox", name=column, exact=True).check()
    assert_accessible(dashboard.page)
    dashboard.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def press_until_focused(target: Locator, key: str) -> None:
    """Press a key until it has brought the focus to an element."""
    for _ in range(MOST_STOPS):
        if target.evaluate("(element) => element.contains(document.activeElement)"):
            return
        target.page.keyboard.press(key)
    expect(target).to_be_focused()


def test_from_the_search_to_a_run_and_back_by_keyboard_alone(
    new_notebook: NewNotebook, open_notebook: OpenNotebook
) -> None:
    notebook = open_notebook(new_notebook("walk.ipynb", [RECORD.format(runs=3), "%track show"]))
    notebook.run_all()
    page, dashboard = notebook.page, notebook.dashboard()
    press = page.keyboard.press
    grid = dashboard.get_by_role("treegrid", name="Runs")
    search = dashboard.get_by_role("searchbox", name="Search runs")

    search.focus()
    press_until_focused(dashboard.get_by_role("button", name="Group by"), "Tab")
    press("Enter")
    dialog = page.get_by_role("dialog", name="Group by")
    press_until_focused(dialog.get_by_role("checkbox", name="params.lr", exact=True), "Tab")
    press("Space")
    press("Escape")
    group = grid.locator("[role=row][data-group]").first
    expect(group).to_be_visible()

    press_until_focused(grid.locator(".nbtrack-head"), "Tab")
    press("ArrowDown")
    expect(group).to_be_focused()
    press("ArrowRight")
    expect(group).to_have_attribute("aria-expanded", "true")
    press("ArrowDown")
    run = grid.locator("[role=row][data-run-id]").first
    expect(run).to_be_focused()

    press("Enter")
    expect(run).to_have_attribute("aria-expanded", "true")
    press_until_focused(dashboard.get_by_role("tab", name="Overview"), "Tab")
    press("ArrowRight")
    expect(dashboard.get_by_role("tab", name="Code")).to_be_focused()
    press_until_focused(dashboard.get_by_role("separator", name="Height of the details"), "Tab")
    press("Escape")
    expect(run).to_be_focused()

    press("ArrowUp")
    expect(group).to_be_focused()
    press("ArrowUp")
    expect(grid.locator(".nbtrack-head :focus")).to_have_count(1)
    press("/")
    expect(search).to_be_focused()
    expect(search).to_have_value("")
    notebook.shut_down()


def test_the_grid_by_keyboard_alone(new_notebook: NewNotebook, open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(
        new_notebook("keyboard.ipynb", [RECORD.format(runs=300), "%track show"])
    )
    notebook.run_all()
    press, dashboard = notebook.page.keyboard.press, notebook.dashboard()
    grid = dashboard.get_by_role("treegrid", name="Runs")
    search = dashboard.get_by_role("searchbox")
    expect(grid).to_have_attribute("aria-rowcount", "300")
    cells = notebook.page.evaluate(CELL_COUNT)

    search.focus()
    press_until_focused(grid.locator(".nbtrack-head"), "Tab")
    press("Tab")
    expect(row(dashboard, 1)).to_be_focused()
    press("ArrowDown")
    expect(row(dashboard, 2)).to_be_focused()

    for opening, closing in (("Enter", "Enter"), ("ArrowRight", "ArrowLeft")):
        press(opening)
        expect(row(dashboard, 2)).to_have_attribute("aria-expanded", "true")
        press(closing)
        expect(row(dashboard, 2)).to_have_attribute("aria-expanded", "false")
    expect(row(dashboard, 2)).to_be_focused()

    press("PageDown")
    press("PageDown")
    paged = grid.locator("[role=row]:focus")
    expect(paged).to_be_in_viewport(ratio=1)
    assert int(paged.get_attribute("aria-rowindex") or 0) > 20
    press("End")
    expect(row(dashboard, 300)).to_be_focused()
    expect(row(dashboard, 300)).to_contain_text("run 0")
    press("Home")
    expect(row(dashboard, 1)).to_be_focused()

    press("Delete")
    question = notebook.page.get_by_role("dialog", name="Delete run")
    expect(question.get_by_role("button", name="Cancel")).to_be_focused()
    press("Escape")
    expect(question).to_have_count(0)
    expect(row(dashboard, 1)).to_be_focused()

    for key in ("x", "d", "d", "b", "z"):  # cut, delete, insert, undo: JupyterLab's own
        press(key)
    expect(row(dashboard, 1)).to_be_focused()
    assert notebook.page.evaluate(CELL_COUNT) == cells
    expect(grid).to_have_attribute("aria-rowcount", "300")

    press("/")
    expect(search).to_be_focused()
    expect(search).to_have_value("")
    notebook.shut_down()

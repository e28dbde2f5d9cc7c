"""Hostile text in every place where text is shown, in a real browser: it stays text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Dialog, Locator, Page, expect

from nbtrack.api import Store
from nbtrack.config import load_config
from nbtrack.dashboard.operations.context import Context
from nbtrack.dashboard.snapshot import snapshot_html
from nbtrack.store.artifacts import ArtifactStore
from tests.browser.conftest import Lab
from tests.browser.hostile import ELSEWHERE, PAYLOADS, RECORD
from tests.browser.notebook_page import NewNotebook, OpenNotebook

TABS = (
    "Overview", "Code", "Charts", "Artifacts", "Datasets", "Dependencies", "Host", "Git",
    "Output", "Timeline",
)  # fmt: skip
ROW_HEIGHTS = """(grid) => [...grid.querySelectorAll('.nbtrack-row')]
  .map((row) => row.getBoundingClientRect().height)"""
OUTSIDE = """(root) => {
  const { left, right } = root.getBoundingClientRect();
  const panel = root.closest('.jp-NotebookPanel') ?? document.body;
  return {
    isWider: panel.scrollWidth > panel.clientWidth + 1 || left < 0 || right > innerWidth,
    strays: [...document.body.children].map((element) => element.localName)
      .filter((name) => ['img', 'b', 'base', 'svg'].includes(name)),
  };
}"""


class Watch:
    """Whatever would tell that text was more than text."""

    def __init__(self, page: Page, own: str) -> None:
        self.page = page
        self.events: list[str] = []
        page.context.on("request", lambda sent: self._see_request(sent.url, own))
        page.on("dialog", self._see_dialog)
        page.on("popup", lambda popup: self.events.append(f"popup {popup.url}"))

    def _see_request(self, url: str, own: str) -> None:
        if not url.startswith((own, own.replace("http", "ws"), "data:", "blob:", "about:")):
            self.events.append(url)

    def _see_dialog(self, dialog: Dialog) -> None:
        self.events.append(f"dialog {dialog.message}")
        dialog.dismiss()

    def assert_quiet(self) -> None:
        assert self.events == []
        assert self.page.evaluate("window.pwned") is None


@pytest.fixture
def watch(page: Page, lab: Lab) -> Iterator[Watch]:
    found = Watch(page, lab.url)
    yield found
    found.assert_quiet()


def assert_whole(dashboard: Locator) -> None:
    heights = dashboard.get_by_role("treegrid", name="Runs").evaluate(ROW_HEIGHTS)
    assert heights
    assert set(heights) == {28}
    assert dashboard.evaluate(OUTSIDE) == {"isWider": False, "strays": []}


def search_for(dashboard: Locator, text: str) -> None:
    quoted = text.replace("'", "\\'")
    dashboard.get_by_role("searchbox", name="Search runs").fill(f'params.same = "{quoted}"')
    expect(dashboard.locator(".nbtrack-foot, [role=alert]").first).to_be_visible()


def look_at_files(panel: Locator) -> None:
    for item in panel.locator("[role=treeitem]:not([aria-expanded])").all():
        item.click()
        preview = panel.locator(".nbtrack-preview")
        expect(preview.locator("iframe, img, pre, table, p").first).to_be_attached()


def look_at_run(dashboard: Locator) -> None:
    for tab in TABS:
        dashboard.get_by_role("tab", name=tab, exact=True).click()
        panel = dashboard.get_by_role("tabpanel", name=tab)
        expect(panel.locator(".nbtrack-detail-content > *").first).to_be_attached()
        if tab == "Artifacts":
            look_at_files(panel)


def test_text_stays_text_in_rows_and_details(
    watch: Watch, new_notebook: NewNotebook, open_notebook: OpenNotebook
) -> None:
    show = 'nbtrack.Dashboard(scope="kernel", height=700)'
    notebook = open_notebook(new_notebook("hostile.ipynb", [RECORD, show]))
    notebook.run_all()
    dashboard = notebook.dashboard()
    grid = dashboard.get_by_role("treegrid", name="Runs")
    expect(grid.locator("[data-run-id]").first).to_be_visible()
    assert_whole(dashboard)

    for text in PAYLOADS.values():
        search_for(dashboard, text)
        assert_whole(dashboard)
        watch.assert_quiet()
    dashboard.get_by_role("searchbox", name="Search runs").fill("")

    expect(grid).to_have_attribute("aria-rowcount", str(len(PAYLOADS)))
    for number in range(1, len(PAYLOADS) + 1):
        row = grid.locator(f'[role=row][data-run-id][aria-rowindex="{number}"]')
        row.get_by_role("button", name="Expand").first.click()
        look_at_run(dashboard)
        assert_whole(dashboard)
        watch.assert_quiet()
        row.get_by_role("button", name="Collapse").first.click()
    notebook.shut_down()


def choose(dashboard: Locator, name: str, text: str) -> None:
    """Check the param of this name in the dialog for columns or groups."""
    dashboard.get_by_role("button", name=name, exact=True).click()
    dialog = dashboard.page.get_by_role("dialog", name=name)
    dialog.get_by_role("searchbox").or_(dialog.get_by_role("textbox")).first.fill(text)
    dialog.locator("label[title^='params.']", has_text=text).get_by_role("checkbox").check()
    dashboard.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_text_stays_text_in_dialogs_chips_and_groups(
    watch: Watch, new_notebook: NewNotebook, open_notebook: OpenNotebook
) -> None:
    show = 'nbtrack.Dashboard(scope="kernel", height=700)'
    notebook = open_notebook(new_notebook("hostile-dialogs.ipynb", [RECORD, show]))
    notebook.run_all()
    dashboard = notebook.dashboard()
    grid = dashboard.get_by_role("treegrid", name="Runs")

    for text in (PAYLOADS["image"], PAYLOADS["style"], PAYLOADS["right to left"]):
        choose(dashboard, "Columns", text)
        assert_whole(dashboard)
        watch.assert_quiet()
    expect(grid.get_by_role("columnheader", name=PAYLOADS["image"]).first).to_be_attached()
    for text in ("same", PAYLOADS["image"]):
        choose(dashboard, "Group by", text)
    expect(grid.locator("[role=row][data-group]").first).to_be_visible()
    dashboard.get_by_role("button", name="Expand all").click()
    expect(grid.locator("[role=row][data-run-id]").first).to_be_visible()
    assert_whole(dashboard)
    watch.assert_quiet()
    notebook.shut_down()


def filter_same(dashboard: Locator, text: str) -> None:
    """Keep the runs whose param `same` is this text; a box of one line takes it without breaks."""
    dashboard.get_by_role("columnheader", name="same", exact=True).hover()
    dashboard.get_by_role("button", name="Filter same", exact=True).click()
    dialog = dashboard.page.get_by_role("dialog", name="Filter same")
    dialog.get_by_role("combobox", name="Operator").select_option("=")
    dialog.get_by_role("textbox", name="Value").fill(text)
    dialog.get_by_role("button", name="Apply").click()
    expect(dialog).to_have_count(0)


def test_text_stays_text_in_filters_experiments_and_side_by_side(
    watch: Watch, new_notebook: NewNotebook, open_notebook: OpenNotebook
) -> None:
    columns = ["attributes.user_id", "params.same"]
    show = f"nbtrack.Dashboard(columns={columns}, scope='kernel', height=700)"
    notebook = open_notebook(new_notebook("hostile-around.ipynb", [RECORD, show]))
    notebook.run_all()
    dashboard = notebook.dashboard()
    users = dashboard.get_by_role("treegrid").locator("[data-column='attributes.user_id']")
    expect(users.last).to_be_attached()
    assert_whole(dashboard)

    chip = dashboard.get_by_role("button", name="Remove filter same", exact=True)
    for text in PAYLOADS.values():
        filter_same(dashboard, text)
        expect(chip).to_be_visible()
        assert dashboard.evaluate(OUTSIDE) == {"isWider": False, "strays": []}
        watch.assert_quiet()
    chip.click()

    dashboard.get_by_role("checkbox", name="Select all runs").check()
    bar = dashboard.get_by_role("group", name="Selected runs")
    bar.get_by_role("button", name="Compare").click()
    compared = dashboard.get_by_role("tabpanel", name="Compare")
    expect(compared.get_by_text(PAYLOADS["image"], exact=True).first).to_be_attached()
    assert dashboard.evaluate(OUTSIDE) == {"isWider": False, "strays": []}
    watch.assert_quiet()

    dashboard.get_by_role("tab", name="Runs").click()
    dashboard.get_by_role("button", name="Experiments", exact=True).click()
    listed = dashboard.get_by_role("navigation", name="Experiments")
    for name in ("image", "script", "style"):
        expect(listed.get_by_role("checkbox", name=PAYLOADS[name]).first).to_be_attached()
    assert dashboard.evaluate(OUTSIDE) == {"isWider": False, "strays": []}
    watch.assert_quiet()
    notebook.shut_down()


def test_the_snapshot_shows_text_as_text(watch: Watch, page: Page, tmp_path: Path) -> None:
    store = Store(load_config(tmp_path / "store" / "nbtrack.db"))
    for text in PAYLOADS.values():
        with store.start_run(text, params={"same": text}):
            pass
    context = Context(store.database, ArtifactStore(store.config.artifacts))
    snapshot = snapshot_html(context, {"columns": ["attributes.run_name", "params.same"]})
    store.close()
    page.set_content(f"<!doctype html><body>{snapshot}</body>")
    expect(page.get_by_role("cell", name=PAYLOADS["image"], exact=True).first).to_be_visible()
    assert page.locator("img, script, svg, iframe, style, a, b[onclick]").count() == 0
    watch.assert_quiet()


def test_the_watch_sees_what_text_must_not_do(page: Page, lab: Lab) -> None:
    watch = Watch(page, lab.url)
    page.set_content(f"<!doctype html><body>{PAYLOADS['image']}{PAYLOADS['script']}")
    page.wait_for_function("window.pwned === 1")
    assert watch.events == [f"{ELSEWHERE}/i.png"]

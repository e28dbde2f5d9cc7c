"""Pages that are opened twice, or sleep while others go on."""

from __future__ import annotations

import uuid

from playwright.sync_api import expect

from nbtrack.api import Store
from nbtrack.config import load_config
from tests.browser.conftest import Lab
from tests.browser.notebook_page import NewNotebook, NotebookPage, OpenNotebook, expect_rows

RECORD = """%load_ext nbtrack
import nbtrack
for number in range(3):
    with nbtrack.start_run(f"run {number}"):
        pass"""
HOUR_SECONDS = 3600


def test_one_notebook_in_two_tabs_shows_the_same(
    lab: Lab, new_notebook: NewNotebook, open_notebook: OpenNotebook
) -> None:
    path = new_notebook(f"{uuid.uuid4().hex}.ipynb", [RECORD, "%track show"])
    first = open_notebook(path)
    first.run_all()
    expect_rows(first.dashboard(), 3)
    first.save()
    second = NotebookPage(first.page.context.new_page(), lab.url, lab.token, path)
    second.open()
    expect_rows(second.dashboard(), 3)

    second.dashboard().get_by_role("button", name="Delete run 1").click()
    question = second.page.get_by_role("dialog", name="Delete run")
    question.get_by_role("button", name="Delete").click()
    for tab in (second, first):
        expect_rows(tab.dashboard(), 2)
    first.dashboard().get_by_role("searchbox", name="Search runs").fill("run_name = 'run 2'")
    for tab in (first, second):
        expect_rows(tab.dashboard(), 1)
    second.page.close()
    first.shut_down()


def test_a_page_that_slept_for_an_hour_shows_what_happened_meanwhile(
    lab: Lab, new_notebook: NewNotebook, open_notebook: OpenNotebook
) -> None:
    name = uuid.uuid4().hex
    path = new_notebook(f"{name}.ipynb", [RECORD, "%track show"])
    notebook = open_notebook(path)
    notebook.page.clock.install()
    notebook.run_all()
    dashboard = notebook.dashboard()
    expect_rows(dashboard, 3)
    session = notebook.page.context.new_cdp_session(notebook.page)
    session.send("Page.setWebLifecycleState", {"state": "frozen"})
    store = Store(load_config(lab.store))
    with store.start_run("meanwhile", experiment=name):
        pass
    store.close()
    session.send("Page.setWebLifecycleState", {"state": "active"})
    notebook.page.clock.fast_forward(HOUR_SECONDS * 1000)
    expect(dashboard.get_by_role("button", name="Expand meanwhile")).to_be_visible()
    expect_rows(dashboard, 4)
    expect(dashboard.get_by_text("Live", exact=True)).to_be_visible()
    notebook.shut_down()

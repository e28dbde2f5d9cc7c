"""The dashboard in a real JupyterLab: search, sort, restore, many at once, reopened."""

from __future__ import annotations

import sqlite3
import uuid

from playwright.sync_api import expect

from tests.browser.conftest import Lab, Wire
from tests.browser.notebook_page import NewNotebook, OpenNotebook, grid
from tests.waiting import until

RECORD = """import nbtrack
for number in range({runs}):
    with nbtrack.start_run(f"run {{number}}", params={{"lr": number / 10}}) as run:
        run.log_metric("acc", number)"""


def stored_views(wire: Wire) -> str:
    connection = sqlite3.connect(f"file:{wire.store}?mode=ro", uri=True)
    try:
        return "".join(content for (content,) in connection.execute("SELECT content FROM views"))
    finally:
        connection.close()


def test_search_and_sort(
    wire: Wire, new_notebook: NewNotebook, open_notebook: OpenNotebook
) -> None:
    path = new_notebook("search.ipynb", [wire.load, RECORD.format(runs=12), "%track show"])
    notebook = open_notebook(path)
    notebook.run_all()
    dashboard = notebook.dashboard()
    expect(grid(dashboard)).to_have_attribute("aria-rowcount", "12")

    search = dashboard.get_by_role("searchbox", name="Search runs")
    search.fill("params.lr >= 0.9")
    expect(grid(dashboard)).to_have_attribute("aria-rowcount", "3")
    search.fill("params.lr >= ")
    expect(dashboard.get_by_role("alert")).to_contain_text("^")
    expect(grid(dashboard)).to_have_attribute("aria-rowcount", "3")
    search.fill("")
    expect(grid(dashboard)).to_have_attribute("aria-rowcount", "12")
    expect(dashboard.get_by_role("alert")).to_have_count(0)

    header = dashboard.get_by_role("columnheader", name="acc")
    header.get_by_text("acc").click()
    expect(header).to_have_attribute("aria-sort", "ascending")
    expect(dashboard.locator("[role=row][data-run-id]").first).to_contain_text("run 0")
    header.get_by_text("acc").click()
    expect(header).to_have_attribute("aria-sort", "descending")
    expect(dashboard.locator("[role=row][data-run-id]").first).to_contain_text("run 11")
    notebook.shut_down()


def test_restore_in_the_deleted_view(
    wire: Wire, new_notebook: NewNotebook, open_notebook: OpenNotebook
) -> None:
    path = new_notebook("restore.ipynb", [wire.load, RECORD.format(runs=3), "%track show"])
    notebook = open_notebook(path)
    notebook.run_all()
    dashboard = notebook.dashboard()
    dashboard.get_by_role("button", name="Delete run 1").click()
    question = notebook.page.get_by_role("dialog", name="Delete run")
    question.get_by_role("button", name="Cancel").click()
    expect(grid(dashboard)).to_have_attribute("aria-rowcount", "3")

    dashboard.get_by_role("button", name="Delete run 1").click()
    question.get_by_role("button", name="Delete").click()
    expect(grid(dashboard)).to_have_attribute("aria-rowcount", "2")
    dashboard.get_by_role("switch", name="Deleted").click()
    expect(grid(dashboard)).to_have_attribute("aria-rowcount", "1")
    dashboard.get_by_role("button", name="Restore run 1").click()
    expect(grid(dashboard)).to_have_attribute("aria-rowcount", "0")
    dashboard.get_by_role("switch", name="Deleted").click()
    expect(grid(dashboard)).to_have_attribute("aria-rowcount", "3")
    notebook.shut_down()


def test_several_dashboards_and_one_displayed_twice(
    wire: Wire, new_notebook: NewNotebook, open_notebook: OpenNotebook
) -> None:
    cells = [
        wire.load,
        RECORD.format(runs=4),
        "first = nbtrack.Dashboard(); first",
        "first",
        "nbtrack.Dashboard('params.lr > 0.1')",
        "with nbtrack.start_run('late', params={'lr': 1.0}): pass",
    ]
    notebook = open_notebook(new_notebook("several.ipynb", cells))
    notebook.run_all()
    for number, rows in enumerate(("5", "5", "3")):
        expect(grid(notebook.dashboard(number))).to_have_attribute("aria-rowcount", rows)

    twin = notebook.dashboard(1)
    twin.get_by_role("button", name="Expand late").click()
    expect(twin.get_by_role("tab", name="Overview")).to_be_visible()
    expect(notebook.dashboard(0).get_by_role("tab", name="Overview")).to_have_count(0)
    notebook.shut_down()


def test_rows_are_answered_while_a_cell_runs(
    wire: Wire, lab: Lab, new_notebook: NewNotebook, open_notebook: OpenNotebook
) -> None:
    signal = lab.folder / f"go-{uuid.uuid4().hex}"
    waits_for_file = (
        "%%track long\n"
        "import pathlib, time\n"
        f"while not pathlib.Path({str(signal)!r}).exists():\n"
        "    nbtrack.log_metric('beat', 1)\n"
        "    time.sleep(0.05)"
    )
    cells = [wire.load, RECORD.format(runs=3), "%track show", waits_for_file]
    notebook = open_notebook(new_notebook("busy.ipynb", cells))
    notebook.start_command("notebook:run-all-cells")
    dashboard = notebook.dashboard()
    status = dashboard.locator("[role=row][data-run-id] [data-column='attributes.status']")
    expect(status.first).to_have_text("running")
    dashboard.get_by_role("button", name="Expand run 1").click()
    expect(dashboard.get_by_role("tab", name="Overview")).to_be_visible()
    dashboard.get_by_role("searchbox", name="Search runs").fill("long")
    expect(grid(dashboard)).to_have_attribute("aria-rowcount", "1")
    signal.touch()
    expect(status.first).to_have_text("completed")
    notebook.shut_down()


def test_a_reloaded_page_has_its_dashboard_and_view(
    wire: Wire, new_notebook: NewNotebook, open_notebook: OpenNotebook
) -> None:
    path = new_notebook("reload.ipynb", [wire.load, RECORD.format(runs=5), "%track show"])
    notebook = open_notebook(path)
    notebook.run_all()
    search = notebook.dashboard().get_by_role("searchbox", name="Search runs")
    search.fill("params.lr > 0.2")
    expect(grid(notebook.dashboard())).to_have_attribute("aria-rowcount", "2")
    until(lambda: "params.lr > 0.2" in stored_views(wire), "the view to be kept")
    notebook.save()

    reopened = open_notebook(path)
    expect(grid(reopened.dashboard())).to_have_attribute("aria-rowcount", "2")
    expect(reopened.dashboard().get_by_role("searchbox", name="Search runs")).to_have_value(
        "params.lr > 0.2"
    )
    reopened.shut_down()


def test_a_notebook_reopened_without_its_kernel(
    wire: Wire, lab: Lab, new_notebook: NewNotebook, open_notebook: OpenNotebook
) -> None:
    path = new_notebook("reopen.ipynb", [wire.load, RECORD.format(runs=2), "%track show"])
    notebook = open_notebook(path)
    notebook.run_all()
    expect(grid(notebook.dashboard())).to_have_attribute("aria-rowcount", "2")
    notebook.save()
    notebook.shut_down()

    reopened = open_notebook(path)
    if wire.store == lab.store:  # the server answers, whatever became of the kernel
        expect(grid(reopened.dashboard())).to_have_attribute("aria-rowcount", "2")
        reopened.dashboard().get_by_role("button", name="Expand run 1").click()
        expect(reopened.dashboard().get_by_role("tab", name="Overview")).to_be_visible()
    else:
        expect(reopened.page.get_by_role("cell", name="run 1", exact=True)).to_be_visible()
        expect(reopened.page.get_by_text("the table as it was saved")).to_be_visible()
    expect(reopened.page.get_by_text("Error displaying widget")).to_be_hidden()
    reopened.shut_down()


def test_hostile_text_is_shown_as_text(
    wire: Wire, new_notebook: NewNotebook, open_notebook: OpenNotebook
) -> None:
    hostile = "<img src=x onerror='window.hurt = true'><script>window.hurt = true</script>"
    record = (
        f"text = {hostile!r}\n"
        "with nbtrack.start_run(text, params={'p' + text: text}, tags={'t' + text: text}) as run:\n"
        "    run.log_metric('m' + text, 1)\n"
        "    run.log_text(text, 'page.html')\n"
        "    run.set_description(text)\n"
        "    print(text)"
    )
    cells = [f"{wire.load}\nimport nbtrack", record, "%track show"]
    notebook = open_notebook(new_notebook("hostile.ipynb", cells))
    notebook.run_all()
    dashboard = notebook.dashboard()
    expect(dashboard.locator("[data-column='attributes.run_name']").last).to_contain_text("<img")
    dashboard.get_by_role("button", name=f"Expand {hostile}").click()
    for tab in ("Code", "Artifacts", "Output", "Timeline", "Overview"):
        dashboard.get_by_role("tab", name=tab, exact=True).click()
        expect(dashboard.get_by_role("tabpanel", name=tab)).to_be_visible()
    assert notebook.page.evaluate("window.hurt") is None
    notebook.shut_down()

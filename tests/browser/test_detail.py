"""An open row in a real JupyterLab: changed in place, its files looked at, at any size."""

from __future__ import annotations

import os
import re
import sqlite3
import uuid
import zipfile
from pathlib import Path

from playwright.sync_api import Locator, Request, expect

from tests.browser.conftest import Lab
from tests.browser.notebook_page import NewNotebook, OpenNotebook
from tests.waiting import until

CELL_COUNT = "() => window.jupyterapp.shell.currentWidget.content.widgets.length"
EXECUTION_COUNTS = """() => window.jupyterapp.shell.currentWidget.content.widgets
  .map(({ model }) => model.executionCount)"""
TWO_GIGABYTES = 2_000_000_000
FILES = """%load_ext nbtrack
import nbtrack, pandas
with nbtrack.start_run("files") as run:
    run.log_text("a line\\n" * 100_000, "big.log")
    run.log_text("<h1 id=top>Report</h1><script>document.body.innerHTML = 'ran'</script>", "r.html")
    run.log_dict({"depth": [1, 2]}, "settings/deep/model.json")
    run.log_table(pandas.DataFrame({"x": [1, 2], "y": ["a", "b"]}), "tables/points")
    run.log_text("soon gone", "gone.txt")
    run.log_dataset(pandas.DataFrame({"x": [1.5]}), "train data", "train", keep=True)"""
MANY = """%load_ext nbtrack
import nbtrack
with nbtrack.start_run("many", params={f"p{i:04}": i for i in range(1_000)}) as run:
    for step in range(2):
        run.log_metrics({f"m{i:05}": i + step for i in range(12_000)}, step=step)"""
LONGEST_OPENING_MS = 3_000
"""Measured: about 300 ms."""


def expand(dashboard: Locator, name: str, tab: str) -> Locator:
    dashboard.get_by_role("button", name=f"Expand {name}").click()
    dashboard.get_by_role("tab", name=tab, exact=True).click()
    return dashboard.get_by_role("tabpanel", name=tab)


def stored(lab: Lab, query: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(lab.store)
    try:
        with connection:
            return connection.execute(query).fetchall()
    finally:
        connection.close()


def stored_file(lab: Lab, name: str) -> Path:
    (path,) = (lab.store.parent / "artifacts").rglob(name)
    return path


def test_tags_and_description_are_changed_while_the_run_goes_on(
    lab: Lab, new_notebook: NewNotebook, open_notebook: OpenNotebook
) -> None:
    signal = lab.folder / f"go-{uuid.uuid4().hex}"
    cell = (
        "%%track edited\n"
        "import pathlib, time\n"
        f"while not pathlib.Path({str(signal)!r}).exists():\n"
        "    nbtrack.log_metric('beat', 1)\n"
        "    time.sleep(0.05)"
    )
    show = "%load_ext nbtrack\nimport nbtrack\n%track show"
    notebook = open_notebook(new_notebook("edit.ipynb", [show, cell]))
    notebook.start_command("notebook:run-all-cells")
    page, press = notebook.page, notebook.page.keyboard.press
    panel = expand(notebook.dashboard(), "edited", "Overview")
    beats = panel.locator("tr", has_text="beat").locator("td").nth(4)

    panel.get_by_role("button", name="Add tag").click()
    page.keyboard.type("team/a")
    press("Tab")
    before = beats.inner_text()
    page.keyboard.type("vis")
    expect(beats).not_to_have_text(before)
    page.keyboard.type("ion")
    press("Enter")
    expect(panel.get_by_role("button", name="Edit tag team/a")).to_be_focused()

    counts = page.evaluate(EXECUTION_COUNTS)
    panel.get_by_role("button", name="Edit description").click()
    page.keyboard.type("1/2 *of* it")
    press("Enter")
    before = beats.inner_text()
    expect(beats).not_to_have_text(before)
    page.keyboard.type("and dd the rest")
    press("Control+Enter")
    expect(panel.get_by_role("button", name="Edit description")).to_be_focused()
    expect(panel.locator(".nbtrack-description")).to_have_text("1/2 *of* it\nand dd the rest")
    assert page.evaluate(EXECUTION_COUNTS) == counts
    assert page.evaluate(CELL_COUNT) == 2
    press("Escape")
    row = notebook.dashboard().locator("[role=row][data-run-id]", has_text="edited")
    expect(row).to_be_focused()

    signal.touch()
    expect(row.locator("[data-column='attributes.status']")).to_have_text("completed")
    query = "SELECT description FROM runs WHERE run_name = 'edited'"
    assert stored(lab, query) == [("1/2 *of* it\nand dd the rest",)]
    notebook.shut_down()


def test_files_are_looked_at_and_saved_whatever_became_of_them(
    lab: Lab, new_notebook: NewNotebook, open_notebook: OpenNotebook, tmp_path: Path
) -> None:
    notebook = open_notebook(new_notebook("files.ipynb", [FILES, "%track show"]))
    notebook.run_all()
    stored_file(lab, "gone.txt").unlink()
    panel = expand(notebook.dashboard(), "files", "Artifacts")
    tree, preview = panel.get_by_role("tree", name="Artifacts"), panel.locator(".nbtrack-preview")

    tree.get_by_role("treeitem", name="gone.txt").click()
    expect(preview.get_by_role("alert")).to_contain_text("cannot be read")
    tree.get_by_role("treeitem", name="points.parquet").click()
    expect(preview.get_by_role("cell", name="b", exact=True)).to_be_visible()
    tree.get_by_role("treeitem", name="model.json").click()
    expect(preview.locator("pre")).to_contain_text('"depth": [')
    tree.get_by_role("treeitem", name="r.html").click()
    expect(preview.frame_locator("iframe").get_by_role("heading")).to_have_text("Report")

    panel.get_by_role("button", name="Download all as zip").click()
    with notebook.page.expect_download() as download:
        expect(panel.get_by_role("alert").first).to_contain_text("lacks gone.txt")
    saved = tmp_path / "all.zip"
    download.value.save_as(saved)
    assert download.value.suggested_filename == "files artifacts.zip"
    with zipfile.ZipFile(saved) as archive:
        assert archive.testzip() is None
        assert "gone.txt" not in archive.namelist()
        assert archive.read("big.log") == b"a line\n" * 100_000
        assert "settings/deep/model.json" in archive.namelist()

    notebook.dashboard().get_by_role("tab", name="Datasets").click()
    datasets = notebook.dashboard().get_by_role("tabpanel", name="Datasets")
    expect(datasets).to_contain_text("float64")
    with notebook.page.expect_download() as download:
        datasets.get_by_role("button", name="Download dataset train data").click()
    until(lambda: download.value.path().stat().st_size > 0, "the dataset to be saved")
    notebook.shut_down()


def test_a_file_of_two_gigabytes_shows_its_beginning(
    lab: Lab, new_notebook: NewNotebook, open_notebook: OpenNotebook
) -> None:
    record = (
        "%load_ext nbtrack\nimport nbtrack\n"
        "with nbtrack.start_run('huge') as run: run.log_text('first words', 'huge.log')"
    )
    notebook = open_notebook(new_notebook("huge.ipynb", [record, "%track show"]))
    notebook.run_all()
    os.truncate(stored_file(lab, "huge.log"), TWO_GIGABYTES)
    stored(lab, f"UPDATE artifacts SET size = {TWO_GIGABYTES} WHERE path = 'huge.log'")
    asked: list[str] = []

    def see(request: Request) -> None:
        if '"op":"artifact"' in re.sub(r"\s", "", request.post_data or ""):
            asked.append(request.url)

    notebook.page.on("request", see)
    panel = expand(notebook.dashboard(), "huge", "Artifacts")
    expect(panel).to_contain_text("The first 262 kB of 2.0 GB; download it to see all.")
    expect(panel).to_contain_text("first words")
    assert len(asked) == 1

    panel.get_by_role("button", name="Download huge.log").click()
    panel.get_by_role("button", name="Cancel: Download huge.log").click()
    expect(panel.get_by_role("button", name="Download huge.log")).to_be_visible()
    notebook.shut_down()


def test_very_many_params_and_metrics_open_at_once(
    new_notebook: NewNotebook, open_notebook: OpenNotebook
) -> None:
    notebook = open_notebook(new_notebook("many.ipynb", [MANY, "%track show"]))
    notebook.run_all()
    dashboard = notebook.dashboard()
    expect(dashboard.get_by_role("button", name="Expand many")).to_be_visible()
    start = notebook.page.evaluate("performance.now()")
    panel = expand(dashboard, "many", "Overview")
    expect(panel.get_by_role("cell", name="m00000", exact=True)).to_be_visible()
    assert notebook.page.evaluate("performance.now()") - start < LONGEST_OPENING_MS

    panel.get_by_role("textbox", name="Filter params").fill("p0999")
    expect(panel.locator("dl").first).to_have_text("p0999999")
    panel.get_by_role("button", name="Show all 12,000 metrics").click()
    panel.evaluate("(element) => { element.scrollTop = element.scrollHeight; }")
    expect(panel.get_by_role("cell", name="m11999", exact=True)).to_be_in_viewport()
    assert panel.locator("tbody tr").count() < 200
    notebook.shut_down()

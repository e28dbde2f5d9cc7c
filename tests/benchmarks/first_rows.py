"""How soon the dashboard's rows are on screen, in a real JupyterLab in Chromium."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from nbtrack.store import open_store
from tests.benchmarks.figures import Figure
from tests.benchmarks.fill import Filling, fill
from tests.browser.conftest import CHROMIUM_OPTIONS, Lab, _chromium
from tests.browser.notebook_page import NotebookPage

PAGES = 5
REPETITIONS = 5
"""How often the cell is executed on each page; the first has the widget's code to load."""

ROWS_GOAL = 500.0
FILLING = Filling(1_000)
CELLS = ["%load_ext nbtrack\nimport nbtrack", "nbtrack.Dashboard(scope='all')"]

WATCH = """() => {
  const panel = window.jupyterapp.shell.currentWidget;
  const cell = panel.content.widgets[1].node;
  for (const row of cell.querySelectorAll('[data-run-id]')) row.dataset.old = 'true';
  const times = { begun: null, ended: null, painted: null };
  window.times = times;
  const look = () => {
    const prompt = cell.querySelector('.jp-InputPrompt').textContent;
    if (times.begun === null && prompt.includes('*')) times.begun = performance.now();
    if (times.begun !== null && times.ended === null && /\\d/.test(prompt))
      times.ended = performance.now();
    if (times.painted === null && cell.querySelector('[data-run-id]:not([data-old])')) {
      times.painted = 0;
      requestAnimationFrame(() => requestAnimationFrame(() => {
        times.painted = performance.now();
      }));
    }
  };
  new MutationObserver(look).observe(
    cell, { subtree: true, childList: true, characterData: true, attributes: true },
  );
}"""
DONE = "() => window.times.ended !== null && window.times.painted > 0"


def measure_rows(folder: Path) -> list[Figure]:
    """Return the time from the end of the cell's execution until its first rows are painted."""
    lab = Lab(folder / "lab")
    lab.store.parent.mkdir(parents=True)
    database = open_store(lab.store)
    fill(database, FILLING)
    database.close()
    lab.start()
    times: list[dict[str, float]] = []
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=_chromium(), args=list(CHROMIUM_OPTIONS)
            )
            for number in range(PAGES):
                times += _one_page(browser, lab, f"rows{number}.ipynb")
            browser.close()
    finally:
        lab.stop()
    first, again = times[::REPETITIONS], [t for i, t in enumerate(times) if i % REPETITIONS]
    return [
        Figure(
            "the first rows after the cell's end, on a fresh page and kernel",
            [each["painted"] - each["ended"] for each in first],
            ROWS_GOAL,
        ),
        Figure(
            "the same when the cell is executed again",
            [each["painted"] - each["ended"] for each in again],
            ROWS_GOAL,
        ),
        Figure(
            "the first rows after the cell's start, on a fresh page and kernel",
            [each["painted"] - each["begun"] for each in first],
        ),
        Figure(
            "the same when the cell is executed again",
            [each["painted"] - each["begun"] for each in again],
        ),
    ]


def _one_page(browser: Browser, lab: Lab, name: str) -> list[dict[str, float]]:
    write_notebook(lab.notebooks / name, CELLS)
    context = browser.new_context(viewport={"width": 1360, "height": 900})
    page = context.new_page()
    page.set_default_timeout(60_000)
    notebook = NotebookPage(page, lab.url, lab.token, name)
    notebook.open()
    notebook.command("notebook:run-cell-and-select-next")
    found = [_execute(page, notebook) for _ in range(REPETITIONS)]
    notebook.shut_down()
    context.close()
    return found


def _execute(page: Page, notebook: NotebookPage) -> dict[str, float]:
    page.evaluate(WATCH)
    notebook.start_command("notebook:run-cell")
    page.wait_for_function(DONE)
    shown = notebook.dashboard().get_by_role("treegrid", name="Runs")
    if shown.get_attribute("aria-rowcount") != str(FILLING.runs):
        raise RuntimeError("the dashboard does not show all runs")
    times: dict[str, float] = page.evaluate("() => window.times")
    return times


def write_notebook(path: Path, sources: list[str]) -> None:
    """Write a notebook with such cells."""
    cells: list[dict[str, Any]] = [
        {
            "cell_type": "code", "id": f"cell-{number}", "metadata": {}, "source": source,
            "outputs": [], "execution_count": None,
        }
        for number, source in enumerate(sources)
    ]  # fmt: skip
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    notebook = {
        "cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5,
    }  # fmt: skip
    path.write_text(json.dumps(notebook))

"""Other versions of JupyterLab, and Notebook 7: the dashboard opens, and cells bear their marks.

What the tests around this one ask of the newest JupyterLab in full is asked here in one breath.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Lab
from tests.browser.notebook_page import expect_rows
from tests.kernels.environments import Versions, python_with

NOTEBOOK_7 = Versions("Notebook 7.4, JupyterLab 4.4", ("notebook==7.4.*", "jupyterlab==4.4.*"))
LAB_4_5 = Versions("JupyterLab 4.5", ("jupyterlab==4.5.*",))

READY = """() => {
  const panel = window.jupyterapp?.shell?.currentWidget;
  return Boolean(panel?.content?.activeCell) && panel.sessionContext?.isReady
    && panel.sessionContext.session?.kernel?.status === 'idle'
    && window.jupyterapp.commands.isEnabled('notebook:run-all-cells');
}"""
CELLS = ["%load_ext nbtrack", "%%track good\nlr = 0.1", "%track show", "%%track bad\n1 / 0"]


@pytest.mark.parametrize(
    ("versions", "application", "address", "version"),
    [
        (NOTEBOOK_7, "jupyterlab", "lab/tree", "4.4."),
        (LAB_4_5, "jupyterlab", "lab/tree", "4.5."),
        (NOTEBOOK_7, "notebook", "notebooks", "7.4."),
    ],
    ids=["JupyterLab 4.4", "JupyterLab 4.5", "Notebook 7"],
)
def test_a_tracked_cell_its_dashboard_and_its_mark(
    tmp_path: Path, page: Page, versions: Versions, application: str, address: str, version: str
) -> None:
    lab = Lab(tmp_path / "lab", python_with(versions), application)
    lab.start()
    try:
        _write(lab.notebooks / "study.ipynb")
        page.goto(f"{lab.url}/{address}/study.ipynb?token={lab.token}")
        page.wait_for_function(READY)
        assert page.evaluate("() => window.jupyterapp.version").startswith(version)
        page.evaluate(
            "() => { void window.jupyterapp.commands.execute('notebook:run-all-cells'); }"
        )
        dashboard = page.get_by_role("region", name="nbtrack dashboard")
        expect_rows(dashboard, 2)
        for name, status in (("good", "completed"), ("bad", "failed")):
            row = dashboard.get_by_role("row").filter(has_text=name)
            cell = row.locator("[role=gridcell][data-column='attributes.status']")
            expect(cell).to_have_text(status)
        marks = page.get_by_role("button", name="Runs of this cell")
        expect(marks).to_have_text(["completed", "failed"])
        page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
        dashboard.get_by_role("button", name="Delete bad").click()
        page.get_by_role("dialog", name="Delete run").get_by_role("button", name="Delete").click()
        expect_rows(dashboard, 1)
    finally:
        lab.stop()


def _write(file: Path) -> None:
    cells: list[dict[str, object]] = [
        {"cell_type": "code", "id": f"cell-{number}", "metadata": {}, "source": source,
         "outputs": [], "execution_count": None}
        for number, source in enumerate(CELLS)
    ]  # fmt: skip
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    content = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4,
               "nbformat_minor": 5}  # fmt: skip
    file.write_text(json.dumps(content))

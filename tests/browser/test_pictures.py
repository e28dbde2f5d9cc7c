"""The README's pictures of the table: a sweep, grouped and filtered, in both themes."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import SCREENSHOTS
from tests.browser.notebook_page import NewNotebook, OpenNotebook

SWEEP = """%load_ext nbtrack
import math, random, nbtrack

nbtrack.set_experiment("digits {theme}")
chance = random.Random(7)
for model, best in [("boosting", 0.97), ("forest", 0.95), ("linear", 0.88)]:
    for lr in (0.3, 0.1, 0.03, 0.01):
        for depth in (3, 6, 9):
            params = {{"model": model, "lr": lr, "depth": depth}}
            with nbtrack.start_run(params=params, tags={{"data": "digits-v2"}}) as run:
                for step in range(20):
                    fit = best - 0.3 * math.exp(-step * lr * depth / 2) - 0.02 * chance.random()
                    run.log_metrics({{"acc": fit, "loss": 1.2 * (1 - fit)}}, step)"""
SHOW = """nbtrack.Dashboard(
    group_by="params.model",
    sort="-metrics.acc",
    columns=["attributes.status", "attributes.run_name", "metrics.acc", "metrics.loss",
             "params.lr", "params.depth", "attributes.duration", "attributes.start_time"],
)"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_sweep_grouped_by_model(
    new_notebook: NewNotebook, open_notebook: OpenNotebook, theme: str
) -> None:
    path = new_notebook(f"sweep-{theme}.ipynb", [SWEEP.format(theme=theme), SHOW])
    notebook = open_notebook(path, theme=theme)
    notebook.run_all()
    dashboard = notebook.dashboard()
    grid = dashboard.get_by_role("treegrid", name="Runs")
    expect(grid).to_have_attribute("aria-rowcount", "3")

    dashboard.get_by_role("button", name="Expand group boosting").click()
    expect(grid).to_have_attribute("aria-rowcount", "15")
    accuracy = dashboard.get_by_role("columnheader", name="acc", exact=True)
    accuracy.hover()
    accuracy.get_by_role("button", name="Filter acc").click()
    dialog = notebook.page.get_by_role("dialog", name="Filter acc")
    dialog.get_by_role("combobox", name="Operator").select_option(">=")
    dialog.get_by_role("spinbutton", name="Value").fill("0.8")
    dialog.get_by_role("button", name="Apply").click()
    expect(dashboard.get_by_role("button", name="Remove filter acc")).to_be_visible()
    expect(dashboard.get_by_role("button", name="Collapse group boosting")).to_be_visible()
    means = dashboard.locator("[data-group] [data-column='metrics.acc']")
    expect(means.first).to_contain_text("0.9")
    notebook.screenshot(SCREENSHOTS / f"grouped-{theme}.png")

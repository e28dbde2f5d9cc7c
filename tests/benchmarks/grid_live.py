"""The grid while another process writes: how often it refreshes, and that nothing moves."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
from playwright.sync_api import Page, Request, sync_playwright

from tests.benchmarks.first_rows import write_notebook
from tests.benchmarks.grid_page import CELLS, GRID, filled_lab
from tests.browser.conftest import CHROMIUM_OPTIONS, Lab, _chromium
from tests.browser.notebook_page import NotebookPage
from tests.waiting import until

SECONDS = 20
POINTS_PER_SECOND = 1_000
WRITER = """
import sys, time, nbtrack
seconds, rate = map(int, sys.argv[1:])
with nbtrack.start_run("live"):
    print("begun", flush=True)
    begun = time.perf_counter()
    for number in range(seconds * rate):
        nbtrack.log_metric("live", number)
        ahead = (number + 1) / rate - (time.perf_counter() - begun)
        if ahead > 0.005:
            time.sleep(ahead)
"""
PLACE = f"""() => {{
  const grid = {GRID};
  const row = document.activeElement.closest('[role=row]');
  return {{
    scrollTop: grid.scrollTop,
    focused: row?.getAttribute('data-run-id') ?? null,
    top: row === null ? null : row.getBoundingClientRect().top,
    open: [...grid.querySelectorAll('[data-run-id][aria-expanded=true]')]
      .map((open) => open.getAttribute('data-run-id')),
  }};
}}"""


@dataclass(frozen=True)
class LiveFindings:
    """What happened while another process wrote."""

    points: int
    """Points that the writer logged."""
    seconds: float
    refreshes: int
    """Times that the page asked for its rows anew."""
    steady: bool
    """Whether scroll position, focus and open rows were the same afterwards."""
    seen: bool
    """Whether the writer's run reached the page."""
    kernel_growth: int
    """Bytes by which the kernel has grown since the dashboard was shown."""
    server_growth: int


def measure_live(folder: Path, runs: int) -> LiveFindings:
    """Let another process write 1,000 points a second under an open grid of so many runs."""
    with filled_lab(folder, runs) as lab, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=_chromium(), args=list(CHROMIUM_OPTIONS)
        )
        try:
            page = browser.new_context(viewport={"width": 1360, "height": 900}).new_page()
            page.set_default_timeout(120_000)
            return _measure(page, lab)
        finally:
            browser.close()


def _measure(page: Page, lab: Lab) -> LiveFindings:
    write_notebook(lab.notebooks / "live.ipynb", CELLS)
    notebook = NotebookPage(page, lab.url, lab.token, "live.ipynb")
    notebook.open()
    notebook.command("notebook:run-cell-and-select-next")
    before = _memory(lab)
    notebook.run_all()
    dashboard = notebook.dashboard()
    dashboard.locator("[data-run-id]").first.wait_for()
    page.evaluate(f"() => {{ {GRID}.scrollTop = 20_000; }}")
    row = dashboard.locator("[role=row][aria-rowindex='720'][data-run-id]")
    row.wait_for()
    row.get_by_role("button", name="Expand").click()
    dashboard.get_by_role("tab", name="Overview").first.wait_for()
    row.focus()
    asked: list[float] = []

    def count(request: Request) -> None:
        if request.method == "POST" and request.url.partition("?")[0].endswith("/nbtrack/api"):
            body = json.loads(request.post_data or "{}")
            if body.get("op") == "rows":
                asked.append(time.monotonic())

    place = page.evaluate(PLACE)
    page.on("request", count)
    begun = time.monotonic()
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(SECONDS), str(POINTS_PER_SECOND)],
        env=lab.environment(),
        stdout=subprocess.DEVNULL,
    )
    until(lambda: page.evaluate("() => true") and writer.poll() is not None, "the writer's end")
    took = time.monotonic() - begun
    page.wait_for_load_state("networkidle")
    page.remove_listener("request", count)
    after = page.evaluate(PLACE)
    total = dashboard.locator(".nbtrack-chip", has_text="completed")
    grown = {name: size - before[name] for name, size in _memory(lab).items()}
    return LiveFindings(
        points=SECONDS * POINTS_PER_SECOND,
        seconds=took,
        refreshes=len(asked),
        steady=place["focused"] == after["focused"]
        and place["open"] == after["open"]
        and abs(place["top"] - after["top"]) < 1,
        seen=total.count() > 0,
        kernel_growth=grown["kernel"],
        server_growth=grown["server"],
    )


def _memory(lab: Lab) -> dict[str, int]:
    server = psutil.Process(lab.pid)
    kernels = [
        child for child in server.children(recursive=True)
        if any("ipykernel" in part for part in child.cmdline())
    ]  # fmt: skip
    return {
        "server": server.memory_info().rss,
        "kernel": sum(kernel.memory_info().rss for kernel in kernels),
    }

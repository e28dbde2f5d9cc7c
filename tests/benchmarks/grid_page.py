"""The grid in a real JupyterLab over stores of many sizes: what each action takes on screen."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Page, Response, sync_playwright

from nbtrack.store import open_store
from tests.benchmarks.figures import Figure
from tests.benchmarks.fill import Filling, fill
from tests.benchmarks.first_rows import WATCH, write_notebook
from tests.benchmarks.page_timing import milliseconds
from tests.browser.conftest import CHROMIUM_OPTIONS, Lab, _chromium
from tests.browser.notebook_page import NotebookPage

SIZES = (1_000, 10_000, 100_000, 1_000_000)
REPETITIONS = 5
METRIC, PARAM, SUBPARAM = "metrics.metric_0", "params.param_0", "params.param_1"
COLUMNS = ["attributes.status", "attributes.run_name", METRIC, PARAM, SUBPARAM]
CELLS = [
    "%load_ext nbtrack\nimport nbtrack",
    f"nbtrack.Dashboard(scope='all', columns={COLUMNS})",
]
BIG = 1_000_000
GOALS_MS = {"small": 250.0, "big": 1_000.0}
FIRST_ROWS_GOAL = 1_000.0
FRAME_MS = 1000 / 60

DONE = "() => window.times.ended !== null && window.times.painted > 0"
GRID = "document.querySelector('.nbtrack [role=treegrid]')"
CLICK_HEADER = f"""() => {GRID}.querySelector(
  '[role=columnheader][data-column="{METRIC}"] .nbtrack-sort').click()"""
TOP_ROW_IS = (
    f"(id) => {GRID}.querySelector('[role=row][aria-rowindex=\"1\"][data-run-id]')"
    "?.getAttribute('data-run-id') === id"
)
TYPE = """(text) => {
  const box = document.querySelector('.nbtrack input[type=search]');
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(box, text.search);
  box.dispatchEvent(new Event('input', { bubbles: true }));
}"""
COUNT_IS = f"(text) => Number({GRID}.getAttribute('aria-rowcount')) === text.count"
JUMP = f"() => {{ {GRID}.scrollTop = {GRID}.scrollHeight / 2; }}"
IS_LOADED = f"""() => {{
  const grid = {GRID};
  const box = grid.getBoundingClientRect();
  const seen = [...grid.querySelectorAll('[role=row][aria-rowindex]')].filter((row) => {{
    const {"{"} top, bottom {"}"} = row.getBoundingClientRect();
    return bottom > box.top + 32 && top < box.bottom;
  }});
  return seen.length > 5 && Number(seen[0].getAttribute('aria-rowindex')) > 100
    && seen.every((row) => row.getAttribute('aria-busy') !== 'true');
}}"""
EXPAND_FIRST = f"""() => {GRID}.querySelector(
  '[data-group][aria-expanded=false] button[aria-label^="Expand group"]').click()"""
HAS_LEVEL_2 = f"() => {GRID}.querySelector('[aria-level=\"2\"]:not([aria-busy=true])') !== null"
COUNT_DIFFERS = f"(text) => Number({GRID}.getAttribute('aria-rowcount')) !== text.count"

SCROLL = f"""async (seconds) => {{
  const grid = {GRID};
  const frames = [];
  let blank = 0, longestBlank = 0, rows = 0, direction = 1;
  const end = performance.now() + seconds * 1000;
  let last = performance.now();
  while (performance.now() < end) {{
    if (grid.scrollTop > 80 * 28) direction = -1;
    if (grid.scrollTop <= 0) direction = 1;
    grid.scrollTop += 24 * direction;
    await new Promise(requestAnimationFrame);
    const now = performance.now();
    frames.push(now - last);
    const box = grid.getBoundingClientRect();
    const middle = document.elementFromPoint(box.left + 200, box.top + box.height / 2);
    const isBlank = middle?.closest('[data-run-id]') == null;
    blank = isBlank ? blank + now - last : 0;
    longestBlank = Math.max(longestBlank, blank);
    last = now;
    rows = Math.max(rows, grid.querySelectorAll('[role=row]').length);
  }}
  return {{ frames, longestBlank, rows }};
}}"""


@dataclass
class Findings:
    """What one size of store gave."""

    runs: int
    figures: list[Figure] = field(default_factory=list)
    screen_bytes: int = 0
    """Bytes of the answers that the first screen took."""
    dom_rows: int = 0
    slow_frames: float = 0.0
    """Share of frames that took longer than 1.5 times a 60th of a second."""
    longest_blank: float = 0.0
    """Milliseconds without rows while scrolling."""


@dataclass(frozen=True)
class Expected:
    """What the store itself says about the answers."""

    newest: str
    """Name of the newest run."""
    lowest: str
    """Id of the run with the lowest metric."""
    search: str
    peer_search: str
    """The same, where a param is always text."""
    matching: int
    """Runs that match `search`."""
    top_matching: str
    """Id of the newest run that matches."""
    highest: str
    """Id of the run with the highest metric."""


def expected_of(store: Path) -> Expected:
    """Ask the store, by plain SQL, what the page must show."""
    connection = sqlite3.connect(f"file:{store}?mode=ro", uri=True)
    metric, value = METRIC.partition(".")[2], PARAM.partition(".")[2]
    by_metric = (
        "SELECT runs.run_id FROM latest_metrics AS m JOIN keys ON keys.id = m.key_id "
        "JOIN runs ON runs.id = m.run_id WHERE keys.name = ? AND keys.kind = 'metric' "
        "AND m.last IS NOT NULL ORDER BY m.last {}, runs.start_time DESC, runs.run_id LIMIT 1"
    )
    matching = (
        "FROM runs JOIN latest_metrics AS m ON m.run_id = runs.id JOIN keys AS k ON k.id = m.key_id"
        " JOIN params AS p ON p.run_id = runs.id JOIN keys AS q ON q.id = p.key_id"
        " WHERE k.name = ? AND k.kind = 'metric' AND q.name = ? AND q.kind = 'param'"
        " AND m.last > 0.5 AND p.value = ?"
    )
    [common] = connection.execute(
        "SELECT p.value FROM params AS p JOIN keys AS q ON q.id = p.key_id WHERE q.name = ? "
        "GROUP BY p.value ORDER BY count(*) DESC, p.value LIMIT 1",
        (value,),
    ).fetchone()
    arguments = (metric, value, common)
    try:
        return Expected(
            newest=connection.execute(
                "SELECT run_name FROM runs ORDER BY start_time DESC LIMIT 1"
            ).fetchone()[0],
            lowest=connection.execute(by_metric.format("ASC"), (metric,)).fetchone()[0],
            highest=connection.execute(by_metric.format("DESC"), (metric,)).fetchone()[0],
            search=f"{METRIC} > 0.5 AND {PARAM} = '{common}'",
            peer_search=f"{METRIC} > 0.5 and {PARAM} = '{common}'",
            matching=connection.execute(f"SELECT count(*) {matching}", arguments).fetchone()[0],
            top_matching=connection.execute(
                f"SELECT runs.run_id {matching} ORDER BY runs.start_time DESC LIMIT 1", arguments
            ).fetchone()[0],
        )
    finally:
        connection.close()


@contextmanager
def filled_lab(folder: Path, runs: int) -> Iterator[Lab]:
    """Run a JupyterLab whose store has so many runs."""
    lab = Lab(folder / f"lab{runs}")
    lab.store.parent.mkdir(parents=True)
    database = open_store(lab.store)
    fill(database, Filling(runs))
    database.close()
    lab.start()
    try:
        yield lab
    finally:
        lab.stop()


def measure_grid(lab: Lab, runs: int) -> Findings:
    """Return what each action takes over so many runs, from the action until it is painted."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=_chromium(), args=list(CHROMIUM_OPTIONS)
        )
        try:
            return _measure(browser, lab, runs)
        finally:
            browser.close()


def _measure(browser: Browser, lab: Lab, runs: int) -> Findings:
    findings = Findings(runs)
    expected = expected_of(lab.store)
    goal = GOALS_MS["big" if runs >= BIG else "small"]
    samples: dict[str, list[float]] = {}
    for number in range(REPETITIONS):
        page = browser.new_context(viewport={"width": 1360, "height": 900}).new_page()
        page.set_default_timeout(120_000)
        samples.setdefault("the first rows after the cell's end", []).append(
            _first_rows(page, lab, f"grid{number}.ipynb", findings)
        )
        for name, time in _actions(page, expected):
            samples.setdefault(name, []).append(time)
        if number == 0:
            _scroll(page, findings)
        page.context.close()
    findings.figures = [
        Figure(name, times, FIRST_ROWS_GOAL if name.startswith("the first") else goal)
        for name, times in samples.items()
    ]
    return findings


def _first_rows(page: Page, lab: Lab, name: str, findings: Findings) -> float:
    write_notebook(lab.notebooks / name, CELLS)
    notebook = NotebookPage(page, lab.url, lab.token, name)
    notebook.open()
    notebook.command("notebook:run-cell-and-select-next")
    received: list[int] = []

    def count(response: Response) -> None:
        if response.url.partition("?")[0].endswith("/nbtrack/api"):
            received.append(len(response.body()))

    page.on("response", count)
    page.evaluate(WATCH)
    notebook.start_command("notebook:run-cell")
    page.wait_for_function(DONE)
    times: dict[str, float] = page.evaluate("() => window.times")
    page.wait_for_load_state("networkidle")
    page.remove_listener("response", count)
    findings.screen_bytes = max(findings.screen_bytes, sum(received))
    return times["painted"] - times["ended"]


def _actions(page: Page, expected: Expected) -> Iterator[tuple[str, float]]:
    sorted_by = milliseconds(page, CLICK_HEADER, TOP_ROW_IS, expected.lowest)
    yield "sort by a metric", _answered(sorted_by)
    again = milliseconds(page, CLICK_HEADER, TOP_ROW_IS, expected.highest)
    yield "sort it the other way", _answered(again)
    yield "jump to the middle", _answered(milliseconds(page, JUMP, IS_LOADED))
    search = {"search": expected.search, "count": expected.matching}
    yield "filter on metric and param", _answered(milliseconds(page, TYPE, COUNT_IS, search))
    total = page.locator(".nbtrack-total").inner_text().split()[0].replace(",", "")
    everything = {"search": "", "count": int(total)}
    yield "clear the filter", _answered(milliseconds(page, TYPE, COUNT_IS, everything))
    yield from _grouping(page)


def _grouping(page: Page) -> Iterator[tuple[str, float]]:
    dashboard = page.get_by_role("region", name="nbtrack dashboard")
    dashboard.get_by_role("button", name="Group by", exact=True).click()
    dialog = page.get_by_role("dialog", name="Group by")
    dialog.get_by_role("checkbox", name=PARAM, exact=True).check()
    dashboard.locator("[data-group]").first.wait_for()
    page.keyboard.press("Escape")
    yield "expand a group", _answered(milliseconds(page, EXPAND_FIRST, HAS_LEVEL_2))
    dashboard.get_by_role("button", name="Group by", exact=True).click()
    second = dialog.get_by_role("checkbox", name=SUBPARAM, exact=True)
    second.wait_for()
    act = "() => window.secondParam.click()"
    second.evaluate("(box) => { window.secondParam = box; }")
    grid = dashboard.get_by_role("treegrid", name="Runs")
    before = {"count": int(grid.get_attribute("aria-rowcount") or 0)}
    yield "group by a second param", _answered(milliseconds(page, act, COUNT_DIFFERS, before))
    page.keyboard.press("Escape")


def _scroll(page: Page, findings: Findings) -> None:
    for name in (SUBPARAM, PARAM):
        page.get_by_role("button", name=f"Remove group {name.partition('.')[2]}").click()
    page.locator(".nbtrack [data-run-id]").first.wait_for()
    found = page.evaluate(SCROLL, 3)
    frames: list[float] = found["frames"][5:]
    findings.slow_frames = sum(frame > 1.5 * FRAME_MS for frame in frames) / len(frames)
    findings.longest_blank = found["longestBlank"]
    findings.dom_rows = found["rows"]


def _answered(time: float | None) -> float:
    if time is None:
        raise RuntimeError("an action was not answered within two minutes")
    return time

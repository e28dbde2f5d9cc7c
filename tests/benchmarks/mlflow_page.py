"""The page of ``mlflow ui`` over the same runs, in an environment of its own."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.benchmarks.grid_page import Expected
from tests.benchmarks.page_timing import milliseconds
from tests.benchmarks.peer_page import LIMIT_MS, PeerPage, Times, opened

COPY = """
INSERT INTO runs (run_uuid, name, source_type, source_name, entry_point_name, user_id, status,
  start_time, end_time, source_version, lifecycle_stage, artifact_uri, experiment_id)
  SELECT run_id, run_name, 'UNKNOWN', '', '', user_id, 'FINISHED', start_time, end_time, '',
    'active', 'file:///artifacts', {experiment} FROM ours.runs;
INSERT INTO params (key, value, run_uuid)
  SELECT keys.name, params.value, runs.run_id FROM ours.params AS params
  JOIN ours.keys AS keys ON keys.id = params.key_id
  JOIN ours.runs AS runs ON runs.id = params.run_id;
INSERT INTO tags (key, value, run_uuid)
  SELECT keys.name, tags.value, runs.run_id FROM ours.tags AS tags
  JOIN ours.keys AS keys ON keys.id = tags.key_id
  JOIN ours.runs AS runs ON runs.id = tags.run_id;
INSERT INTO latest_metrics (key, value, timestamp, step, is_nan, run_uuid)
  SELECT keys.name, m.last, m.last_timestamp, m.last_step, 0, runs.run_id
  FROM ours.latest_metrics AS m
  JOIN ours.keys AS keys ON keys.id = m.key_id JOIN ours.runs AS runs ON runs.id = m.run_id
  WHERE m.last IS NOT NULL;
INSERT INTO metrics (key, value, timestamp, run_uuid, step, is_nan)
  SELECT key, value, timestamp, run_uuid, step, is_nan FROM latest_metrics;
ANALYZE;
"""

FIRST_ROW = "(name) => document.body?.textContent.includes(name) ?? false"
SORT = """() => {
  location.hash = location.hash.split('?')[0]
    + '?orderByKey=metrics.%60metric_0%60&orderByAsc=false';
}"""
FILTER = """(text) => {
  const box = document.querySelector('[data-testid=search-box]');
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(box, text.filter);
  box.dispatchEvent(new Event('input', { bubbles: true }));
  box.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', keyCode: 13, bubbles: true }));
}"""
TOP_ROW_IS = """(expected) => {
  const name = document.querySelector('.ag-center-cols-container, .ag-pinned-left-cols-container')
    ?.closest('.ag-root')?.querySelector('[row-index="0"] a[href*="/runs/"]');
  return name?.getAttribute('href').endsWith(expected.top) ?? false;
}"""


class MlflowPage(PeerPage):
    """``mlflow ui`` over a copy of a store's runs."""

    name = "MLflow"
    distribution = "mlflow"
    requirement = "mlflow>=3.12,<4"

    @property
    def _database(self) -> Path:
        return self.folder / "mlflow.db"

    def environment(self) -> dict[str, str]:
        """Keep MLflow from telling anybody."""
        return {**super().environment(), "MLFLOW_DISABLE_TELEMETRY": "true"}

    def copy(self, store: Path) -> None:
        """Fill MLflow's database with the runs of a store, and gather planner statistics."""
        self._database.unlink(missing_ok=True)
        experiment = self.run(
            "import mlflow, sys; mlflow.set_tracking_uri(sys.argv[1]);"
            "print(mlflow.create_experiment('sweep'))",
            f"sqlite:///{self._database}",
        )
        connection = sqlite3.connect(self._database)
        connection.execute("ATTACH ? AS ours", (str(store),))
        connection.executescript(COPY.format(experiment=int(experiment)))
        connection.close()

    def command(self, port: int) -> Sequence[str | Path]:
        """Serve the page."""
        return [
            self.python, "-m", "mlflow", "ui", "--host", "127.0.0.1", "--port", str(port),
            "--backend-store-uri", f"sqlite:///{self._database}",
        ]  # fmt: skip

    def measure(self, browser: Browser, url: str, expected: Expected, repetitions: int) -> Times:
        """Open the runs, filter them, and sort them in a page of its own."""
        address = f"{url}/#/experiments/1/runs"
        times: Times = {"first row": [], "sort by a metric": [], "filter on metric and param": []}
        for _ in range(repetitions):
            page, first = opened(browser, address, FIRST_ROW, expected.newest)
            times["first row"].append(first)
            times["filter on metric and param"].append(
                filter_runs(page, expected.peer_search, expected.top_matching)
            )
            page.context.close()
            page, _ = opened(browser, address, FIRST_ROW, expected.newest)
            times["sort by a metric"].append(sort_by_metric(page, expected.highest))
            page.context.close()
        return times


def sort_by_metric(page: Page, top_run: str) -> float | None:
    """Return the time of sorting by a metric, the highest first."""
    return milliseconds(page, SORT, TOP_ROW_IS, {"top": top_run}, limit=LIMIT_MS)


def filter_runs(page: Page, expression: str, top_run: str) -> float | None:
    """Return the time from a search's Enter until its first run is on top."""
    argument = {"filter": expression, "top": top_run}
    return milliseconds(page, FILTER, TOP_ROW_IS, argument, limit=LIMIT_MS)

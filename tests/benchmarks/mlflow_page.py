"""The page of ``mlflow ui`` over the same runs, in an environment of its own."""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.benchmarks.page_timing import milliseconds
from tests.waiting import until

REQUIREMENT = "mlflow>=3.12,<4"
LIMIT_MS = 120_000.0

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


class MlflowPage:
    """``mlflow ui`` over a copy of a store's runs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._python = folder / "environment" / "bin" / "python"
        self._database = folder / "mlflow.db"

    def install(self) -> str | None:
        """Make the environment; return why that failed, or None."""
        uv = shutil.which("uv")
        if uv is None:
            return "uv, which makes its environment, is not installed"
        self._folder.mkdir(parents=True, exist_ok=True)
        for command in (
            [uv, "venv", "--quiet", "--allow-existing", str(self._folder / "environment")],
            [uv, "pip", "install", "--quiet", "--python", str(self._python), REQUIREMENT],
        ):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                return f"it could not be installed: {done.stderr.strip()[-200:]}"
        return None

    def version(self) -> str:
        """Return the version of MLflow."""
        code = "import importlib.metadata as m; print(m.version('mlflow'))"
        return subprocess.check_output([self._python, "-c", code], text=True).strip()

    def copy(self, store: Path) -> None:
        """Fill MLflow's database with the runs of a store, and gather planner statistics."""
        self._database.unlink(missing_ok=True)
        code = (
            "import mlflow, sys; mlflow.set_tracking_uri(sys.argv[1]);"
            "print(mlflow.create_experiment('sweep'))"
        )
        arguments = [str(self._python), "-c", code, f"sqlite:///{self._database}"]
        environment = self._environment()
        experiment = int(
            subprocess.check_output(
                arguments, text=True, env=environment, stderr=subprocess.DEVNULL, cwd=self._folder
            )
        )
        connection = sqlite3.connect(self._database)
        connection.execute("ATTACH ? AS ours", (str(store),))
        connection.executescript(COPY.format(experiment=experiment))
        connection.close()

    @contextmanager
    def served(self) -> Iterator[str]:
        """Run ``mlflow ui`` and give the address of the experiment's runs."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        command = [
            str(self._python), "-m", "mlflow", "ui", "--host", "127.0.0.1", "--port", str(port),
            "--backend-store-uri", f"sqlite:///{self._database}",
        ]  # fmt: skip
        with (self._folder / "ui.log").open("wb") as log:
            server = subprocess.Popen(
                command, env=self._environment(), cwd=self._folder,
                stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        url = f"http://127.0.0.1:{port}"
        try:
            until(lambda: _answers(f"{url}/health"), "mlflow ui to answer")
            yield f"{url}/#/experiments/1/runs"
        finally:
            os.killpg(server.pid, 15)
            server.wait(timeout=30)

    def _environment(self) -> dict[str, str]:
        path = f"{self._python.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        quiet = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
        return {**os.environ, **quiet, "PATH": path}


def first_row(browser: Browser, address: str, name: str) -> tuple[Page, float | None]:
    """Return the page, and the time from opening it until a run is on screen."""
    page = browser.new_context(viewport={"width": 1360, "height": 900}).new_page()
    page.set_default_timeout(LIMIT_MS)
    page.goto("about:blank")
    page.goto(address, wait_until="commit")
    page.wait_for_function(FIRST_ROW, arg=name)
    return page, float(page.evaluate("() => performance.now()"))


def sort_by_metric(page: Page, top_run: str) -> float | None:
    """Return the time of sorting by a metric, the highest first."""
    return milliseconds(page, SORT, TOP_ROW_IS, {"top": top_run}, limit=LIMIT_MS)


def filter_runs(page: Page, expression: str, top_run: str) -> float | None:
    """Return the time from a search's Enter until its first run is on top."""
    argument = {"filter": expression, "top": top_run}
    return milliseconds(page, FILTER, TOP_ROW_IS, argument, limit=LIMIT_MS)


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url).close()
    except (urllib.error.URLError, ConnectionError):
        return False
    return True

"""The run table of Trackio's dashboard over the same runs, in an environment of its own.

It shows names and steps alone, and sorts and filters by neither params nor metrics: only the time
until its rows are there can be compared.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Browser

from tests.benchmarks.grid_page import Expected
from tests.benchmarks.peer_page import PeerPage, Times, opened

CREATE = """
from trackio.sqlite_storage import SQLiteStorage
SQLiteStorage.bulk_log(project="sweep", run="first", metrics_list=[{"x": 1}], config={"x": 1})
"""
COPY = """
DELETE FROM metrics;
DELETE FROM configs;
INSERT INTO metrics (run_id, timestamp, run_name, step, metrics)
  SELECT run_id, strftime('%Y-%m-%dT%H:%M:%f+00:00', start_time / 1000.0, 'unixepoch'), run_name, 0,
    (SELECT CAST(json_group_object(keys.name, m.last) AS BLOB) FROM ours.latest_metrics AS m
     JOIN ours.keys AS keys ON keys.id = m.key_id WHERE m.run_id = runs.id) FROM ours.runs AS runs;
INSERT INTO configs (run_id, run_name, config, created_at)
  SELECT run_id, run_name,
    (SELECT CAST(json_group_object(keys.name, p.value) AS BLOB) FROM ours.params AS p
     JOIN ours.keys AS keys ON keys.id = p.key_id WHERE p.run_id = runs.id),
    strftime('%Y-%m-%dT%H:%M:%f+00:00', start_time / 1000.0, 'unixepoch') FROM ours.runs AS runs;
ANALYZE;
"""
ROWS = "(name) => document.querySelector('table')?.textContent.includes(name) ?? false"


class TrackioPage(PeerPage):
    """``trackio show`` over a copy of a store's runs."""

    name = "Trackio"
    distribution = "trackio"
    requirement = "trackio>=0.43,<1"

    def environment(self) -> dict[str, str]:
        """Keep its files in the folder."""
        return {**super().environment(), "TRACKIO_DIR": str(self.folder / "runs")}

    def copy(self, store: Path) -> None:
        """Fill Trackio's database with the runs of a store, and gather planner statistics."""
        shutil.rmtree(self.folder / "runs", ignore_errors=True)
        self.run(CREATE)
        connection = sqlite3.connect(self.folder / "runs" / "sweep.db")
        connection.execute("ATTACH ? AS ours", (str(store),))
        connection.executescript(COPY)
        connection.close()

    def command(self, port: int) -> Sequence[str | Path]:
        """Serve the page."""
        code = (
            "import sys, threading, trackio;"
            "trackio.show(project='sweep', open_browser=False, block_thread=False,"
            " server_port=int(sys.argv[1])); threading.Event().wait()"
        )
        return [self.python, "-c", code, str(port)]

    def measure(self, browser: Browser, url: str, expected: Expected, repetitions: int) -> Times:
        """Open the run table."""
        times: Times = {"first row": []}
        for _ in range(repetitions):
            page, first = opened(browser, f"{url}/runs?project=sweep", ROWS, expected.newest)
            times["first row"].append(first)
            page.context.close()
            if first is None:
                break
        return times

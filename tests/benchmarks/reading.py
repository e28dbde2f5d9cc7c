"""How long Python waits for runs: a search for 100 of them, and all of them as a wide table."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from nbtrack.api import Store
from nbtrack.config import load_config
from tests.benchmarks.figures import Figure
from tests.benchmarks.fill import Filling, fill

SEARCH_GOALS_MS = {10_000: 8.0, 100_000: 15.0, 1_000_000: 60.0}
TABLE_GOALS_MS = {10_000: 150.0, 100_000: 1_500.0}
SEARCHES, TABLES = 15, 3
WHERE = "metrics.metric_1 > 0.5 and params.param_0 < 50"
ORDER = "metrics.metric_0 DESC"
PLAIN = """
SELECT r.*, (SELECT group_concat(k.name || '=' || p.value) FROM params p
             JOIN keys k ON k.id = p.key_id WHERE p.run_id = r.id),
       (SELECT group_concat(k.name || '=' || m.last) FROM latest_metrics m
        JOIN keys k ON k.id = m.key_id WHERE m.run_id = r.id),
       (SELECT group_concat(k.name || '=' || t.value) FROM tags t
        JOIN keys k ON k.id = t.key_id WHERE t.run_id = r.id)
FROM latest_metrics AS o
JOIN latest_metrics AS m ON m.run_id = o.run_id AND m.last > 0.5
  AND m.key_id = (SELECT id FROM keys WHERE kind = 'metric' AND name = 'metric_1')
JOIN params AS p ON p.run_id = o.run_id AND p.number < 50
  AND p.key_id = (SELECT id FROM keys WHERE kind = 'param' AND name = 'param_0')
JOIN runs AS r ON r.id = o.run_id AND r.stage = 'active'
WHERE o.key_id = (SELECT id FROM keys WHERE kind = 'metric' AND name = 'metric_0')
ORDER BY o.last DESC LIMIT 100
"""
"""The same by hand, as a limit."""


def measure_reading(folder: Path, size: int) -> list[Figure]:
    """Return the times over a store of so many runs, filled where it is missing."""
    store = Store(load_config(folder / f"{size}.db"))
    if len(store.runs(limit=1)) == 0:
        fill(store.database, Filling(size))

    def search() -> None:
        assert len(store.runs(WHERE, order_by=ORDER, limit=100)) == 100

    figures = [
        Figure("search, ordered, 100 whole runs", _times(search, SEARCHES), SEARCH_GOALS_MS[size])
    ]
    with closing(sqlite3.connect(folder / f"{size}.db")) as connection:

        def plain() -> None:
            assert len(connection.execute(PLAIN).fetchall()) == 100

        figures.append(Figure("the same in plain SQL, sqlite3", _times(plain, SEARCHES), None))
    if size in TABLE_GOALS_MS:

        def table() -> None:
            assert len(store.runs()) == size

        figures.append(
            Figure("all runs, a wide table", _times(table, TABLES), TABLE_GOALS_MS[size])
        )
    store.close()
    return figures


def _times(action: Callable[[], Any], count: int) -> list[float]:
    """Return how long an action takes each time, after one that does not count; milliseconds."""
    action()
    samples = []
    for _ in range(count):
        started = time.perf_counter()
        action()
        samples.append((time.perf_counter() - started) * 1000)
    return samples

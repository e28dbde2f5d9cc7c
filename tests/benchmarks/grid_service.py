"""How long the dashboard's service takes for what people do in the grid, by number of runs."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbtrack.dashboard.protocol import PROTOCOL_VERSION
from nbtrack.dashboard.service import DashboardService
from nbtrack.query.cache import cache_of
from nbtrack.query.tree import Selection, count_runs
from nbtrack.store import Database, open_store
from tests.benchmarks.figures import Figure
from tests.benchmarks.fill import WIDE, Filling, fill

ROOT = Path(__file__).resolve().parents[2]
SIZES = (1_000, 10_000, 100_000, 1_000_000)
REPETITIONS = 7
WINDOW = 60
"""Rows of a screen with a margin."""

COLUMNS = [
    "attributes.status", "attributes.run_name", "attributes.attempt", "attributes.start_time",
    "attributes.duration", "attributes.user_id", "attributes.notebook", "metrics.metric_0",
    "metrics.metric_1", "metrics.metric_2", "params.param_0", "params.param_2",
]  # fmt: skip
SORTED = {"sort": [{"column": "metrics.metric_0", "descending": True}]}
SEARCH = "metrics.metric_1 > 0.5 and params.param_0 < 50"
FILTERS = [
    {"column": "metrics.metric_1", "operator": ">", "values": [0.5]},
    {"column": "params.param_2", "operator": "in", "values": ["adam", "sgd"]},
]
GROUPED = {"group_by": ["params.param_2", "params.param_0"]}
DAYS = {"group_by": ["attributes.start_time", "attributes.status"], **SORTED}
OPEN = {"all": False, "paths": [["adam"]]}
NUMERIC = ["metrics.metric_0", "metrics.metric_1", "metrics.metric_2", "attributes.duration"]


@dataclass(frozen=True)
class Action:
    """Something that people do in the grid, and the request that follows from it."""

    name: str
    operation: str
    args: dict[str, Any] = field(default_factory=dict)
    first: bool = True
    """Whether nothing is known yet of the runs as they are now."""


def actions(size: int) -> Iterator[Action]:
    """Yield what is measured."""

    def rows(view: Any, offset: int = 0, **more: Any) -> dict[str, Any]:
        return {"view": view, "columns": COLUMNS, "offset": offset, "limit": WINDOW, **more}

    yield Action("the newest runs", "rows", rows({}))
    yield Action("sort by a metric", "rows", rows(SORTED))
    yield Action("jump to the middle", "rows", rows(SORTED, size // 2), first=False)
    yield Action("search on metric and param", "rows", rows({"search": SEARCH}))
    yield Action("filter on metric and param", "rows", rows({"filters": FILTERS}))
    yield Action("group by two params", "rows", rows(GROUPED))
    yield Action("expand a group", "rows", rows(GROUPED, expanded=OPEN), first=False)
    yield Action("group by day and status, sort by a metric", "rows", rows(DAYS))
    yield Action("group by a metric's buckets", "rows", rows({"group_by": ["metrics.metric_2"]}))
    numbers = {"view": GROUPED, "columns": NUMERIC, "paths": [[], ["adam"], ["sgd"]]}
    yield Action("aggregates of four columns", "aggregates", numbers)
    yield Action("summary", "summary", {"view": {}})
    yield Action("columns", "columns", {"view": {}})
    yield Action("overall search", "rows", rows({"search": "model-007"}))


def wide_actions() -> Iterator[Action]:
    """Yield what is measured where there are thousands of keys."""

    def rows(view: Any, offset: int = 0) -> dict[str, Any]:
        return {"view": view, "columns": COLUMNS, "offset": offset, "limit": WINDOW}

    def keys(**more: Any) -> dict[str, Any]:
        return {"view": {}, "offset": 0, "limit": 100, **more}

    yield Action("the newest runs", "rows", rows({}))
    yield Action("sort by a metric", "rows", rows(SORTED))
    yield Action("group by two params", "rows", rows(GROUPED))
    yield Action("the default columns", "columns", {"view": {}})
    yield Action("open the Columns dialog", "list_columns", keys())
    yield Action("search in it", "list_columns", keys(search="metric_119"))
    yield Action("its last page", "list_columns", keys(offset=11_900))
    yield Action("only those that differ", "list_columns", keys(differing=True))
    text = "metrics.metric_119"
    yield Action("complete a key", "complete", {"view": {}, "text": text, "cursor": len(text)})


def measure_grid(folder: Path, size: int) -> list[Figure]:
    """Return the time of each action over a store of so many runs, filled where it is missing."""
    goal = {100_000: 150.0, 1_000_000: 1_000.0}.get(size)
    return _measure(folder / f"{size}.db", Filling(size), actions(size), goal)


MEMORY = """
import sys
from pathlib import Path
import psutil
from nbtrack.dashboard.service import DashboardService
from nbtrack.store import open_store
from tests.benchmarks.grid_service import actions, request_of

service = DashboardService(open_store(Path(sys.argv[1])))
assert service.handle(request_of("store", {}))["ok"]
before = psutil.Process().memory_info().rss
for action in actions(int(sys.argv[2])):
    assert service.handle(request_of(action.operation, action.args))["ok"]
print(psutil.Process().memory_info().rss - before)
"""


def memory_growth(folder: Path, size: int) -> str:
    """Tell by how much a process grows that does all of it over a store that is filled."""
    arguments = [sys.executable, "-c", MEMORY, str(folder / f"{size}.db"), str(size)]
    grown = int(subprocess.check_output(arguments, text=True, cwd=ROOT))
    return f"A process that does all of this grows by {grown / 2**20:.0f} MiB."


def measure_wide(folder: Path) -> list[Figure]:
    """Return the time of each action over runs with thousands of keys."""
    return _measure(folder / "wide.db", WIDE, wide_actions(), 150.0)


def _measure(
    store: Path, filling: Filling, actions: Iterator[Action], goal: float | None
) -> list[Figure]:
    database = open_store(store)
    with database.reading() as connection:
        known = count_runs(connection, Selection())
    if not known:
        fill(database, filling)
    figures = [_figure(database, action, goal) for action in actions]
    database.close()
    return figures


def _figure(database: Database, action: Action, goal: float | None) -> Figure:
    service, samples = DashboardService(database), []
    request = request_of(action.operation, action.args)
    for _ in range(REPETITIONS + 1):
        if action.first:
            cache_of(database).clear()
        started = time.perf_counter()
        reply = service.handle(request)
        samples.append((time.perf_counter() - started) * 1000)
        if not reply["ok"]:
            raise RuntimeError(f"{action.name}: {reply}")
    if action.operation not in ("rows", "list_columns") or "overall" in action.name:
        goal = None
    return Figure(action.name, samples[1:], goal)


def request_of(operation: str, args: dict[str, Any]) -> Any:
    """Return an operation's request as the page sends it."""
    return {"v": PROTOCOL_VERSION, "id": 1, "op": operation, "args": args}

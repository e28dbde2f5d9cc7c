"""Short ways to make experiments and runs, and to look at them."""

from __future__ import annotations

from typing import Any

from mlflow.entities import RunTag, ViewType


def new_run(store: Any, experiment: str = "0", name: str = "name", start: int = 1) -> str:
    run = store.create_run(experiment, user_id="ada", start_time=start, tags=[], run_name=name)
    run_id: str = run.info.run_id
    return run_id


def found(store: Any, text: str | None, experiment: str = "0", **options: Any) -> list[str]:
    """Names of the runs that a search finds, in order."""
    runs = store.search_runs(
        [experiment], text, options.pop("view", ViewType.ACTIVE_ONLY), **options
    )
    return [run.info.run_name for run in runs]


def named(name: str) -> list[RunTag]:
    return [RunTag("mlflow.runName", name)]


def points(store: Any, run_id: str, key: str) -> list[tuple[int, int, float]]:
    return [(m.step, m.timestamp, m.value) for m in store.get_metric_history(run_id, key)]

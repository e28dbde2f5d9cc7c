"""MLflow's runs in a notebook: they join the tracked cell's run, and belong to its kernel.

``NBTRACK_MLFLOW_RUNS`` decides what becomes of a run that MLflow starts inside a tracked cell:
``join`` (the default) makes it the cell's own run, ``child`` a child of it, ``apart`` neither.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any

from mlflow.exceptions import MlflowException

from nbtrack.config import Config
from nbtrack.integrations.mlflow.errors import invalid
from nbtrack.kernels.identity import this_kernel
from nbtrack.model import Kernel
from nbtrack.recording.context import active_run
from nbtrack.recording.run import Run

VARIABLE = "NBTRACK_MLFLOW_RUNS"
WAYS = ("join", "child", "apart")
WAIT_SECONDS = 10.0
"""How long the run of a cell may take to reach the store before MLflow logs to it."""

_joined: set[str] = set()


def way_of_runs() -> str:
    """Return what becomes of runs that MLflow starts inside a tracked cell.

    Raises
    ------
    mlflow.exceptions.MlflowException
        The environment variable says something else.
    """
    way = os.environ.get(VARIABLE, WAYS[0])
    if way not in WAYS:
        raise invalid(f"{VARIABLE} is {way!r}. It may be {', '.join(WAYS)}.")
    return way


def run_of_cell(config: Config) -> Run | None:
    """Return the run that is recorded here into the same store, once it is there, or None."""
    run = active_run()
    if run is None or run.recorder.config.store_url != config.store_url:
        return None
    return run if run.recorder.delivery.wait(run.run_id, WAIT_SECONDS) else None


def join(run: Run) -> bool:
    """Tell whether MLflow's run becomes this one: the first of a cell does, the others do not."""
    if run.run_id in _joined:
        return False
    _joined.add(run.run_id)
    _end_with_cell(run.run_id)
    return True


def is_joined(run_id: str) -> bool:
    """Tell whether a run is that of a cell, which ends it."""
    return run_id in _joined


def own_kernel() -> Kernel | None:
    """Return the kernel that this process is, or None where it is none."""
    return this_kernel() if hasattr(_shell(), "kernel") else None


def _shell() -> Any:
    """Return the IPython shell of this process, None where there is none."""
    from IPython.core.getipython import get_ipython

    return get_ipython()


def _end_with_cell(run_id: str) -> None:
    """Let MLflow forget the run when its cell is done, or later cells would go on logging to it."""
    shell = _shell()
    if shell is None:
        return

    def forget(_result: object) -> None:
        shell.events.unregister("post_run_cell", forget)
        with suppress(MlflowException):
            import mlflow

            run = mlflow.active_run()
            if run is not None and run.info.run_id == run_id:
                mlflow.end_run()

    shell.events.register("post_run_cell", forget)

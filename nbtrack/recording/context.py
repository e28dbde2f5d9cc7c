"""The run that is active here: of the innermost ``with`` block, else of the tracked cell."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from nbtrack.errors import RunStateError
from nbtrack.recording.run import Run

_block_run: ContextVar[Run | None] = ContextVar("nbtrack_block_run", default=None)
_cell_runs: list[Run] = []


def active_run() -> Run | None:
    """Return the run now recording in this thread or task, or None.

    Inside ``with start_run()`` it is that block's run. Elsewhere it is the tracked cell's,
    in the threads too that the cell starts.
    """
    run = _block_run.get()
    if run is not None:
        return run
    return _cell_runs[-1] if _cell_runs else None


def require_run() -> Run:
    """Return the active run.

    Raises
    ------
    RunStateError
        There is none.
    """
    run = active_run()
    if run is None:
        raise RunStateError(
            "No run is active here, so there is nothing to log to.",
            hint="Put %%track on the cell's first line, or use `with nbtrack.start_run():`.",
        )
    return run


def push_cell_run(run: Run) -> None:
    """Make `run` the run of the cell that executes now."""
    _cell_runs.append(run)


def pop_cell_run(run: Run) -> None:
    """Undo `push_cell_run`."""
    if run in _cell_runs:
        _cell_runs.remove(run)


@contextmanager
def recording(start: Callable[[], Run]) -> Iterator[Run]:
    """Start a run, active within a block, and end it by how the block ends."""
    run = start()
    token = _block_run.set(run)
    error: BaseException | None = None
    try:
        yield run
    except BaseException as raised:
        error = raised
        raise
    finally:
        _block_run.reset(token)
        run.recorder.end(run, error)

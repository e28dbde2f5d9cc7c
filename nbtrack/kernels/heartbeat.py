"""The sign of life of this process: while it has open runs, its row in ``kernels`` says so.

On this host the process itself is the truth. The heartbeat tells hosts that cannot see it, keeps
how much memory was in use, and takes back what was wrongly said of its runs while the process was
stopped, asleep, or cut off from the store. Without open runs the thread is not woken at all.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING

from nbtrack.kernels.identity import this_kernel
from nbtrack.kernels.memory import memory_in_use
from nbtrack.model import Status

if TYPE_CHECKING:
    from nbtrack.store.engine import Database
    from nbtrack.store.liveness import Beat

HEARTBEAT_SECONDS = 10.0

FIRST_SECONDS = 2.0
"""How long a run must be open before the first heartbeat."""

CLOSE_SECONDS = 1.0

OBSERVER = "kernel"
CAUSE = "its kernel is alive"


class Heartbeat:
    """Beats while there are open runs.

    Parameters
    ----------
    database : callable
        Returns the database, opening it when needed.
    open_runs : callable
        Returns the runs that are open in this process, and how they stand.
    """

    def __init__(
        self, database: Callable[[], Database], open_runs: Callable[[], Mapping[str, Status]]
    ) -> None:
        self._database = database
        self._open_runs = open_runs
        self._needed = threading.Event()
        self._closing = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._ahead = 0

    def begin(self) -> None:
        """Say that a run is open now."""
        self._needed.set()
        if self._thread is None or not self._thread.is_alive():
            with self._starting, suppress(RuntimeError):  # the interpreter ends
                if self._thread is None or not self._thread.is_alive():
                    self._closing.clear()
                    thread = threading.Thread(
                        target=self._run, name="nbtrack-heartbeat", daemon=True
                    )
                    thread.start()
                    self._thread = thread

    def close(self) -> None:
        """End the thread, for good or until the next run begins."""
        self._closing.set()
        self._needed.set()
        if self._thread is not None:
            self._thread.join(CLOSE_SECONDS)

    def _run(self) -> None:
        pause = FIRST_SECONDS
        while True:
            self._needed.wait()
            if self._closing.wait(pause):
                return
            self._needed.clear()  # a run that opens from here on sets it again
            runs = self._open_runs()
            if not runs:
                pause = FIRST_SECONDS
                continue
            self._needed.set()
            with suppress(Exception):  # the store is away: the next heartbeat tells
                self._ahead = beat(self._database(), runs, self._ahead).ahead
            pause = HEARTBEAT_SECONDS


def beat(database: Database, open_runs: Mapping[str, Status], ahead: int = 0) -> Beat:
    """Note that this process lives, and revive those of its open runs that were taken for dead.

    Parameters
    ----------
    database : Database
        The store of the runs.
    open_runs : mapping of str to Status
        The runs that are open in this process, and how they stand.
    ahead : int, optional
        As the heartbeat before this one found it.

    Raises
    ------
    StoreError
        The database failed.
    """
    from nbtrack.store.liveness import note_life

    return note_life(
        database,
        asdict(this_kernel()),
        open_runs,
        memory=memory_in_use(),
        ahead=ahead,
        observer=OBSERVER,
        cause=CAUSE,
    )

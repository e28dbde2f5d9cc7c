"""The slow facts of a run (git, host, packages), gathered by a background thread."""

from __future__ import annotations

import os
import queue
import threading
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nbtrack.recording.run import Run

GIT_STATE_SECONDS = 2.0
"""For how long the git state of a folder is taken as unchanged."""


class FactsCollector:
    """Gathers facts in a thread of its own, so that the cell never waits for them."""

    def __init__(self) -> None:
        self._reset()

    def begin(self, run: Run) -> None:
        """Gather the facts of a run that starts now."""
        folder = _working_folder()
        self._submit(lambda: self._gather(run, folder))

    def finish(self, run: Run, done: Callable[[], None]) -> None:
        """Gather what the run imported, then call `done`."""

        def task() -> None:
            try:
                self._packages(run)
            finally:
                done()

        self._submit(task)

    def close(self, timeout: float) -> bool:
        """Wait until all is gathered, at most `timeout` seconds; tell whether it is."""
        if self._thread is None or self._process != os.getpid():
            return True
        idle = threading.Event()
        self._submit(idle.set)
        return idle.wait(timeout)

    def _reset(self) -> None:
        self._process = os.getpid()
        self._tasks: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._imported: dict[str, list[str]] = {}
        self._git: dict[Path, tuple[float, dict[str, Any] | None]] = {}

    def _submit(self, task: Callable[[], None]) -> None:
        if self._process != os.getpid():  # a fork has no thread of its parent's
            self._reset()
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="nbtrack-facts", daemon=True)
            self._thread.start()
        self._tasks.put(task)

    def _work(self) -> None:
        while True:
            task = self._tasks.get()
            try:
                task()
            except Exception as error:  # one odd fact must not end the gathering of all others
                self._last_error = error

    def _gather(self, run: Run, folder: Path | None) -> None:
        run.record_facts("host", _host())
        state = self._git_state(folder) if folder else None
        if state:
            run.record_facts("git", state)
        self._packages(run)

    def _git_state(self, folder: Path) -> dict[str, Any] | None:
        moment, state = self._git.get(folder, (-GIT_STATE_SECONDS, None))
        if time.monotonic() - moment > GIT_STATE_SECONDS:
            from nbtrack.recording.git_state import git_state

            state = git_state(folder)
            self._git[folder] = (time.monotonic(), state)
        return state

    def _packages(self, run: Run) -> None:
        from nbtrack.recording.environment import imported_packages

        installed = _installed()
        imported = imported_packages(installed)
        if self._imported.get(run.run_id) != imported:
            self._imported = {run.run_id: imported}
            run.record_facts("packages", {"installed": installed, "imported": imported})


@lru_cache(maxsize=1)
def _host() -> dict[str, Any]:
    from nbtrack.recording.environment import host_facts

    return host_facts()


@lru_cache(maxsize=1)
def _installed() -> dict[str, str]:
    from nbtrack.recording.environment import installed_packages

    return installed_packages()


def _working_folder() -> Path | None:
    try:
        return Path.cwd()
    except OSError:  # it was removed
        return None

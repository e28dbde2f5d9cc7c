"""Tracked cells that wait for the kernel, as queued runs.

They are known where the kernel can be watched (`nbtrack.kernels.request_tap`), or where whoever
executes the notebook has said what is to come (`RequestQueue.plan`); else there are none.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from nbtrack.kernels.identity import request_run_id, this_kernel
from nbtrack.kernels.request_tap import Request, RequestTap
from nbtrack.model import Status
from nbtrack.recording import capture
from nbtrack.recording.capture import CodeContext
from nbtrack.recording.recorder import RESTARTED, SHUT_DOWN, Recorder
from nbtrack.recording.run import Run
from nbtrack.recording.track_line import TrackOptions

FAILED = "an earlier cell failed"
CLEARED = "the queue was cleared"

QUEUE_SECONDS = 0.2
"""How long a request must wait to be shown as queued."""

SHUTDOWN_SECONDS = 0.1
"""How long an interrupted cell waits for the shutdown that it may be the first sign of."""


@dataclass(frozen=True, slots=True)
class PlannedCell:
    """A cell that will be executed, unless one before it fails."""

    cell_id: str
    code: str


class RequestQueue:
    """The queued runs of one kernel. None of its methods ever raises.

    Parameters
    ----------
    shell : InteractiveShell
        IPython's shell.
    recorder : callable
        Returns the recorder that is in force now.
    options : callable
        Returns what a cell's code asks for, or None where it is not tracked.
    experiment : callable
        Returns the experiment chosen for this kernel, or None.
    """

    def __init__(
        self,
        shell: Any,
        recorder: Callable[[], Recorder],
        options: Callable[[str], TrackOptions | None],
        experiment: Callable[[], str | None],
    ) -> None:
        self._shell = shell
        self._recorder = recorder
        self._options = options
        self._experiment = experiment
        self._arrived_only: dict[str, Request] = {}
        self._waiting: dict[str, Run] = {}
        self._planned: dict[str, Run] = {}
        self._lock = threading.Lock()
        self._shutdown = threading.Event()
        self._why_aborted = CLEARED
        kernel = getattr(shell, "kernel", None)
        self._tap = kernel and RequestTap(
            kernel,
            arrived=self._arrived,
            aborted=self._aborted,
            told_to_end=self._told_to_end,
        )

    def install(self) -> None:
        """Begin to watch the kernel, where that is possible."""
        if self._tap and self._tap.install() and self._tap.must_look:
            with suppress(Exception):
                self._enqueue_arrived()  # nobody looks again before the next cell

    def uninstall(self) -> None:
        """Leave the kernel as it was; what waits is not tracked."""
        if self._tap:
            self._tap.uninstall()
        with self._lock:
            self._arrived_only.clear()
        for run in self._take_all():
            run.recorder.drop(run)

    @property
    def must_look(self) -> bool:
        """Whether the kernel sees what arrives only when it looks."""
        return bool(self._tap and self._tap.must_look)

    def look(self) -> None:
        """Look at what has arrived, where the kernel does not do so while a cell runs."""
        if self._tap and self._tap.must_look:
            with suppress(Exception):
                self._tap.look()
                self._enqueue_arrived()

    def plan(self, cells: Iterable[PlannedCell]) -> None:
        """Take cells as queued before they are requested: whoever executes them knows the order."""
        for cell in cells:
            run = self._enqueue(cell.code, cell.cell_id, None)
            if run is not None:
                with self._lock:
                    self._planned[cell.cell_id] = run

    def take(self, message_id: str | None, cell_id: str | None) -> Run | None:
        """Return the run that waited for the request which begins now."""
        with self._lock:
            self._arrived_only.pop(message_id or "", None)
            run = self._waiting.pop(message_id or "", None)
            planned = self._planned.pop(cell_id or "", None)
        return run or planned

    def cell_ended(self, error: BaseException | None, *, wait: bool) -> None:
        """Note how a cell ended: requests that wait may be aborted for it.

        `wait` for a shutdown if the cell was interrupted.
        """
        if self.told_to_end(wait=wait and isinstance(error, KeyboardInterrupt)):
            self._abandon(self._take_all(), self.ending)
            return
        status, _ = capture.ending(error)
        self._why_aborted = CLEARED if status is Status.INTERRUPTED else FAILED
        if error is not None and capture.stops_on_error(self._shell):
            with self._lock:
                planned, self._planned = list(self._planned.values()), {}
            self._abandon(planned, self._why_aborted)

    @property
    def ending(self) -> str:
        """Why this kernel ends, once it does."""
        return self._recorder().ending or SHUT_DOWN

    def told_to_end(self, *, wait: bool = False) -> bool:
        """Tell whether this kernel is about to end.

        A shutdown begins with an interrupt, and is told of a moment later: `wait` for that.
        """
        if wait and self._tap and not self._shell.exit_now:
            self._shutdown.wait(SHUTDOWN_SECONDS)
        return bool(self._shell.exit_now)

    def _arrived(self, request: Request) -> None:
        if self._tap and self._options(request.code) is not None:
            with self._lock:
                self._arrived_only[request.message_id] = request
            self._tap.later(QUEUE_SECONDS, self._enqueue_arrived)

    def _enqueue_arrived(self) -> None:
        """Make queued runs of what has arrived and not yet begun."""
        with self._lock:  # held throughout: a request must not begin while it becomes queued
            while self._arrived_only:
                message_id = next(iter(self._arrived_only))
                request = self._arrived_only.pop(message_id)
                run = self._enqueue(request.code, request.cell_id, message_id)
                if run is not None:
                    self._waiting[message_id] = run

    def _enqueue(self, cell: str, cell_id: str | None, message_id: str | None) -> Run | None:
        with suppress(Exception):
            options = self._options(cell)
            if options is None:
                return None
            notebook = capture.notebook_path(self._shell)
            code = CodeContext(cell, notebook, cell_id, None, message_id)
            return self._recorder().enqueue(
                options.name,
                experiment=options.experiment or self._experiment(),
                code=code,
                run_id=request_run_id(this_kernel(), message_id) if message_id else None,
            )
        return None

    def _aborted(self, message_id: str) -> None:
        self._enqueue_arrived()
        run = self.take(message_id, None)
        if run is not None:
            self._abandon([run], self._why_aborted)

    def _told_to_end(self, restart: bool) -> None:  # noqa: FBT001  # a callback
        reason = RESTARTED if restart else SHUT_DOWN
        self._recorder().announce_end(reason)
        self._abandon(self._take_all(), reason)
        self._shutdown.set()

    def _take_all(self) -> list[Run]:
        self._enqueue_arrived()
        with self._lock:
            runs = [*self._waiting.values(), *self._planned.values()]
            self._waiting, self._planned = {}, {}
        return runs

    def _abandon(self, runs: list[Run], reason: str) -> None:
        for run in runs:
            with suppress(Exception):
                run.recorder.end(run, status=Status.INTERRUPTED, reason=reason, wait=0)

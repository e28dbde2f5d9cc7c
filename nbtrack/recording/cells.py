"""The hooks by which a tracked cell becomes a run. None of them ever raises into the cell.

A stack pairs ``pre_run_cell`` with ``post_run_cell``, since magics such as ``%%capture`` run
cells inside cells, and an empty cell has a post without a pre.
"""

from __future__ import annotations

import asyncio
import re
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from nbtrack.errors import UserError
from nbtrack.kernels.identity import request_run_id, this_kernel
from nbtrack.model import Status
from nbtrack.recording import capture
from nbtrack.recording.capture import CodeContext
from nbtrack.recording.cell_values import log_cell_values
from nbtrack.recording.context import pop_cell_run, push_cell_run
from nbtrack.recording.recorder import Recorder
from nbtrack.recording.request_queue import RequestQueue
from nbtrack.recording.run import Run
from nbtrack.recording.track_line import (
    TrackOptions,
    find_track_line,
    parse_track_line,
    strip_track_line,
)

_ONLY_MAGICS = re.compile(
    r"(\s*(%track\b|%load_ext\s+nbtrack|%unload_ext\s+nbtrack|#)[^\n]*\n?)*\s*"
)


@dataclass(slots=True)
class _Entry:
    """One cell in progress; `run` is None where it is not tracked."""

    run: Run | None = None
    options: TrackOptions | None = None
    code: str = ""
    started: float = 0.0
    nested_error: BaseException | None = None
    began_after_bad_display: bool = False
    began_dying: bool = False


class _Progress(threading.local):
    """The cells in progress in one thread: a kernel's subshells run cells beside each other."""

    def __init__(self) -> None:
        self.entries: list[_Entry] = []


@dataclass(frozen=True, slots=True)
class FinishedCell:
    """A tracked cell that has ended, for the line that is shown under it."""

    run: Run
    status: Status
    reason: str | None
    seconds: float
    explicit: bool
    """Whether ``%%track`` stood on the cell, rather than ``%track on`` before it."""


class CellTracker:
    """Makes runs of the cells of one IPython shell.

    Parameters
    ----------
    shell : InteractiveShell
        IPython's shell.
    recorder : callable
        Returns the recorder that is in force now.
    choices : callable
        Returns the experiment (or None) and the tags chosen for this kernel.
    finished : callable
        Called after each tracked cell.
    """

    def __init__(
        self,
        shell: Any,
        recorder: Callable[[], Recorder],
        choices: Callable[[], tuple[str | None, dict[str, str]]],
        finished: Callable[[FinishedCell], None],
    ) -> None:
        self.every_cell = False
        self.min_seconds = 0.0
        self._shell = shell
        self._recorder = recorder
        self._choices = choices
        self._finished = finished
        self._progress = _Progress()
        self._installed = False
        self._last_request: str | None = None
        self._warned: set[tuple[str, type[BaseException]]] = set()
        self.queue = RequestQueue(shell, recorder, self.options_of, lambda: choices()[0])

    def install(self) -> None:
        """Register the hooks with the shell."""
        self._installed = True
        self._shell.input_transformers_cleanup.append(self.transform)
        self._shell.events.register("pre_run_cell", self.pre_run_cell)
        self._shell.events.register("post_run_cell", self.post_run_cell)
        self.queue.install()

    def uninstall(self) -> None:
        """Leave the shell as it was before `install`, once the cell in progress has ended."""
        self._installed = False
        self.queue.uninstall()
        transformers = self._shell.input_transformers_cleanup
        if self.transform in transformers:
            transformers.remove(self.transform)
        self._unregister("pre_run_cell", self.pre_run_cell)
        if not self._progress.entries:
            self._unregister("post_run_cell", self.post_run_cell)

    def transform(self, lines: list[str]) -> list[str]:
        """Strip ``%%track``; a tracked cell that a dying kernel still starts does nothing."""
        stripped = strip_track_line(lines)
        if stripped is not lines and self._dying:
            return ["pass\n"]
        return stripped

    def options_of(self, code: str) -> TrackOptions | None:
        """Return what a cell asks for, or None where it is not tracked."""
        line = find_track_line(code)
        if line is None:
            tracked = self.every_cell and not _ONLY_MAGICS.fullmatch(code)
            return TrackOptions() if tracked else None
        try:
            return parse_track_line(line)
        except UserError:
            return None  # the transformer reports it, and the body does not run

    @property
    def _dying(self) -> bool:
        """Whether the kernel was told to end before the cell that it starts now."""
        entries = self._progress.entries
        return entries[0].began_dying if entries else self.queue.told_to_end()

    def pre_run_cell(self, info: Any) -> None:
        """Start a run for a tracked cell."""
        entry = _Entry(
            began_after_bad_display=_display_error(self._shell) is not None,
            began_dying=self.queue.told_to_end(),
        )
        self._progress.entries.append(entry)
        try:
            self._begin(entry, info)
        except Exception as error:  # trouble of ours must not stop the cell
            self._warn("This cell is not tracked", error)
        self.queue.look()  # after the run has begun, which is ahead of those that wait

    def post_run_cell(self, result: Any) -> None:
        """End the run of a tracked cell."""
        entries = self._progress.entries
        if not entries:
            return
        entry = entries.pop()
        error = _error_of(result, entry)
        if error is None and not entry.began_after_bad_display:
            error = _display_error(self._shell)
        if entries and entries[-1].nested_error is None:
            entries[-1].nested_error = error
        if entry.run is not None:
            self._end_safely(entry, entry.run, result, error)
        if not entries:
            self._tell_queue(error, wait=entry.run is None)
        if not self._installed and not entries:
            self._unregister("post_run_cell", self.post_run_cell)

    def _tell_queue(self, error: BaseException | None, *, wait: bool) -> None:
        try:
            self.queue.cell_ended(error, wait=wait)
        except (Exception, KeyboardInterrupt) as problem:
            self._warn("What became of the cells that wait is not known", problem)

    def _unregister(self, event: str, hook: Callable[[Any], None]) -> None:
        if hook in self._shell.events.callbacks[event]:
            self._shell.events.unregister(event, hook)

    def _warn(self, what: str, error: BaseException) -> None:
        if (what, type(error)) not in self._warned:
            self._warned.add((what, type(error)))
            _tell(f"{what}: {error}")

    def _begin(self, entry: _Entry, info: Any) -> None:
        context = self._context(info)
        waited = None
        if len(self._progress.entries) == 1:
            waited = self.queue.take(context.message_id, context.cell_id)
        options = self.options_of(context.code or "")
        inside_a_run = any(outer.run for outer in self._progress.entries)
        if entry.began_dying:
            if waited is not None:
                waited.recorder.end(waited, status=Status.INTERRUPTED, reason=self.queue.ending)
            return
        if options is None or inside_a_run:
            if waited is not None:
                waited.recorder.drop(waited)
            return
        entry.options, entry.code = options, context.code or ""
        entry.started = time.perf_counter()
        try:
            entry.run = self._start(options, context, waited)
        except Exception:
            if waited is not None:  # it waits no more
                waited.recorder.drop(waited)
            raise
        push_cell_run(entry.run)

    def _context(self, info: Any) -> CodeContext:
        return CodeContext(
            code=info.raw_cell or "",
            notebook=capture.notebook_path(self._shell),
            cell_id=getattr(info, "cell_id", None),
            execution_count=capture.execution_count(self._shell, begun=False),
            message_id=capture.message_id(self._shell),
        )

    def _start(self, options: TrackOptions, context: CodeContext, waited: Run | None) -> Run:
        recorder = self._recorder()
        chosen, chosen_tags = self._choices()
        experiment, tags = options.experiment or chosen, {**chosen_tags, **dict(options.tags)}
        recorder.look = self.queue.look if self.queue.must_look else None
        if waited is not None and waited.recorder is recorder:
            recorder.begin(waited, experiment=experiment, tags=tags, code=context)
            return waited
        if waited is not None:  # an earlier cell has chosen another store
            waited.recorder.drop(waited)
        run_id = self._unused_run_id(context.message_id)
        return recorder.start(
            options.name, experiment=experiment, tags=tags, code=context, run_id=run_id
        )

    def _unused_run_id(self, message_id: str | None) -> str | None:
        """Return the id of the run that the request makes, unless it has made one."""
        if message_id is None or message_id == self._last_request:
            return None
        self._last_request = message_id
        return request_run_id(this_kernel(), message_id)

    def _end_safely(
        self, entry: _Entry, run: Run, result: Any, error: BaseException | None
    ) -> None:
        try:
            self._end(entry, run, result, error)
        except KeyboardInterrupt:  # the cell is over, and so must its run be
            run.recorder.end(run, error, wait=0)
        except Exception as problem:  # trouble of ours must not spoil the cell
            self._warn("The end of this cell was not recorded in full", problem)

    def _end(self, entry: _Entry, run: Run, result: Any, error: BaseException | None) -> None:
        seconds = time.perf_counter() - entry.started
        pop_cell_run(run)
        explicit = find_track_line(entry.code) is not None
        if not explicit and seconds < self.min_seconds and not run.has_logged:
            run.recorder.drop(run)
            return
        try:
            options = entry.options or TrackOptions()
            value = getattr(result, "result", None)
            problems = log_cell_values(run, options, entry.code, self._shell.user_ns, value)
        except Exception as problem:  # what was not captured must not hide how the cell ended
            self._warn("Params or metrics of this cell could not be captured", problem)
            problems = []
        status, reason = capture.ending(error)
        told = self.queue.told_to_end(wait=isinstance(error, KeyboardInterrupt))
        if status is Status.INTERRUPTED and told:
            reason = self.queue.ending
        run.recorder.end(run, error, status=status, reason=reason)
        if problems and error is None:
            _tell("\n".join(problems))
        self._finished(FinishedCell(run, status, reason, seconds, explicit))


def _error_of(result: Any, entry: _Entry) -> BaseException | None:
    """Return what ended a cell, or a cell that ran inside it."""
    if result is None:  # the task that ran the cell was cancelled
        return asyncio.CancelledError()
    own: BaseException | None = (
        result.error_in_exec if result.error_before_exec is None else result.error_before_exec
    )
    return entry.nested_error if own is None else own


def _display_error(shell: Any) -> BaseException | None:
    """Return why a result could not be shown, where the kernel takes its cell as failed for that.

    ipykernel 7.4 does, and leaves its note standing when the next cell is asynchronous.
    """
    noted = getattr(shell, "_last_traceback_during_displayhook", False)
    return getattr(sys, "last_value", None) if noted else None


def _tell(message: str) -> None:
    with suppress(Exception):  # a cell may have closed or replaced the stream
        sys.stderr.write(f"nbtrack: {message}\n")

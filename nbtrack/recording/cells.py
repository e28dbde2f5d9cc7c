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
from functools import partial
from typing import Any

from nbtrack.errors import NbtrackError, UserError
from nbtrack.model import Status
from nbtrack.recording import capture
from nbtrack.recording.capture import CodeContext
from nbtrack.recording.context import pop_cell_run, push_cell_run
from nbtrack.recording.literals import final_expression_name, literal_assignments
from nbtrack.recording.recorder import Recorder
from nbtrack.recording.references import Reference, metric_values
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
        self._warned: set[tuple[str, type[BaseException]]] = set()

    def install(self) -> None:
        """Register the hooks with the shell."""
        self._installed = True
        self._shell.input_transformers_cleanup.append(strip_track_line)
        self._shell.events.register("pre_run_cell", self.pre_run_cell)
        self._shell.events.register("post_run_cell", self.post_run_cell)

    def uninstall(self) -> None:
        """Leave the shell as it was before `install`, once the cell in progress has ended."""
        self._installed = False
        transformers = self._shell.input_transformers_cleanup
        if strip_track_line in transformers:
            transformers.remove(strip_track_line)
        self._unregister("pre_run_cell", self.pre_run_cell)
        if not self._progress.entries:
            self._unregister("post_run_cell", self.post_run_cell)

    def pre_run_cell(self, info: Any) -> None:
        """Start a run for a tracked cell."""
        entry = _Entry(began_after_bad_display=_display_error(self._shell) is not None)
        self._progress.entries.append(entry)
        try:
            self._begin(entry, info)
        except Exception as error:  # trouble of ours must not stop the cell
            self._warn("This cell is not tracked", error)

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
        if not self._installed and not entries:
            self._unregister("post_run_cell", self.post_run_cell)

    def _unregister(self, event: str, hook: Callable[[Any], None]) -> None:
        if hook in self._shell.events.callbacks[event]:
            self._shell.events.unregister(event, hook)

    def _warn(self, what: str, error: BaseException) -> None:
        if (what, type(error)) not in self._warned:
            self._warned.add((what, type(error)))
            _tell(f"{what}: {error}")

    def _begin(self, entry: _Entry, info: Any) -> None:
        code = info.raw_cell or ""
        line = find_track_line(code)
        tracked = line is not None or (self.every_cell and not _ONLY_MAGICS.fullmatch(code))
        inside_a_run = any(outer.run for outer in self._progress.entries)
        if not tracked or inside_a_run or self._shell.exit_now:
            return
        try:
            options = parse_track_line(line) if line is not None else None
        except UserError:
            return  # the transformer reports it, and the body does not run
        entry.options, entry.code = options, code
        entry.started = time.perf_counter()
        experiment, tags = self._choices()
        entry.run = self._recorder().start(
            options.name if options else None,
            experiment=(options.experiment if options else None) or experiment,
            tags={**tags, **dict(options.tags if options else ())},
            code=CodeContext(
                code=code,
                notebook=capture.notebook_path(self._shell),
                cell_id=getattr(info, "cell_id", None),
                execution_count=capture.execution_count(self._shell, begun=False),
                message_id=capture.message_id(self._shell),
            ),
        )
        push_cell_run(entry.run)

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
        explicit = entry.options is not None
        if not explicit and seconds < self.min_seconds and not run.has_logged:
            run.recorder.drop(run)
            return
        try:
            problems = self._capture(entry, run, result)
        except Exception as problem:  # what was not captured must not hide how the cell ended
            self._warn("Params or metrics of this cell could not be captured", problem)
            problems = []
        status, reason = capture.ending(error)
        if status is Status.INTERRUPTED and self._shell.exit_now:
            reason = "kernel shut down"
        run.recorder.end(run, error, status=status, reason=reason)
        if problems and error is None:
            _tell("\n".join(problems))
        self._finished(FinishedCell(run, status, reason, seconds, explicit))

    def _capture(self, entry: _Entry, run: Run, result: Any) -> list[str]:
        """Log what the options name, or what the cell shows; return what could not be."""
        options = entry.options or TrackOptions()
        problems: list[str] = []
        namespace = self._shell.user_ns
        for reference in options.params:
            _attempt(problems, partial(_log_param, run, reference, namespace))
        for reference in options.metrics:
            _attempt(problems, partial(_log_metric, run, reference, namespace))
        if options.capture and not options.params and not options.metrics:
            _capture_literals(run, entry.code)
            _capture_result(run, entry.code, getattr(result, "result", None))
        return problems


def _attempt(problems: list[str], action: Callable[[], None]) -> None:
    try:
        action()
    except NbtrackError as error:
        problems.append(str(error))


def _log_param(run: Run, reference: Reference, namespace: dict[str, Any]) -> None:
    run.log_param(reference.key, reference.resolve(namespace))


def _log_metric(run: Run, reference: Reference, namespace: dict[str, Any]) -> None:
    value = reference.resolve(namespace)
    run.log_metrics(metric_values(reference.key, value))


def _capture_literals(run: Run, code: str) -> None:
    """Log literals as params, except where the cell logged a param of that name itself."""
    logged = run.params
    found = literal_assignments(code)
    run.log_params({key: value for key, value in found.items() if key not in logged})


def _capture_result(run: Run, code: str, value: object) -> None:
    """Log a final expression that is a number or a dict of numbers."""
    if value is None or isinstance(value, bool | str):
        return
    name = final_expression_name(code)
    if name is None:
        return
    try:
        found = metric_values(None if isinstance(value, dict) else name, value)
    except NbtrackError:
        return
    known = run.metric_keys | run.params.keys()
    run.log_metrics({key: number for key, number in found.items() if key not in known})


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

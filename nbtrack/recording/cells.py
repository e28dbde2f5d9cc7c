"""The hooks by which a tracked cell becomes a run. None of them ever raises into the cell.

A stack pairs ``pre_run_cell`` with ``post_run_cell``, since magics such as ``%%capture`` run
cells inside cells, and an empty cell has a post without a pre.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
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
        self._stack: list[_Entry] = []

    def install(self) -> None:
        """Register the hooks with the shell."""
        self._shell.input_transformers_cleanup.append(strip_track_line)
        self._shell.events.register("pre_run_cell", self.pre_run_cell)
        self._shell.events.register("post_run_cell", self.post_run_cell)

    def uninstall(self) -> None:
        """Leave the shell as it was before `install`."""
        transformers = self._shell.input_transformers_cleanup
        if strip_track_line in transformers:
            transformers.remove(strip_track_line)
        for event, hook in (
            ("pre_run_cell", self.pre_run_cell),
            ("post_run_cell", self.post_run_cell),
        ):
            if hook in self._shell.events.callbacks[event]:
                self._shell.events.unregister(event, hook)

    def pre_run_cell(self, info: Any) -> None:
        """Start a run for a tracked cell."""
        entry = _Entry()
        self._stack.append(entry)
        try:
            self._begin(entry, info)
        except Exception as error:  # trouble of ours must not stop the cell
            self._recorder().warn(f"This cell is not tracked: {error}")

    def post_run_cell(self, result: Any) -> None:
        """End the run of a tracked cell."""
        if not self._stack:
            return
        entry = self._stack.pop()
        try:
            error = _error_of(result) or entry.nested_error
            if self._stack:
                self._stack[-1].nested_error = error
            if entry.run is not None:
                self._end(entry, entry.run, result, error)
        except Exception as error:  # trouble of ours must not spoil the cell
            self._recorder().warn(f"The end of this cell was not recorded in full: {error}")

    def _begin(self, entry: _Entry, info: Any) -> None:
        code = info.raw_cell or ""
        line = find_track_line(code)
        tracked = line is not None or (self.every_cell and not _ONLY_MAGICS.fullmatch(code))
        if not tracked or len(self._stack) > 1 or self._shell.exit_now:
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
                execution_count=self._shell.execution_count,
                message_id=capture.message_id(self._shell),
            ),
        )
        push_cell_run(entry.run)

    def _end(self, entry: _Entry, run: Run, result: Any, error: BaseException | None) -> None:
        seconds = time.perf_counter() - entry.started
        pop_cell_run(run)
        recorder = run.recorder
        explicit = entry.options is not None
        try:
            self._capture(entry, run, result, complain=error is None)
        except Exception as problem:  # what was not captured must not hide how the cell ended
            recorder.warn(f"Params or metrics of this cell could not be captured: {problem}")
        if not explicit and seconds < self.min_seconds and not run.has_logged:
            recorder.drop(run)
            return
        status, reason = capture.ending(error)
        if status is Status.INTERRUPTED and self._shell.exit_now:
            reason = "kernel shut down"
        recorder.end(run, error, status=status, reason=reason)
        self._finished(FinishedCell(run, status, reason, seconds, explicit))

    def _capture(self, entry: _Entry, run: Run, result: Any, *, complain: bool) -> None:
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
        if problems and complain:
            self._recorder().warn("\n".join(problems))


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


def _error_of(result: Any) -> BaseException | None:
    if result is None:
        return None
    error: BaseException | None = result.error_before_exec or result.error_in_exec
    return error

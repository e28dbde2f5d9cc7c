"""Starting and ending runs of one store in this process."""

from __future__ import annotations

import atexit
import os
import secrets
import sys
import threading
import weakref
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict

from nbtrack.config import Config
from nbtrack.kernels.heartbeat import Heartbeat
from nbtrack.kernels.identity import this_kernel
from nbtrack.model import Status, now
from nbtrack.recording import capture
from nbtrack.recording.capture import CodeContext
from nbtrack.recording.checked import checked_params, checked_tags
from nbtrack.recording.delivery import Delivery
from nbtrack.recording.facts import FactsCollector
from nbtrack.recording.names import run_name
from nbtrack.recording.output_tail import OutputTail
from nbtrack.recording.run import Run
from nbtrack.store.artifacts import ArtifactStore
from nbtrack.store.outbox import OutboxWriter
from nbtrack.store.values import check_key, check_text

END_SECONDS = 2.0
"""How long the end of a run waits until the store has it."""

EXIT_SECONDS = 5.0

SHUT_DOWN = "kernel shut down"
RESTARTED = "kernel restarted by the user"

_recorders: weakref.WeakSet[Recorder] = weakref.WeakSet()


class Recorder:
    """Records runs into one store.

    Parameters
    ----------
    config : Config
        Where the store, the artifacts and the outbox are.
    """

    def __init__(self, config: Config) -> None:
        self.config = config
        self.artifacts = ArtifactStore(config.artifacts)
        self.delivery = Delivery(config, self.warn)
        self.ending: str | None = None
        """Why this process was told to end, once it was."""
        self.look: Callable[[], None] | None = None
        """Called with each log: a moment in which a busy kernel can look around."""
        self._facts = FactsCollector()
        self._open: dict[str, tuple[Run, OutputTail]] = {}
        self._warned: set[str] = set()
        self._lock = threading.Lock()
        self.heartbeat = self._new_heartbeat()
        atexit.register(self.close)
        _recorders.add(self)

    def start(
        self,
        name: str | None = None,
        *,
        experiment: str | None = None,
        params: Mapping[str, object] | None = None,
        tags: Mapping[str, object] | None = None,
        parent: str | None = None,
        code: CodeContext | None = None,
        run_id: str | None = None,
    ) -> Run:
        """Start a run; see `nbtrack.start_run`.

        Raises
        ------
        UserError
            A name, param or tag that is not allowed; then no run is started.
        """
        code = code or capture.current_code()
        experiment = _checked_experiment(name, experiment, code)
        checked_params(params or {}, self.config.secret_keys)
        checked_tags(tags or {}, self.config.secret_keys)
        run = self._new_run(run_id, name, experiment, parent, code, Status.RUNNING)
        self._begin(run, params or {}, tags or {})
        return run

    def enqueue(
        self,
        name: str | None = None,
        *,
        experiment: str | None = None,
        code: CodeContext,
        run_id: str | None = None,
    ) -> Run:
        """Record that code waits to be executed; `begin` starts its run, or `end` ends it.

        Raises
        ------
        UserError
            A name that is not allowed; then nothing is recorded.
        """
        experiment = _checked_experiment(name, experiment, code)
        run = self._new_run(run_id, name, experiment, None, code, Status.QUEUED)
        with self._lock:
            self._open[run.run_id] = (run, OutputTail())
        self.heartbeat.begin()
        return run

    def begin(
        self,
        run: Run,
        *,
        experiment: str | None = None,
        tags: Mapping[str, object] | None = None,
        code: CodeContext,
    ) -> None:
        """Start the run of code that waited.

        Raises
        ------
        UserError
            An experiment or a tag that is not allowed; then the run still waits.
        """
        checked_tags(tags or {}, self.config.secret_keys)
        run.begin(_checked_experiment(None, experiment, code), code.execution_count)
        self._begin(run, {}, tags or {})

    def _begin(self, run: Run, params: Mapping[str, object], tags: Mapping[str, object]) -> None:
        run.log_params(params)
        run.set_tags(tags)
        run.mark_begun()
        self._facts.begin(run)
        tail = OutputTail()
        with self._lock:
            self._open[run.run_id] = (run, tail)
        tail.start()
        self.heartbeat.begin()

    def end(
        self,
        run: Run,
        error: BaseException | None = None,
        *,
        status: Status | None = None,
        reason: str | None = None,
        wait: float = END_SECONDS,
    ) -> None:
        """End a run by the error that ended its code, or by `status` with `reason`.

        Returns when the store has it, or after `wait` seconds. A call that an interrupt cut short
        may be made again.
        """
        with self._lock:
            entry = self._open.get(run.run_id)
        if entry is None:  # it has ended, or it is the run of the process that forked this one
            return
        stdout, stderr = entry[1].stop()
        if status is None:
            status, reason = capture.ending(error)
        shown = None if isinstance(error, SystemExit) else capture.traceback_text(error)
        began = run.status is not Status.QUEUED
        run.record_output(stdout, stderr, shown)
        run.end(status, reason, peak_memory=capture.peak_memory() if began else None)
        if began:
            self._facts.finish(run, lambda: self.delivery.finish(run.run_id))
        else:
            self.delivery.finish(run.run_id)
        with self._lock:
            self._open.pop(run.run_id, None)
        if wait:
            self.delivery.wait(run.run_id, wait)

    def drop(self, run: Run) -> None:
        """Forget a run as if it had never begun."""
        with self._lock:
            entry = self._open.pop(run.run_id, None)
        if entry is not None:
            entry[1].stop()
            run.drop()
            self.delivery.finish(run.run_id)

    def warn(self, message: str, *, trouble: str | None = None) -> None:
        """Tell the user about trouble of the tracker's own, once for each `trouble`."""
        if trouble is not None:
            if trouble in self._warned:
                return
            self._warned.add(trouble)
        with suppress(Exception):  # a stream that somebody has closed
            print(f"nbtrack: {message}", file=sys.stderr)

    def close(self) -> None:
        """End the open runs as interrupted and deliver what there is."""
        for run in self._open_runs():
            self.end(run, status=Status.INTERRUPTED, reason=self.ending or SHUT_DOWN, wait=0)
        self._facts.close(EXIT_SECONDS)
        self.heartbeat.close()
        self.delivery.close(EXIT_SECONDS)
        atexit.unregister(self.close)

    def announce_end(self, reason: str) -> None:
        """Note that this process was told to end, in case it cannot say so any more."""
        self.ending = reason
        for run in self._open_runs():
            run.announce_end(reason)

    def after_fork_in_child(self) -> None:
        """Leave the parent's runs to the parent: the child may log to them, not end them."""
        self._lock = threading.Lock()
        for run, _ in self._open.values():
            run.after_fork_in_child()
        self._open = {}
        self.heartbeat = self._new_heartbeat()

    def _new_heartbeat(self) -> Heartbeat:
        return Heartbeat(
            self.delivery.database, lambda: {run.run_id: run.status for run in self._open_runs()}
        )

    def _open_runs(self) -> list[Run]:
        with self._lock:
            return [run for run, _ in self._open.values()]

    def _new_run(
        self,
        run_id: str | None,
        name: str | None,
        experiment: str,
        parent: str | None,
        code: CodeContext,
        status: Status,
    ) -> Run:
        run_id = run_id or secrets.token_hex(16)
        outbox = self._open_outbox(run_id)
        run = Run(self, run_id, name or run_name(), outbox, status)
        self._append_start(run, experiment, parent, code)
        if outbox is not None:
            if status is Status.QUEUED:
                outbox.park()
            self.delivery.add(outbox, run_id)
            self.delivery.notify()
        return run

    def _open_outbox(self, run_id: str) -> OutboxWriter | None:
        problem: OSError | None = None
        for folder in (self.config.outbox, self.config.spare_outbox):
            try:
                outbox = OutboxWriter(folder, run_id, self.config.outbox_limit)
            except OSError as error:
                problem = error
                continue
            if problem is not None:
                self.warn(f"{problem}: the outbox is kept in {folder} instead.", trouble="outbox")
            return outbox
        self.warn(
            f"{problem}: no outbox can be written, so runs are not recorded. Set NBTRACK_OUTBOX "
            "to a folder that can be written.",
            trouble="outbox",
        )
        return None

    def _append_start(
        self, run: Run, experiment: str, parent: str | None, code: CodeContext
    ) -> None:
        own_cell = parent is None
        values = {
            "run_name": run.name,
            "user_id": capture.user_name(),
            "notebook": code.notebook,
            "cell_id": code.cell_id if own_cell else None,
            "execution_count": code.execution_count,
            "message_id": code.message_id if own_cell else None,
            "artifact_uri": self.artifacts.uri(run.run_id),
        }
        record = {
            "op": "start",
            "time": now(),
            "status": run.status.value,
            "experiment": experiment,
            "parent": parent,
            "run": values,
            "code": code.code,
            "kernel": asdict(this_kernel(code.notebook)),
        }
        run.append_first(record)


def _checked_experiment(name: str | None, experiment: str | None, code: CodeContext) -> str:
    if name is not None:
        check_text(name, "run name")
    return check_key(experiment or capture.default_experiment(code.notebook), "experiment")


def _after_fork_in_child() -> None:
    for recorder in list(_recorders):
        recorder.after_fork_in_child()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)

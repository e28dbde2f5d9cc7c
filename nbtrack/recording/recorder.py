"""Starting and ending runs of one store in this process."""

from __future__ import annotations

import atexit
import os
import secrets
import sys
import threading
import weakref
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict

from nbtrack.config import Config
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
        self._facts = FactsCollector()
        self._open: dict[str, tuple[Run, OutputTail]] = {}
        self._warned: set[str] = set()
        self._lock = threading.Lock()
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
    ) -> Run:
        """Start a run; see `nbtrack.start_run`.

        Raises
        ------
        UserError
            A name, param or tag that is not allowed; then no run is started.
        """
        code = code or capture.current_code()
        if name is not None:
            check_text(name, "run name")
        experiment = experiment or capture.default_experiment(code.notebook)
        check_key(experiment, "experiment")
        checked_params(params or {}, self.config.secret_keys)
        checked_tags(tags or {}, self.config.secret_keys)
        run_id = secrets.token_hex(16)
        run = Run(self, run_id, name or run_name(), self._open_outbox(run_id))
        self._append_start(run, experiment, parent, code)
        run.log_params(params or {})
        run.set_tags(tags or {})
        run.mark_begun()
        self._facts.begin(run)
        tail = OutputTail()
        with self._lock:
            self._open[run_id] = (run, tail)
        tail.start()
        return run

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
        run.record_output(stdout, stderr, shown)
        run.end(status, reason, peak_memory=capture.peak_memory())
        self._facts.finish(run, lambda: self.delivery.finish(run.run_id))
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
        with self._lock:
            runs = [run for run, _ in self._open.values()]
        for run in runs:
            self.end(run, status=Status.INTERRUPTED, reason="kernel shut down", wait=0)
        self._facts.close(EXIT_SECONDS)
        self.delivery.close(EXIT_SECONDS)
        atexit.unregister(self.close)

    def after_fork_in_child(self) -> None:
        """Leave the parent's runs to the parent: the child may log to them, not end them."""
        self._lock = threading.Lock()
        for run, _ in self._open.values():
            run.after_fork_in_child()
        self._open = {}

    def _open_outbox(self, run_id: str) -> OutboxWriter | None:
        problem: OSError | None = None
        for folder in (self.config.outbox, self.config.spare_outbox):
            try:
                outbox = OutboxWriter(folder, run_id)
            except OSError as error:
                problem = error
                continue
            if problem is not None:
                self.warn(f"{problem}: the outbox is kept in {folder} instead.", trouble="outbox")
            self.delivery.add(outbox, run_id)
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


def _after_fork_in_child() -> None:
    for recorder in list(_recorders):
        recorder.after_fork_in_child()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)

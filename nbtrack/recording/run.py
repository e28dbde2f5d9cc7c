"""A run that is being recorded: what is logged is checked, and appended to its outbox."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbtrack.errors import (
    NbtrackError,
    ParamConflictError,
    RunStateError,
    StoreError,
)
from nbtrack.model import OPEN_STATUSES, Status, now
from nbtrack.recording.checked import (
    MAX_STEP,
    checked_metrics,
    checked_params,
    checked_step,
    checked_tags,
)
from nbtrack.recording.file_logging import FileLogging
from nbtrack.store.artifact_names import artifact_name
from nbtrack.store.outbox import OutboxFullError, OutboxWriter, Record
from nbtrack.store.values import WireNumber, check_text

if TYPE_CHECKING:
    from nbtrack.recording.recorder import Recorder


class Run(FileLogging):
    """A run in progress. Its methods raise for the caller's mistakes only.

    Use `nbtrack.start_run` or ``%%track`` to get one.

    Attributes
    ----------
    run_id : str
        32 lower-case hex digits.
    name : str
        Friendly name; several runs may bear it.
    """

    def __init__(
        self,
        recorder: Recorder,
        run_id: str,
        name: str,
        outbox: OutboxWriter | None,
        status: Status = Status.RUNNING,
    ) -> None:
        self.run_id = run_id
        self.name = name
        self._recorder = recorder
        self._outbox = outbox
        self._status = status
        self._lock = threading.Lock()
        self._params: dict[str, tuple[str, str]] = {}
        self._next_step: dict[str, int] = {}
        self._lost = 0
        self._logged = 0

    def __repr__(self) -> str:
        return f"<Run {self.name} {self.run_id[:8]} {self._status}>"

    def _repr_html_(self) -> str:
        from nbtrack.rich import run_card

        params = {key: text for key, (_, text) in self._params.items()}
        metrics = {key: f"{count:,}" for key, count in self._next_step.items()}
        sections = {"Params": params, "Steps of metrics": metrics}
        return run_card(self.name, self.run_id, self._status, (), sections)

    @property
    def status(self) -> Status:
        """How the run stands, as this process knows it."""
        return self._status

    @property
    def params(self) -> dict[str, tuple[str, str]]:
        """The params logged here so far: key -> (type, text)."""
        return dict(self._params)

    @property
    def metric_keys(self) -> set[str]:
        """The keys of the metrics logged here so far."""
        return set(self._next_step)

    @property
    def recorder(self) -> Recorder:
        """The recorder that records this run."""
        return self._recorder

    @property
    def has_logged(self) -> bool:
        """Whether anything was logged to the run since `mark_begun`."""
        return self._logged > 0

    def after_fork_in_child(self) -> None:
        """Replace the lock, which another thread of the parent may have held."""
        self._lock = threading.Lock()

    def mark_begun(self) -> None:
        """Take what was logged so far as part of the run's beginning."""
        self._logged = 0

    def log_param(self, key: str, value: object) -> None:
        """Record one param; see `log_params`."""
        self.log_params({key: value})

    def log_params(self, params: Mapping[str, object]) -> None:
        """Record params. A param is written once; the same value again changes nothing.

        Parameters
        ----------
        params : mapping of str to object
            bool, int, float and str keep their type (NumPy scalars too), anything else is kept
            as JSON. Values whose key looks like a secret are masked.

        Raises
        ------
        InvalidKeyError
            A key is empty, longer than 250 characters, or has control characters.
        InvalidValueError
            A value has more than a million characters.
        ParamConflictError
            A key has another value already. None of `params` is recorded then.
        """
        self._check_open()
        encoded = checked_params(params, self._recorder.config.secret_keys)
        with self._lock:
            for key, (_, text) in encoded.items():
                known = self._params.get(key)
                if known is not None and known[1] != text:
                    raise ParamConflictError(
                        f"The param {key!r} is already {known[1]!r}, it cannot become {text!r}.",
                        hint="A param is written once: use a tag or a metric for what changes, "
                        "or a run of its own for another value.",
                    )
            new = {key: pair for key, pair in encoded.items() if key not in self._params}
            self._params.update(new)
        if new:
            self._append({"op": "params", "values": new})

    def log_metric(self, key: str, value: object, step: int | None = None) -> None:
        """Record one point of a metric; see `log_metrics`."""
        self.log_metrics({key: value}, step)

    def log_metrics(self, metrics: Mapping[str, object], step: int | None = None) -> None:
        """Record one point for each of several metrics.

        Parameters
        ----------
        metrics : mapping of str to number
            Python or NumPy scalars, or 0-d tensors; NaN and infinities are values.
        step : int, optional
            Without it, the next step of each key: 0, 1, ...

        Raises
        ------
        InvalidKeyError, InvalidValueError
            A key that no metric may have, a value that is no number, a step that is no integer.
            Nothing of `metrics` is recorded then.
        """
        self._check_open()
        values = checked_metrics(metrics, self._next_step)
        if not values:
            return
        with self._lock:
            points = self._stepped(values, None if step is None else checked_step(step))
        self._append({"op": "metrics", "time": now(), "points": points})

    def _stepped(
        self, values: Mapping[str, WireNumber | None], step: int | None
    ) -> list[tuple[str, int, WireNumber | None]]:
        """Give each value its step, and note the next one of its key."""
        following, points = self._next_step, []
        for key, value in values.items():
            after = following.get(key, 0)
            at = after if step is None else step
            points.append((key, at, value))
            if at >= after:
                following[key] = at + 1 if at < MAX_STEP else MAX_STEP
            elif not after:  # a negative step, the first of its key
                following[key] = 0
        return points

    def set_tag(self, key: str, value: str | None) -> None:
        """Set one tag; None removes it."""
        self.set_tags({key: value})

    def set_tags(self, tags: Mapping[str, object]) -> None:
        """Set tags; a value that is no text is written as text, None removes the tag.

        Raises
        ------
        InvalidKeyError
            A key is empty, longer than 250 characters, or has control characters.
        """
        values = checked_tags(tags, self._recorder.config.secret_keys)
        if values:
            self._append({"op": "tags", "values": values})

    def set_description(self, text: str) -> None:
        """Set the run's description, in Markdown."""
        values = {"description": check_text(text, "description")}
        self._append({"op": "update", "values": values})

    def _uri(self, path: str) -> str:
        return f"{self._recorder.artifacts.uri(self.run_id)}/{path}"

    def _put(self, name: str, data: Path | bytes) -> bool:
        self._check_open()
        path = artifact_name(name)
        try:
            stored = self._recorder.artifacts.put(self.run_id, path, data)
        except StoreError as error:
            self._recorder.warn(str(error), trouble="artifacts")
            self.note(f"incomplete: artifact {path} could not be stored")
            return False
        self._append({"op": "artifact", "values": {**stored, "created": now()}})
        return True

    def append_first(self, record: Record) -> None:
        """Append the record by which the run begins, or waits; nobody is notified of it."""
        self._write(record, notify=False)

    def begin(self, experiment: str, execution_count: int | None) -> None:
        """Begin a run that waited."""
        values = {"execution_count": execution_count}
        record = {"op": "begin", "time": now(), "experiment": experiment, "run": values}
        with self._lock:
            if self._status is Status.QUEUED:
                self._write({**record, "status": Status.RUNNING.value})
                self._status = Status.RUNNING

    def announce_end(self, reason: str) -> None:
        """Note why the process was told to end, for the case that it ends without a word."""
        self._write({"op": "ending", "cause": reason})

    def note(self, cause: str) -> None:
        """Add a remark to the run's timeline."""
        self._append({"op": "note", "time": now(), "cause": cause})

    def record_facts(self, kind: str, facts: Mapping[str, Any]) -> None:
        """Record facts of the environment; ``kind`` is packages, host or git."""
        self._write({"op": "environment", "kind": kind, "content": dict(facts)})

    def record_output(self, stdout: str, stderr: str, traceback: str | None) -> None:
        """Record the tail of what the run printed, and the traceback that ended it."""
        if stdout or stderr or traceback:
            values = {
                "stdout": check_text(stdout, "output"),
                "stderr": check_text(stderr, "output"),
                "traceback": traceback,
            }
            self._write({"op": "output", "values": values})

    def end(
        self, status: Status, reason: str | None = None, *, peak_memory: int | None = None
    ) -> None:
        """End the run; a second end changes nothing."""
        record = {
            "op": "end",
            "time": now(),
            "status": status.value,
            "reason": reason,
            "peak_memory": peak_memory,
        }
        with self._lock:
            if self._status not in OPEN_STATUSES:
                return
            if self._lost:
                cause = f"incomplete: {self._lost} records could not be written"
                self._write({"op": "note", "time": now(), "cause": cause})
            self._write(record)
            self._status = status  # last: what an interrupt cuts short is done again

    def drop(self) -> None:
        """Forget the run as if it had never begun."""
        self._status = Status.COMPLETED
        self._write({"op": "drop"})

    def _check_open(self) -> None:
        if self._status is not Status.RUNNING:
            raise RunStateError(
                f"The run {self.name!r} has ended ({self._status}).",
                hint="What is logged belongs to a run in progress: start a new one. "
                "Tags and the description can still be set.",
            )

    def _append(self, record: Record) -> None:
        self._logged += 1
        if self._recorder.look is not None:
            self._recorder.look()
        if self._status is Status.RUNNING:
            self._write(record)
        else:
            self._amend(record)

    def _amend(self, record: Record) -> None:
        """Add to a run that has ended, whose outbox may be gone."""
        from nbtrack.store.writer import amend

        delivery = self._recorder.delivery
        try:
            if not delivery.append_late(self.run_id, record):
                amend(delivery.database(), self.run_id, record)
        except (NbtrackError, OSError) as error:
            self._recorder.warn(f"Run {self.name} could not be changed: {error}")

    def _write(self, record: Record, *, notify: bool = True) -> None:
        if self._outbox is None:
            self._lost += 1
            return
        try:
            self._outbox.append(record)
        except OutboxFullError as error:
            self._lost += 1
            self._recorder.warn(
                f"Not all of run {self.name} is recorded: {error}, since the store could not be "
                "written for long. Bring it back, or raise NBTRACK_OUTBOX_LIMIT.",
                trouble="full outbox",
            )
        except OSError as error:
            self._lost += 1
            self._recorder.warn(
                f"A record of run {self.name} could not be written: {error}. "
                "The cell runs on; free some space on the disk, or set NBTRACK_OUTBOX.",
                trouble="outbox",
            )
        else:
            if notify:
                self._recorder.delivery.notify()

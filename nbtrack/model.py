"""The frozen values that all parts share, and the statuses with their allowed transitions."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple

MAX_SHOWN = 12
"""Params and metrics that a run's text shows."""

ParamValue = bool | int | float | str | None | list[Any] | dict[str, Any]
"""A param keeps its type; what is no bool, int, float or str is kept as JSON."""


class Status(StrEnum):
    """How a run stands. ``running`` means that a living kernel executes it now."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    DEAD = "dead"


OPEN_STATUSES = frozenset({Status.QUEUED, Status.RUNNING})

TRANSITIONS: dict[Status, frozenset[Status]] = {
    Status.QUEUED: frozenset({Status.RUNNING, Status.INTERRUPTED, Status.DEAD}),
    Status.RUNNING: frozenset({Status.COMPLETED, Status.FAILED, Status.INTERRUPTED, Status.DEAD}),
    Status.DEAD: frozenset(Status) - {Status.DEAD},
    Status.COMPLETED: frozenset(),
    Status.FAILED: frozenset(),
    Status.INTERRUPTED: frozenset(),
}
"""Status -> what it may become. Only a run's own kernel may lead it out of ``dead``."""


class Stage(StrEnum):
    """Lifecycle stage: *delete* marks as deleted, *restore* unmarks, *clear* removes for good."""

    ACTIVE = "active"
    DELETED = "deleted"


class ModelStage(StrEnum):
    """Where a version of a registered model stands, in the words of the MLflow registry."""

    NONE = "None"
    STAGING = "Staging"
    PRODUCTION = "Production"
    ARCHIVED = "Archived"


class Point(NamedTuple):
    """One point of a metric's series; ``timestamp`` in UTC milliseconds since the epoch."""

    step: int
    timestamp: int
    value: float


@dataclass(frozen=True, slots=True)
class Kernel:
    """The process that executes runs.

    A process is told by (``boot_id``, ``pid``, ``process_start``): a kernel id outlives
    restarts, and a pid alone is reused.
    """

    host: str
    boot_id: str
    pid: int
    process_start: int
    """When the process started, as its host counts: on Linux in clock ticks since boot, which no
    change of the clock moves; elsewhere in UTC milliseconds since the epoch."""
    kernel_id: str | None = None
    notebook: str | None = None


@dataclass(frozen=True, slots=True)
class Experiment:
    """A named collection of runs."""

    experiment_id: int
    name: str
    stage: Stage
    created: datetime
    description: str | None = None
    run_count: int = 0
    last_activity: datetime | None = None


@dataclass(frozen=True, slots=True)
class RunEvent:
    """One status transition (or remark) in a run's timeline."""

    time: datetime
    from_status: Status | None
    to_status: Status | None
    cause: str | None
    observer: str | None
    """Who saw it: ``kernel``, ``reconciler``, ``server``, ``dashboard`` or ``user``."""


@dataclass(frozen=True, slots=True)
class MetricSummary:
    """A metric of one run: its last value and the extremes of its series (NaN left out)."""

    last: float
    last_step: int
    minimum: float | None
    maximum: float | None
    count: int


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file kept with a run."""

    path: str
    size: int
    """Bytes."""
    digest: str
    """SHA-256, hexadecimal."""
    media_type: str
    created: datetime


@dataclass(frozen=True, slots=True)
class Dataset:
    """A reference to the data a run used."""

    name: str
    digest: str
    source_type: str
    source: str | None = None
    context: str | None = None
    schema: Any = None
    profile: Any = None
    artifact_path: str | None = None


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """One version of a registered model."""

    name: str
    """Of the model."""
    version: int
    stage: ModelStage
    created: datetime
    updated: datetime
    deleted: datetime | None = None
    """When it was marked as deleted, if it is."""
    description: str | None = None
    user_id: str | None = None
    run_id: str | None = None
    """The run it comes from, which may be of another store."""
    artifact_path: str | None = None
    """The folder of its files among the run's artifacts."""
    source: str | None = None
    """URI of its files."""
    storage_location: str | None = None
    """Where the files really are, if that is not `source`."""
    schema: Any = None
    """``{"inputs": [...], "outputs": [...]}`` in MLflow's types, or None."""
    library: dict[str, Any] = field(default_factory=dict)
    """What saved it: ``name``, ``version``, ``format``."""
    status: str = "READY"
    status_message: str | None = None
    run_link: str | None = None
    logged_model_id: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RegisteredModel:
    """A named line of versions of a model."""

    name: str
    created: datetime
    updated: datetime
    deleted: datetime | None = None
    description: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    aliases: dict[str, int] = field(default_factory=dict)
    """Alias -> version."""
    latest: dict[ModelStage, int] = field(default_factory=dict)
    """Stage -> its highest version; stages without a version are left out."""
    version_count: int = 0


@dataclass(frozen=True, slots=True, repr=False)
class RunInfo:
    """All that is known of one run: what the dashboard's expanded row shows."""

    run_id: str
    run_name: str
    experiment: str
    status: Status
    stage: Stage
    attempt: int | None
    start_time: datetime | None
    end_time: datetime | None
    created: datetime
    reason: str | None
    user_id: str | None
    notebook: str | None
    cell_id: str | None
    execution_count: int | None
    parent_run_id: str | None
    child_run_ids: tuple[str, ...]
    artifact_uri: str | None
    description: str | None
    peak_memory: int | None
    """Peak resident memory of the process, bytes."""
    kernel: Kernel | None
    params: dict[str, ParamValue] = field(default_factory=dict)
    metrics: dict[str, MetricSummary] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    artifacts: tuple[Artifact, ...] = ()
    datasets: tuple[Dataset, ...] = ()
    events: tuple[RunEvent, ...] = ()
    code: str | None = None
    packages: dict[str, str] = field(default_factory=dict)
    imported: tuple[str, ...] = ()
    """Names of the packages the session had imported, a subset of `packages`."""
    host: dict[str, Any] = field(default_factory=dict)
    git: dict[str, Any] = field(default_factory=dict)
    stdout: str | None = None
    stderr: str | None = None
    traceback: str | None = None

    @property
    def duration(self) -> float | None:
        """Seconds from start to end, or None while the run is open."""
        if self.start_time is None or self.end_time is None:
            return None
        return (self.end_time - self.start_time).total_seconds()

    def __repr__(self) -> str:
        from nbtrack.rich import shown_value

        last = {key: metric.last for key, metric in self.metrics.items()}
        entries = [
            f"{key}={shown_value(value)}" for key, value in (*self.params.items(), *last.items())
        ]
        shown = " ".join([*entries[:MAX_SHOWN], *(["..."] if len(entries) > MAX_SHOWN else [])])
        head = f"RunInfo {self.run_name} {self.run_id[:8]} {self.status}"
        return f"<{' '.join(part for part in (head, shown) if part)}>"

    def _repr_html_(self) -> str:
        from nbtrack.rich import run_card, shown_duration

        return run_card(
            self.run_name,
            self.run_id,
            self.status,
            (
                self.experiment,
                None if self.attempt is None else f"attempt {self.attempt}",
                None
                if self.start_time is None
                else f"{self.start_time.astimezone():%Y-%m-%d %H:%M}",
                None if self.duration is None else shown_duration(self.duration),
                self.reason,
            ),
            {
                "Params": self.params,
                "Metrics": {key: metric.last for key, metric in self.metrics.items()},
                "Tags": self.tags,
                "Artifacts": {
                    artifact.path: f"{artifact.size:,} bytes" for artifact in self.artifacts
                },
            },
            self.description,
        )


def from_milliseconds(milliseconds: int | None) -> datetime | None:
    """Return UTC milliseconds since the epoch as a timezone-aware ``datetime``.

    Examples
    --------
    >>> from_milliseconds(0).isoformat()
    '1970-01-01T00:00:00+00:00'
    """
    return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, tz=UTC)


def now() -> int:
    """Return the time in UTC milliseconds since the epoch."""
    return time.time_ns() // 1_000_000

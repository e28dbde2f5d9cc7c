"""The wire between a dashboard's page and its service: the one source of these shapes.

``js/dashboard/src/protocol.ts`` is generated from this module (``python js/generate_protocol.py``).

A page sends a `Request` and gets exactly one reply with the same ``id``; the service may push
a `ChangedEvent` at any time. Times are UTC milliseconds since the epoch. NaN and the
infinities, which JSON lacks, travel as the strings "NaN", "Infinity" and "-Infinity".
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

PROTOCOL_VERSION = 1

MAX_WINDOW = 500
"""Rows that one ``rows`` request may ask for."""

MAX_CHUNK = 1_048_576
"""Bytes of an artifact that one ``artifact`` request may ask for."""

MAX_POINTS = 2_000
"""Points of one series that one ``series`` request may ask for."""

Number = float | Literal["NaN", "Infinity", "-Infinity"]
Cell = str | float | bool | None
StatusName = Literal["queued", "running", "completed", "failed", "interrupted", "dead"]
StageName = Literal["active", "deleted"]
ColumnType = Literal["text", "number", "date", "duration", "status"]
Scope = Literal["experiment", "notebook", "kernel", "all"]


class Sort(TypedDict):
    """One sort key; ``column`` is an identifier of the search language."""

    column: str
    descending: bool


class View(TypedDict, total=False):
    """What a dashboard shows, as data. A missing key means the default."""

    experiments: list[int]
    """Experiment ids; empty or missing: all."""
    search: str
    where: str
    """A fixed condition of the embedding cell, combined with ``search`` by AND."""
    sort: list[Sort]
    columns: list[str]
    """Column identifiers in order; missing: the curated default."""
    deleted: bool
    """Show the runs marked as deleted instead of the active ones."""
    notebook: str
    kernel: int
    height: int
    """Height of the grid, CSS pixels."""


class Request(TypedDict):
    """What a page sends."""

    v: int
    id: int | str
    op: str
    args: dict[str, Any]


class ErrorBody(TypedDict):
    """Why a request was refused: the code is stable, the message is for people."""

    code: str
    message: str
    hint: NotRequired[str]
    span: NotRequired[tuple[int, int]]


class SuccessReply(TypedDict):
    """The answer to a request."""

    id: int | str | None
    ok: Literal[True]
    result: Any


class ErrorReply(TypedDict):
    """The refusal of a request."""

    id: int | str | None
    ok: Literal[False]
    error: ErrorBody


class ChangedEvent(TypedDict):
    """Pushed when the store has changed; the page asks again for what it shows."""

    event: Literal["changed"]
    revision: int


class NoArgs(TypedDict):
    """An operation without arguments."""


class StoreResult(TypedDict):
    """Which store this is."""

    store_id: str
    name: str
    """URL without credentials, or a short path."""
    version: str
    """Version of nbtrack."""
    schema: str
    revision: int


class ViewArgs(TypedDict):
    """Arguments of `view`, `summary` and `columns`."""

    view: View


class ViewIdArgs(TypedDict):
    """Arguments of `view`."""

    view_id: str


class ViewResult(TypedDict):
    """A stored view."""

    view_id: str
    view: View


class SetViewArgs(TypedDict):
    """Arguments of `set_view`."""

    view_id: str
    view: View


class RevisionResult(TypedDict):
    """The store's revision after a change."""

    revision: int


class SummaryResult(TypedDict):
    """The strip on top."""

    revision: int
    experiments: list[str]
    total: int
    """Runs in the view, whatever the search."""
    statuses: dict[StatusName, int]
    deleted: int
    """Runs of the same experiments that are marked as deleted."""
    last_activity: int | None


class ExperimentRow(TypedDict):
    """One experiment."""

    experiment_id: int
    name: str
    stage: StageName
    run_count: int
    last_activity: int | None
    description: str | None


class ExperimentsArgs(TypedDict, total=False):
    """Arguments of `experiments`."""

    deleted: bool


class ExperimentsResult(TypedDict):
    """All experiments."""

    experiments: list[ExperimentRow]


class CreateExperimentArgs(TypedDict):
    """Arguments of `create_experiment`."""

    name: str


class CreateExperimentResult(TypedDict):
    """The experiment just created."""

    experiment_id: int


class ColumnInfo(TypedDict):
    """A column that can be shown: an attribute used by at least one run."""

    id: str
    """Identifier of the search language, such as ``metrics.acc``."""
    label: str
    type: ColumnType


class ColumnsResult(TypedDict):
    """Every attribute in use, and the curated default."""

    columns: list[ColumnInfo]
    default: list[str]


class RowsArgs(TypedDict):
    """Arguments of `rows`: a window of the visible tree."""

    view: View
    columns: list[str]
    offset: int
    limit: int


class RunRow(TypedDict):
    """One visible row. ``cells`` stand in the order of the requested columns."""

    kind: Literal["run"]
    level: int
    run_id: str
    run_name: str
    status: StatusName
    stage: StageName
    cells: list[Cell]


class RowsResult(TypedDict):
    """A window of the visible tree; ``total`` counts the rows of the whole tree."""

    revision: int
    total: int
    offset: int
    rows: list[RunRow]


class RunArgs(TypedDict):
    """Arguments of `run` and `artifacts`."""

    run_id: str


class ParamEntry(TypedDict):
    """A param; ``value`` is its text, ``type`` one of bool, int, float, str, json."""

    key: str
    value: str
    type: str


class MetricEntry(TypedDict):
    """A metric with the extremes of its series."""

    key: str
    last: Number
    step: int
    minimum: Number | None
    maximum: Number | None
    count: int


class TagEntry(TypedDict):
    """A tag."""

    key: str
    value: str


class EventEntry(TypedDict):
    """One entry of a run's timeline."""

    time: int
    from_status: StatusName | None
    to_status: StatusName | None
    cause: str | None
    observer: str | None


class DatasetEntry(TypedDict):
    """A dataset that a run used."""

    name: str
    digest: str
    source_type: str
    source: str | None
    context: str | None
    artifact_path: str | None


class PackageEntry(TypedDict):
    """A package of the run's environment."""

    name: str
    version: str
    imported: bool


class RunDetail(TypedDict):
    """What an expanded row shows."""

    run_id: str
    run_name: str
    experiment: str
    status: StatusName
    stage: StageName
    attempt: int | None
    start_time: int | None
    end_time: int | None
    reason: str | None
    user_id: str | None
    notebook: str | None
    cell_id: str | None
    execution_count: int | None
    parent_run_id: str | None
    child_run_ids: list[str]
    artifact_uri: str | None
    description: str | None
    peak_memory: int | None
    kernel_id: str | None
    pid: int | None
    params: list[ParamEntry]
    metrics: list[MetricEntry]
    tags: list[TagEntry]
    datasets: list[DatasetEntry]
    events: list[EventEntry]
    code: str | None
    packages: list[PackageEntry]
    host: dict[str, Any]
    git: dict[str, Any]
    stdout: str | None
    stderr: str | None
    traceback: str | None


class SeriesArgs(TypedDict):
    """Arguments of `series`: at most ``max_points`` points per series, extremes kept."""

    run_ids: list[str]
    keys: list[str]
    max_points: NotRequired[int]


class Series(TypedDict):
    """The points of one metric of one run, in order of step."""

    run_id: str
    key: str
    steps: list[int]
    timestamps: list[int]
    values: list[Number]


class SeriesResult(TypedDict):
    """The series asked for; a run without the key has none."""

    series: list[Series]


class ArtifactEntry(TypedDict):
    """A file kept with a run; ``digest`` is its SHA-256."""

    path: str
    size: int
    digest: str
    media_type: str


class ArtifactsResult(TypedDict):
    """The files kept with a run, by path."""

    artifacts: list[ArtifactEntry]


class ArtifactArgs(TypedDict):
    """Arguments of `artifact`: ``limit`` bytes from ``offset``."""

    run_id: str
    path: str
    offset: NotRequired[int]
    limit: NotRequired[int]


class ArtifactResult(TypedDict):
    """A part of a file; ``data`` is Base64, ``next_offset`` is None at the end."""

    path: str
    media_type: str
    size: int
    data: str
    next_offset: int | None


class SetTagsArgs(TypedDict):
    """Arguments of `set_tags`; None removes a tag."""

    run_ids: list[str]
    tags: dict[str, str | None]


class SetDescriptionArgs(TypedDict):
    """Arguments of `set_description`."""

    run_id: str
    description: str


class RunIdsArgs(TypedDict):
    """Arguments of `delete` and `restore`."""

    run_ids: list[str]


class ChangedRunsResult(TypedDict):
    """The runs that were really changed, and the revision after it."""

    run_ids: list[str]
    revision: int


OPERATIONS: dict[str, tuple[type, type]] = {
    "store": (NoArgs, StoreResult),
    "view": (ViewIdArgs, ViewResult),
    "set_view": (SetViewArgs, RevisionResult),
    "summary": (ViewArgs, SummaryResult),
    "experiments": (ExperimentsArgs, ExperimentsResult),
    "create_experiment": (CreateExperimentArgs, CreateExperimentResult),
    "columns": (ViewArgs, ColumnsResult),
    "rows": (RowsArgs, RowsResult),
    "run": (RunArgs, RunDetail),
    "series": (SeriesArgs, SeriesResult),
    "artifacts": (RunArgs, ArtifactsResult),
    "artifact": (ArtifactArgs, ArtifactResult),
    "set_tags": (SetTagsArgs, ChangedRunsResult),
    "set_description": (SetDescriptionArgs, RevisionResult),
    "delete": (RunIdsArgs, ChangedRunsResult),
    "restore": (RunIdsArgs, ChangedRunsResult),
}
"""Operation -> shapes of its arguments and of its result."""

"""The wire between a dashboard's page and its service: the one source of these shapes.

``js/dashboard/src/protocol.ts`` is generated from this module (``python js/generate_protocol.py``).

A page sends a `Request` and gets exactly one reply with the same ``id``; the service may push
a `ChangedEvent` at any time. Times are UTC milliseconds since the epoch. NaN and the
infinities, which JSON lacks, travel as the strings "NaN", "Infinity" and "-Infinity".
"""

from __future__ import annotations

from types import UnionType
from typing import Any, Literal, NotRequired, TypedDict

PROTOCOL_VERSION = 1

MAX_WINDOW = 500
"""Rows that one ``rows`` request may ask for."""

MAX_CHUNK = 1_048_576
"""Bytes of an artifact that one ``artifact`` request may ask for."""

MAX_POINTS = 2_000
"""Points of one series that one ``series`` request may ask for."""

MAX_RUN_IDS = 10_000
"""Runs that one request may name; more are meant by a view that they match."""

MAX_CELLS = 1_000
"""Cells that one ``cell_statuses`` request may ask about."""

MAX_COLUMN_PAGE = 200
"""Columns that one ``columns`` request may list."""

MAX_COLUMNS = 500
"""Columns that can be shown at once."""

MAX_COMPARED = 50
"""Runs that can be compared at once."""

MAX_GROUPS = 100_000
"""Groups of one level that a grid can show."""

MAX_GROUP_LEVELS = 8
"""Columns that runs can be grouped by at once."""

MAX_MODELS = 200
"""Registered models that one ``models`` request may ask for."""

MAX_VERSIONS = 500
"""Versions of a model that are listed."""

Number = float | Literal["NaN", "Infinity", "-Infinity"]
Cell = str | float | bool | None
StatusName = Literal["queued", "running", "completed", "failed", "interrupted", "dead"]
StageName = Literal["active", "deleted"]
ModelStageName = Literal["None", "Staging", "Production", "Archived"]
ColumnType = Literal["text", "number", "date", "duration", "status"]
TabName = Literal["runs", "charts", "compare", "models"]
Scope = Literal["experiment", "notebook", "kernel", "all"]
Direction = Literal["min", "max", "none"]
FilterOperator = Literal[
    "=",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "between",
    "contains",
    "not contains",
    "starts with",
    "ends with",
    "in",
    "on",
    "before",
    "after",
    "last days",
    "is empty",
    "is not empty",
]
CompletionKind = Literal["column", "operator", "value", "keyword"]
ExportFormat = Literal["csv", "parquet", "jsonl"]
TableShape = Literal["wide", "long", "json", "history"]


class Sort(TypedDict):
    """One sort key; ``column`` is an identifier of the search language."""

    column: str
    descending: bool


class Filter(TypedDict):
    """A condition on one column, as its filter dialog sets it.

    It stands for an expression of the search language. ``values`` has one value, except: two
    for ``between`` (both ends included) and, for dates, ``on`` (start and end of the day in the
    viewer's time zone, the end excluded); any number for ``in``; none for ``is empty`` and
    ``is not empty``. Dates are milliseconds since the epoch. ``last days`` counts back from now.
    """

    column: str
    operator: FilterOperator
    values: list[str | float]


class GroupOptions(TypedDict, total=False):
    """How one grouped column makes groups. A missing key means the default."""

    bucket: float
    """Width of a number's buckets, 0 for none; missing: chosen by the range for metrics and
    durations, none for params."""
    period: Literal["day", "week", "month"]
    """Of dates; missing: day."""
    order: str
    """``value`` (the default), ``count``, or ``min``, ``mean`` or ``max`` of a metric, such as
    ``mean metrics.acc``; groups lacking it come last, as does the group without the key."""
    descending: bool


class Marks(TypedDict):
    """Some runs: those named or, with ``all``, all of the view but those named."""

    all: bool
    run_ids: list[str]


class View(TypedDict, total=False):
    """What a dashboard shows, as data. A missing key means the default."""

    experiments: list[int]
    """Experiment ids; empty or missing: all."""
    search: str
    where: str
    """A fixed condition of the embedding cell, combined with ``search`` by AND."""
    filters: list[Filter]
    """Combined with each other and with ``search`` by AND."""
    group_by: list[str]
    """Column identifiers, the outermost group first."""
    group_options: dict[str, GroupOptions]
    """By column identifier."""
    sort: list[Sort]
    columns: list[str]
    """Column identifiers in order; missing: the curated default."""
    pinned: list[str]
    """Columns that stay in sight; missing: the first ones up to the run's name."""
    widths: dict[str, int]
    """Column identifier -> CSS pixels, where the user chose one."""
    directions: dict[str, Direction]
    """Metric column -> which values are good; missing: known by the metric's name."""
    hidden: Marks
    """Runs whose eye is closed: in the grid, but not in charts or ``dash.visible``."""
    selected: Marks
    deleted: bool
    """Show the runs marked as deleted instead of the active ones."""
    sidebar: bool
    """Whether the list of experiments is open."""
    tab: TabName
    run: str
    """Id of the run whose page is open over the dashboard; missing: none."""
    compare: list[str]
    """Ids of the runs that the Compare tab shows, at most `MAX_COMPARED`; missing: those
    selected."""
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


class GivenAnswer(TypedDict):
    """What a request was asked before, and its result now."""

    op: str
    args: dict[str, Any]
    result: Any


class SnapshotEvent(TypedDict):
    """Pushed by a kernel that cannot hear requests: what the page would ask for again.

    The answers are those of ``revision``; ``sequence`` counts a widget's snapshots.
    """

    event: Literal["snapshot"]
    revision: int
    sequence: int
    answers: list[GivenAnswer]


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
    """Arguments of `summary`."""

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
    tags: dict[str, str]


class ExperimentsArgs(TypedDict, total=False):
    """Arguments of `experiments`; ``search`` is an expression, or words of the name."""

    deleted: bool
    search: str


class ExperimentsResult(TypedDict):
    """All experiments."""

    experiments: list[ExperimentRow]


class CreateExperimentArgs(TypedDict):
    """Arguments of `create_experiment`."""

    name: str


class CreateExperimentResult(TypedDict):
    """The experiment just created."""

    experiment_id: int


class RenameExperimentArgs(TypedDict):
    """Arguments of `rename_experiment`."""

    experiment_id: int
    name: str


class DescribeExperimentArgs(TypedDict):
    """Arguments of `describe_experiment`; None removes a tag."""

    experiment_id: int
    description: NotRequired[str]
    tags: NotRequired[dict[str, str | None]]


class ExperimentArgs(TypedDict):
    """Arguments of `delete_experiment` and `restore_experiment`; the runs go with it."""

    experiment_id: int


class ColumnInfo(TypedDict):
    """A column that can be shown: an attribute used by at least one run."""

    id: str
    """Identifier of the search language, such as ``metrics.acc``."""
    label: str
    type: ColumnType
    operators: list[FilterOperator]
    """What the column can be filtered by, the most useful first."""
    direction: Direction
    """Of metrics, by their names; "none" where it is not known."""


class ColumnsArgs(TypedDict):
    """Arguments of `columns`."""

    view: View


class ColumnsResult(TypedDict):
    """The curated default, and what is known of the columns that a view or the default uses."""

    columns: list[ColumnInfo]
    default: list[str]


class ListColumnsArgs(TypedDict):
    """Arguments of `list_columns`: a page of every attribute used at least once.

    ``search`` keeps those whose identifier contains it, whatever the case; ``kinds`` those of
    the given entities (attributes, params, metrics, tags); ``differing`` those that differ
    between the runs of the view.
    """

    view: View
    search: NotRequired[str]
    kinds: NotRequired[list[str]]
    differing: NotRequired[bool]
    offset: NotRequired[int]
    limit: NotRequired[int]


class ListColumnsResult(TypedDict):
    """A page of columns, by kind and name; ``totals`` counts all that match, by kind."""

    columns: list[ColumnInfo]
    total: int
    totals: dict[str, int]


class CompleteArgs(TypedDict):
    """Arguments of `complete`: the search box's text, and where its cursor stands."""

    view: View
    text: str
    cursor: int


class Completion(TypedDict):
    """One proposal; ``text`` is what would be inserted."""

    text: str
    kind: CompletionKind
    detail: str | None


class CompleteResult(TypedDict):
    """What may stand at the cursor; it would replace the text from ``start`` to ``end``."""

    start: int
    end: int
    items: list[Completion]


class Expansion(TypedDict):
    """Which groups are open: those of the given paths or, with ``all``, all but those."""

    all: bool
    paths: list[list[str | None]]
    within: NotRequired[list[list[str | None]]]
    """Groups whose own groups stand the other way round; ``[]`` is the whole view."""


class RowsArgs(TypedDict):
    """Arguments of `rows`: a window of the visible tree."""

    view: View
    columns: list[str]
    offset: int
    limit: int
    expanded: NotRequired[Expansion]
    """Missing: no group is open."""
    utc_offset: NotRequired[int]
    """Minutes by which the viewer's clock is ahead of UTC; days begin by it."""


class GroupRow(TypedDict):
    """A group of the visible tree; its runs or subgroups follow it where it is open."""

    kind: Literal["group"]
    level: int
    path: list[str | None]
    """Keys from the outermost group to this one, which tell it from all others; None: the runs
    that lack the column."""
    column: str
    label: str
    """The value as shown; for a bucket "0.8 to 0.9"."""
    count: int
    """Runs within, whatever the depth."""
    statuses: dict[StatusName, int]
    expanded: bool


class Waiting(TypedDict):
    """Where a queued run stands in the line of its kernel."""

    place: int
    """1 is the next to begin."""
    expected_start: int | None
    """When it may begin, by earlier attempts of the cells before it; None where there are none."""
    expected_seconds: float | None
    """How long it may take, by earlier attempts of its own cell."""


class RunRow(TypedDict):
    """One visible row. ``cells`` stand in the order of the requested columns."""

    kind: Literal["run"]
    level: int
    run_id: str
    run_name: str
    status: StatusName
    stage: StageName
    cells: list[Cell]
    waiting: NotRequired[Waiting]
    """Of a queued run."""


class RowsResult(TypedDict):
    """A window of the visible tree; ``total`` counts the rows of the whole tree."""

    revision: int
    total: int
    runs: int
    """Runs that match, in open groups or not."""
    offset: int
    rows: list[RunRow | GroupRow]


class IdsArgs(TypedDict):
    """Arguments of `ids`: a stretch of the visible tree, for a selection over unloaded rows."""

    view: View
    path: NotRequired[list[str | None]]
    """Of a group: a stretch of its runs instead, whatever is open."""
    offset: int
    limit: int
    """At most `MAX_RUN_IDS`."""
    expanded: NotRequired[Expansion]
    utc_offset: NotRequired[int]


class IdsResult(TypedDict):
    """The runs among these rows, in order; groups are left out."""

    run_ids: list[str]


class MarkedCountsArgs(TypedDict):
    """Arguments of `marked_counts`: groups by path."""

    view: View
    marks: Marks
    paths: list[list[str | None]]
    utc_offset: NotRequired[int]


class MarkedCountsResult(TypedDict):
    """How many runs of each group bear the mark; None: there is no such group."""

    revision: int
    counts: list[int | None]


class AggregatesArgs(TypedDict):
    """Arguments of `aggregates`: numbers of groups by path; the path ``[]`` is the whole view."""

    view: View
    columns: list[str]
    paths: list[list[str | None]]
    utc_offset: NotRequired[int]


class Aggregate(TypedDict):
    """The finite values of one column within a group; ``count`` is how many there are."""

    min: float
    mean: float
    max: float
    count: int


class GroupAggregates(TypedDict):
    """The aggregates of one group in the order of the requested columns; None: no numbers."""

    path: list[str | None]
    cells: list[Aggregate | None]


class AggregatesResult(TypedDict):
    """The groups asked for that are there."""

    revision: int
    groups: list[GroupAggregates]


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
    """A dataset that a run used; `schema` and `profile` are what was recorded of its content.

    `artifact_path` names the file, or the folder of all files, by which it is kept.
    """

    name: str
    digest: str
    source_type: str
    source: str | None
    context: str | None
    schema: dict[str, Any] | None
    profile: dict[str, Any] | None
    artifact_path: str | None


class PackageEntry(TypedDict):
    """A package of the run's environment."""

    name: str
    version: str
    imported: bool


class RunModel(TypedDict):
    """A version of a registered model that comes from a run."""

    name: str
    version: int
    stage: str


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
    waiting: NotRequired[Waiting]
    """Of a queued run."""
    params: list[ParamEntry]
    metrics: list[MetricEntry]
    tags: list[TagEntry]
    datasets: list[DatasetEntry]
    models: list[RunModel]
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


class RunsArgs(TypedDict, total=False):
    """Arguments of `delete`: the runs named, or those of a view but the ``excluded``."""

    run_ids: list[str]
    """At most `MAX_RUN_IDS`."""
    view: View
    excluded: list[str]


class RestoreArgs(TypedDict, total=False):
    """Arguments of `restore`: runs as for `delete`, or all that one deletion has marked."""

    run_ids: list[str]
    view: View
    excluded: list[str]
    deletion: int


class SetTagsArgs(TypedDict):
    """Arguments of `set_tags`: runs as for `delete`; None removes a tag."""

    run_ids: NotRequired[list[str]]
    view: NotRequired[View]
    excluded: NotRequired[list[str]]
    tags: dict[str, str | None]


class SetDescriptionArgs(TypedDict):
    """Arguments of `set_description`."""

    run_id: str
    description: str


class ChangedRunsResult(TypedDict):
    """The runs that were really changed, and the revision after it."""

    run_ids: list[str]
    """At most 1,000 of them."""
    count: int
    revision: int
    deletion: NotRequired[int]
    """What undoes this deletion."""


class ClearArgs(TypedDict):
    """Arguments of `clear`: the deleted runs of a view's experiments are removed for good.

    One request removes what it can within a few seconds; ``remaining`` tells whether to ask again.
    """

    view: View
    dry_run: NotRequired[bool]
    until: NotRequired[int]
    """As a dry run has told it: what was deleted later stays."""


class ClearResult(TypedDict):
    """What was removed, or would be."""

    count: int
    size: int
    """Bytes of artifacts."""
    kept: list[str]
    """Names of runs that stay since a registered model needs them."""
    remaining: int
    """Runs that are still to be removed."""
    until: int
    """When the last of these runs was deleted."""
    revision: int


class CodeChangesArgs(TypedDict):
    """Arguments of `code_changes`."""

    run_id: str
    other: NotRequired[str]
    """Id of the run to compare with; missing: the previous attempt of the same cell."""


class CodeChangesResult(TypedDict):
    """What changed from the other run's code to this run's, as a unified diff."""

    run_id: str | None
    """The other run; None where there is no previous attempt."""
    run_name: str | None
    attempt: int | None
    diff: str
    """Empty where nothing changed."""


class CompareArgs(TypedDict):
    """Arguments of `compare`: 2 to 50 runs."""

    run_ids: list[str]


class ComparedRun(TypedDict):
    """One column of a comparison."""

    run_id: str
    run_name: str
    status: StatusName
    experiment: str
    attempt: int | None
    start_time: int | None


class ComparedRow(TypedDict):
    """One line of a comparison; ``values`` stand in the order of the runs."""

    section: Literal["attributes", "params", "metrics", "tags", "packages", "host", "git"]
    key: str
    values: list[Cell]
    differs: bool


class CompareResult(TypedDict):
    """Runs side by side: differences first within each section."""

    runs: list[ComparedRun]
    rows: list[ComparedRow]
    courses: list[str]
    """Metrics of which a run has more than one point."""
    diff: str
    """From the code of the first run to that of the second, as a unified diff."""


class ExportArgs(TypedDict):
    """Arguments of `export`: runs as for `delete` are written next to the notebook."""

    view_id: str
    """Of the dashboard, which knows its notebook's folder."""
    run_ids: NotRequired[list[str]]
    view: NotRequired[View]
    excluded: NotRequired[list[str]]
    name: str
    """Of the file, without its suffix."""
    format: ExportFormat
    shape: TableShape


class ExportResult(TypedDict):
    """The file that was written."""

    path: str
    """Relative to the notebook's folder."""
    size: int
    rows: int
    code: str
    """A line of Python that loads it."""


class ExportProgress(TypedDict):
    """A file that is still being written: `export_progress` tells how it goes on."""

    job: str
    done: int
    total: int
    """Runs, or points of a history; 0 as long as nobody has counted."""


class ExportProgressArgs(TypedDict):
    """Arguments of `export_progress`; what is cancelled leaves no file."""

    job: str
    cancel: NotRequired[bool]


ExportAnswer = ExportResult | ExportProgress


class CellStatusesArgs(TypedDict):
    """Arguments of `cell_statuses`."""

    notebook: str
    """Absolute path, as runs record it."""
    cell_ids: list[str]
    """At most `MAX_CELLS`."""


class CellStatus(TypedDict):
    """How the latest run of a cell stands."""

    cell_id: str
    run_id: str
    run_name: str
    status: StatusName
    attempt: int
    start_time: int | None
    end_time: int | None
    reason: str | None
    waiting: NotRequired[Waiting]
    """Of a queued run."""


class CellStatusesResult(TypedDict):
    """The cells that have runs which are not deleted."""

    revision: int
    cells: list[CellStatus]


class ActivityResult(TypedDict):
    """What goes on in the whole store."""

    revision: int
    running: int
    queued: int


class StaleResult(TypedDict):
    """The dead or interrupted runs of a view that have no metric, the newest first."""

    run_ids: list[str]
    """At most `MAX_RUN_IDS` of them."""
    count: int


class ModelsArgs(TypedDict):
    """Arguments of `models`: a page of the registered models, by name."""

    search: NotRequired[str]
    """An expression, or plain words."""
    deleted: NotRequired[bool]
    offset: NotRequired[int]
    limit: NotRequired[int]
    """At most `MAX_MODELS`."""


class ModelSummary(TypedDict):
    """A registered model in the list of all."""

    name: str
    description: str | None
    created: int
    updated: int
    deleted: int | None
    tags: list[TagEntry]
    aliases: dict[str, int]
    """Alias -> version."""
    latest: dict[str, int]
    """Stage -> its highest version."""
    version_count: int


class ModelsResult(TypedDict):
    """A page of models; ``total`` counts all that match."""

    models: list[ModelSummary]
    total: int


class ModelArgs(TypedDict):
    """Arguments of `model`."""

    name: str


class ModelOrigin(TypedDict):
    """The run that a version comes from; ``run_name`` is None where it is not in this store."""

    run_id: str
    run_name: str | None
    experiment: str | None
    stage: StageName | None
    notebook: str | None
    git_commit: str | None
    has_code: bool
    datasets: list[str]


class VersionEntry(TypedDict):
    """A version of a registered model."""

    version: int
    stage: ModelStageName
    created: int
    updated: int
    deleted: int | None
    description: str | None
    user_id: str | None
    status: str
    status_message: str | None
    tags: list[TagEntry]
    aliases: list[str]
    schema: dict[str, Any] | None
    library: dict[str, Any]
    source: str | None
    origin: ModelOrigin | None
    files: list[ArtifactEntry]
    """Among the run's artifacts; none where they are elsewhere, or gone."""
    unpickles: bool
    """Whether loading it may run code of its author."""
    load: str
    """Python that loads it."""


class ModelResult(TypedDict):
    """A registered model, its versions newest first."""

    model: ModelSummary
    versions: list[VersionEntry]
    """The newest `MAX_VERSIONS`, those marked as deleted among them."""


class ModelRef(TypedDict):
    """A model, or one of its versions."""

    name: str
    version: NotRequired[int]


class RenameModelArgs(TypedDict):
    """Arguments of `rename_model`."""

    name: str
    new_name: str


class SetModelArgs(TypedDict):
    """Arguments of `set_model`, about a model or a version; None removes a tag."""

    name: str
    version: NotRequired[int]
    description: NotRequired[str]
    tags: NotRequired[dict[str, str | None]]


class SetStageArgs(TypedDict):
    """Arguments of `set_stage`; nothing is done unless the version stands at ``expected``."""

    name: str
    version: int
    stage: ModelStageName
    expected: ModelStageName
    archive_others: NotRequired[bool]


class SetStageResult(TypedDict):
    """The versions that were archived, and the revision after it."""

    archived: list[int]
    revision: int


class SetAliasArgs(TypedDict):
    """Arguments of `set_alias`; a ``version`` of None removes the alias."""

    name: str
    alias: str
    version: int | None
    expected: int | None
    """The version that the alias stands for as the page shows it; else nothing is done."""


class RegisterArgs(TypedDict):
    """Arguments of `register`."""

    run_id: str
    path: str
    """Of the model among the run's artifacts."""
    name: str
    description: NotRequired[str]
    """Missing: the run's own."""


class RegisterResult(TypedDict):
    """The version that was made."""

    name: str
    version: int
    revision: int


class RegisteredVersion(TypedDict):
    """A version by its model's name."""

    name: str
    version: int
    stage: ModelStageName


class LoggedModel(TypedDict):
    """A model among a run's artifacts, and the versions that were registered of it."""

    path: str
    library: dict[str, Any]
    schema: dict[str, Any] | None
    versions: list[RegisteredVersion]


class RunModelsResult(TypedDict):
    """The models that a run has logged."""

    models: list[LoggedModel]


OPERATIONS: dict[str, tuple[type, type | UnionType]] = {
    "store": (NoArgs, StoreResult),
    "view": (ViewIdArgs, ViewResult),
    "set_view": (SetViewArgs, RevisionResult),
    "summary": (ViewArgs, SummaryResult),
    "experiments": (ExperimentsArgs, ExperimentsResult),
    "create_experiment": (CreateExperimentArgs, CreateExperimentResult),
    "rename_experiment": (RenameExperimentArgs, RevisionResult),
    "describe_experiment": (DescribeExperimentArgs, RevisionResult),
    "delete_experiment": (ExperimentArgs, RevisionResult),
    "restore_experiment": (ExperimentArgs, RevisionResult),
    "columns": (ColumnsArgs, ColumnsResult),
    "list_columns": (ListColumnsArgs, ListColumnsResult),
    "complete": (CompleteArgs, CompleteResult),
    "rows": (RowsArgs, RowsResult),
    "ids": (IdsArgs, IdsResult),
    "marked_counts": (MarkedCountsArgs, MarkedCountsResult),
    "aggregates": (AggregatesArgs, AggregatesResult),
    "run": (RunArgs, RunDetail),
    "series": (SeriesArgs, SeriesResult),
    "artifacts": (RunArgs, ArtifactsResult),
    "artifact": (ArtifactArgs, ArtifactResult),
    "set_tags": (SetTagsArgs, ChangedRunsResult),
    "set_description": (SetDescriptionArgs, RevisionResult),
    "delete": (RunsArgs, ChangedRunsResult),
    "restore": (RestoreArgs, ChangedRunsResult),
    "clear": (ClearArgs, ClearResult),
    "code_changes": (CodeChangesArgs, CodeChangesResult),
    "compare": (CompareArgs, CompareResult),
    "export": (ExportArgs, ExportAnswer),
    "export_progress": (ExportProgressArgs, ExportAnswer),
    "cell_statuses": (CellStatusesArgs, CellStatusesResult),
    "activity": (NoArgs, ActivityResult),
    "stale": (ViewArgs, StaleResult),
    "models": (ModelsArgs, ModelsResult),
    "model": (ModelArgs, ModelResult),
    "run_models": (RunArgs, RunModelsResult),
    "register": (RegisterArgs, RegisterResult),
    "rename_model": (RenameModelArgs, RevisionResult),
    "set_model": (SetModelArgs, RevisionResult),
    "set_stage": (SetStageArgs, SetStageResult),
    "set_alias": (SetAliasArgs, RevisionResult),
    "delete_model": (ModelRef, RevisionResult),
    "restore_model": (ModelRef, RevisionResult),
}
"""Operation -> shapes of its arguments and of its result."""

READ_OPERATIONS = frozenset(
    {
        "activity",
        "aggregates",
        "artifact",
        "artifacts",
        "cell_statuses",
        "code_changes",
        "columns",
        "compare",
        "complete",
        "experiments",
        "ids",
        "list_columns",
        "marked_counts",
        "model",
        "models",
        "rows",
        "run",
        "run_models",
        "series",
        "stale",
        "store",
        "summary",
        "view",
    }
)
"""Operations that change nothing: they may be asked twice. Others need permission to write."""

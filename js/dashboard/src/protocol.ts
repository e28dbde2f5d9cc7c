// Generated from nbtrack/dashboard/protocol.py by js/generate_protocol.py: do not edit.

export const PROTOCOL_VERSION = 1;

/** Rows that one `rows` request may ask for. */
export const MAX_WINDOW = 500;

/** Bytes of an artifact that one `artifact` request may ask for. */
export const MAX_CHUNK = 1048576;

/** Points of one series that one `series` request may ask for. */
export const MAX_POINTS = 2000;

/** Runs that one request may name; more are meant by a view that they match. */
export const MAX_RUN_IDS = 10000;

/** Cells that one `cell_statuses` request may ask about. */
export const MAX_CELLS = 1000;

/** Columns that one `columns` request may list. */
export const MAX_COLUMN_PAGE = 200;

/** Columns that can be shown at once. */
export const MAX_COLUMNS = 500;

/** Runs that can be compared at once. */
export const MAX_COMPARED = 50;

/** Groups of one level that a grid can show. */
export const MAX_GROUPS = 100000;

/** Columns that runs can be grouped by at once. */
export const MAX_GROUP_LEVELS = 8;

/** Registered models that one `models` request may ask for. */
export const MAX_MODELS = 200;

/** Versions of a model that are listed. */
export const MAX_VERSIONS = 500;

export type Number = number | "NaN" | "Infinity" | "-Infinity";

export type Cell = string | number | boolean | null;

export type StatusName = "queued" | "running" | "completed" | "failed" | "interrupted" | "dead";

export type StageName = "active" | "deleted";

export type ModelStageName = "None" | "Staging" | "Production" | "Archived";

export type ColumnType = "text" | "number" | "date" | "duration" | "status";

export type TabName = "runs" | "charts" | "compare" | "models";

export type Scope = "experiment" | "notebook" | "kernel" | "all";

export type Direction = "min" | "max" | "none";

export type FilterOperator = "=" | "!=" | "<" | "<=" | ">" | ">=" | "between" | "contains" | "not contains" | "starts with" | "ends with" | "in" | "on" | "before" | "after" | "last days" | "is empty" | "is not empty";

export type CompletionKind = "column" | "operator" | "value" | "keyword";

export type ExportFormat = "csv" | "parquet" | "jsonl";

export type TableShape = "wide" | "long" | "json" | "history";

/** One sort key; `column` is an identifier of the search language. */
export interface Sort {
  column: string;
  descending: boolean;
}

/**
 * A condition on one column, as its filter dialog sets it.
 *
 * It stands for an expression of the search language. `values` has one value, except: two
 * for `between` (both ends included) and, for dates, `on` (start and end of the day in the
 * viewer's time zone, the end excluded); any number for `in`; none for `is empty` and
 * `is not empty`. Dates are milliseconds since the epoch. `last days` counts back from now.
 */
export interface Filter {
  column: string;
  operator: FilterOperator;
  values: (string | number)[];
}

/** How one grouped column makes groups. A missing key means the default. */
export interface GroupOptions {
  /**
   * Width of a number's buckets, 0 for none; missing: chosen by the range for metrics and
   *     durations, none for params.
   */
  bucket?: number;
  /** Of dates; missing: day. */
  period?: "day" | "week" | "month";
  /**
   * `value` (the default), `count`, or `min`, `mean` or `max` of a metric, such as
   *     `mean metrics.acc`; groups lacking it come last, as does the group without the key.
   */
  order?: string;
  descending?: boolean;
}

/** Some runs: those named or, with `all`, all of the view but those named. */
export interface Marks {
  all: boolean;
  run_ids: string[];
}

/** What a dashboard shows, as data. A missing key means the default. */
export interface View {
  /** Experiment ids; empty or missing: all. */
  experiments?: number[];
  search?: string;
  /** A fixed condition of the embedding cell, combined with `search` by AND. */
  where?: string;
  /** Combined with each other and with `search` by AND. */
  filters?: Filter[];
  /** Column identifiers, the outermost group first. */
  group_by?: string[];
  /** By column identifier. */
  group_options?: Record<string, GroupOptions>;
  sort?: Sort[];
  /** Column identifiers in order; missing: the curated default. */
  columns?: string[];
  /** Columns that stay in sight; missing: the first ones up to the run's name. */
  pinned?: string[];
  /** Column identifier -> CSS pixels, where the user chose one. */
  widths?: Record<string, number>;
  /** Metric column -> which values are good; missing: known by the metric's name. */
  directions?: Record<string, Direction>;
  /** Runs whose eye is closed: in the grid, but not in charts or `dash.visible`. */
  hidden?: Marks;
  selected?: Marks;
  /** Show the runs marked as deleted instead of the active ones. */
  deleted?: boolean;
  /** Whether the list of experiments is open. */
  sidebar?: boolean;
  tab?: TabName;
  /** Id of the run whose page is open over the dashboard; missing: none. */
  run?: string;
  /**
   * Ids of the runs that the Compare tab shows, at most `MAX_COMPARED`; missing: those
   *     selected.
   */
  compare?: string[];
  notebook?: string;
  kernel?: number;
  /** Height of the grid, CSS pixels. */
  height?: number;
}

/** What a page sends. */
export interface Request {
  v: number;
  id: number | string;
  op: string;
  args: Record<string, unknown>;
}

/** Why a request was refused: the code is stable, the message is for people. */
export interface ErrorBody {
  code: string;
  message: string;
  hint?: string;
  span?: [number, number];
}

/** The answer to a request. */
export interface SuccessReply {
  id: number | string | null;
  ok: true;
  result: unknown;
}

/** The refusal of a request. */
export interface ErrorReply {
  id: number | string | null;
  ok: false;
  error: ErrorBody;
}

/** Pushed when the store has changed; the page asks again for what it shows. */
export interface ChangedEvent {
  event: "changed";
  revision: number;
}

/** What a request was asked before, and its result now. */
export interface GivenAnswer {
  op: string;
  args: Record<string, unknown>;
  result: unknown;
}

/**
 * Pushed by a kernel that cannot hear requests: what the page would ask for again.
 *
 * The answers are those of `revision`; `sequence` counts a widget's snapshots.
 */
export interface SnapshotEvent {
  event: "snapshot";
  revision: number;
  sequence: number;
  answers: GivenAnswer[];
}

/** An operation without arguments. */
export type NoArgs = Record<string, never>;

/** Which store this is. */
export interface StoreResult {
  store_id: string;
  /** URL without credentials, or a short path. */
  name: string;
  /** Version of nbtrack. */
  version: string;
  schema: string;
  revision: number;
}

/** Arguments of `summary`. */
export interface ViewArgs {
  view: View;
}

/** Arguments of `view`. */
export interface ViewIdArgs {
  view_id: string;
}

/** A stored view. */
export interface ViewResult {
  view_id: string;
  view: View;
}

/** Arguments of `set_view`. */
export interface SetViewArgs {
  view_id: string;
  view: View;
}

/** The store's revision after a change. */
export interface RevisionResult {
  revision: number;
}

/** The strip on top. */
export interface SummaryResult {
  revision: number;
  experiments: string[];
  /** Runs in the view, whatever the search. */
  total: number;
  statuses: Partial<Record<StatusName, number>>;
  /** Runs of the same experiments that are marked as deleted. */
  deleted: number;
  last_activity: number | null;
}

/** One experiment. */
export interface ExperimentRow {
  experiment_id: number;
  name: string;
  stage: StageName;
  run_count: number;
  last_activity: number | null;
  description: string | null;
  tags: Record<string, string>;
}

/** Arguments of `experiments`; `search` is an expression, or words of the name. */
export interface ExperimentsArgs {
  deleted?: boolean;
  search?: string;
}

/** All experiments. */
export interface ExperimentsResult {
  experiments: ExperimentRow[];
}

/** Arguments of `create_experiment`. */
export interface CreateExperimentArgs {
  name: string;
}

/** The experiment just created. */
export interface CreateExperimentResult {
  experiment_id: number;
}

/** Arguments of `rename_experiment`. */
export interface RenameExperimentArgs {
  experiment_id: number;
  name: string;
}

/** Arguments of `describe_experiment`; None removes a tag. */
export interface DescribeExperimentArgs {
  experiment_id: number;
  description?: string;
  tags?: Record<string, string | null>;
}

/** Arguments of `delete_experiment` and `restore_experiment`; the runs go with it. */
export interface ExperimentArgs {
  experiment_id: number;
}

/** A column that can be shown: an attribute used by at least one run. */
export interface ColumnInfo {
  /** Identifier of the search language, such as `metrics.acc`. */
  id: string;
  label: string;
  type: ColumnType;
  /** What the column can be filtered by, the most useful first. */
  operators: FilterOperator[];
  /** Of metrics, by their names; "none" where it is not known. */
  direction: Direction;
}

/** Arguments of `columns`. */
export interface ColumnsArgs {
  view: View;
}

/** The curated default, and what is known of the columns that a view or the default uses. */
export interface ColumnsResult {
  columns: ColumnInfo[];
  default: string[];
}

/**
 * Arguments of `list_columns`: a page of every attribute used at least once.
 *
 * `search` keeps those whose identifier contains it, whatever the case; `kinds` those of
 * the given entities (attributes, params, metrics, tags); `differing` those that differ
 * between the runs of the view.
 */
export interface ListColumnsArgs {
  view: View;
  search?: string;
  kinds?: string[];
  differing?: boolean;
  offset?: number;
  limit?: number;
}

/** A page of columns, by kind and name; `totals` counts all that match, by kind. */
export interface ListColumnsResult {
  columns: ColumnInfo[];
  total: number;
  totals: Record<string, number>;
}

/** Arguments of `complete`: the search box's text, and where its cursor stands. */
export interface CompleteArgs {
  view: View;
  text: string;
  cursor: number;
}

/** One proposal; `text` is what would be inserted. */
export interface Completion {
  text: string;
  kind: CompletionKind;
  detail: string | null;
}

/** What may stand at the cursor; it would replace the text from `start` to `end`. */
export interface CompleteResult {
  start: number;
  end: number;
  items: Completion[];
}

/** Which groups are open: those of the given paths or, with `all`, all but those. */
export interface Expansion {
  all: boolean;
  paths: ((string | null)[])[];
  /** Groups whose own groups stand the other way round; `[]` is the whole view. */
  within?: ((string | null)[])[];
}

/** Arguments of `rows`: a window of the visible tree. */
export interface RowsArgs {
  view: View;
  columns: string[];
  offset: number;
  limit: number;
  /** Missing: no group is open. */
  expanded?: Expansion;
  /** Minutes by which the viewer's clock is ahead of UTC; days begin by it. */
  utc_offset?: number;
}

/** A group of the visible tree; its runs or subgroups follow it where it is open. */
export interface GroupRow {
  kind: "group";
  level: number;
  /**
   * Keys from the outermost group to this one, which tell it from all others; None: the runs
   *     that lack the column.
   */
  path: (string | null)[];
  column: string;
  /** The value as shown; for a bucket "0.8 to 0.9". */
  label: string;
  /** Runs within, whatever the depth. */
  count: number;
  statuses: Partial<Record<StatusName, number>>;
  expanded: boolean;
}

/** Where a queued run stands in the line of its kernel. */
export interface Waiting {
  /** 1 is the next to begin. */
  place: number;
  /** When it may begin, by earlier attempts of the cells before it; None where there are none. */
  expected_start: number | null;
  /** How long it may take, by earlier attempts of its own cell. */
  expected_seconds: number | null;
}

/** One visible row. `cells` stand in the order of the requested columns. */
export interface RunRow {
  kind: "run";
  level: number;
  run_id: string;
  run_name: string;
  status: StatusName;
  stage: StageName;
  cells: Cell[];
  /** Of a queued run. */
  waiting?: Waiting;
}

/** A window of the visible tree; `total` counts the rows of the whole tree. */
export interface RowsResult {
  revision: number;
  total: number;
  /** Runs that match, in open groups or not. */
  runs: number;
  offset: number;
  rows: (RunRow | GroupRow)[];
}

/** Arguments of `ids`: a stretch of the visible tree, for a selection over unloaded rows. */
export interface IdsArgs {
  view: View;
  /** Of a group: a stretch of its runs instead, whatever is open. */
  path?: (string | null)[];
  offset: number;
  /** At most `MAX_RUN_IDS`. */
  limit: number;
  expanded?: Expansion;
  utc_offset?: number;
}

/** The runs among these rows, in order; groups are left out. */
export interface IdsResult {
  run_ids: string[];
}

/** Arguments of `marked_counts`: groups by path. */
export interface MarkedCountsArgs {
  view: View;
  marks: Marks;
  paths: ((string | null)[])[];
  utc_offset?: number;
}

/** How many runs of each group bear the mark; None: there is no such group. */
export interface MarkedCountsResult {
  revision: number;
  counts: (number | null)[];
}

/** Arguments of `aggregates`: numbers of groups by path; the path `[]` is the whole view. */
export interface AggregatesArgs {
  view: View;
  columns: string[];
  paths: ((string | null)[])[];
  utc_offset?: number;
}

/** The finite values of one column within a group; `count` is how many there are. */
export interface Aggregate {
  min: number;
  mean: number;
  max: number;
  count: number;
}

/** The aggregates of one group in the order of the requested columns; None: no numbers. */
export interface GroupAggregates {
  path: (string | null)[];
  cells: (Aggregate | null)[];
}

/** The groups asked for that are there. */
export interface AggregatesResult {
  revision: number;
  groups: GroupAggregates[];
}

/** Arguments of `run` and `artifacts`. */
export interface RunArgs {
  run_id: string;
}

/** A param; `value` is its text, `type` one of bool, int, float, str, json. */
export interface ParamEntry {
  key: string;
  value: string;
  type: string;
}

/** A metric with the extremes of its series. */
export interface MetricEntry {
  key: string;
  last: Number;
  step: number;
  minimum: Number | null;
  maximum: Number | null;
  count: number;
}

/** A tag. */
export interface TagEntry {
  key: string;
  value: string;
}

/** One entry of a run's timeline. */
export interface EventEntry {
  time: number;
  from_status: StatusName | null;
  to_status: StatusName | null;
  cause: string | null;
  observer: string | null;
}

/**
 * A dataset that a run used; `schema` and `profile` are what was recorded of its content.
 *
 * `artifact_path` names the file, or the folder of all files, by which it is kept.
 */
export interface DatasetEntry {
  name: string;
  digest: string;
  source_type: string;
  source: string | null;
  context: string | null;
  schema: Record<string, unknown> | null;
  profile: Record<string, unknown> | null;
  artifact_path: string | null;
}

/** A package of the run's environment. */
export interface PackageEntry {
  name: string;
  version: string;
  imported: boolean;
}

/** A version of a registered model that comes from a run. */
export interface RunModel {
  name: string;
  version: number;
  stage: string;
}

/** What an expanded row shows. */
export interface RunDetail {
  run_id: string;
  run_name: string;
  experiment: string;
  status: StatusName;
  stage: StageName;
  attempt: number | null;
  start_time: number | null;
  end_time: number | null;
  reason: string | null;
  user_id: string | null;
  notebook: string | null;
  cell_id: string | null;
  execution_count: number | null;
  parent_run_id: string | null;
  child_run_ids: string[];
  artifact_uri: string | null;
  description: string | null;
  peak_memory: number | null;
  kernel_id: string | null;
  pid: number | null;
  /** Of a queued run. */
  waiting?: Waiting;
  params: ParamEntry[];
  metrics: MetricEntry[];
  tags: TagEntry[];
  datasets: DatasetEntry[];
  models: RunModel[];
  events: EventEntry[];
  code: string | null;
  packages: PackageEntry[];
  host: Record<string, unknown>;
  git: Record<string, unknown>;
  stdout: string | null;
  stderr: string | null;
  traceback: string | null;
}

/** Arguments of `series`: at most `max_points` points per series, extremes kept. */
export interface SeriesArgs {
  run_ids: string[];
  keys: string[];
  max_points?: number;
}

/** The points of one metric of one run, in order of step. */
export interface Series {
  run_id: string;
  key: string;
  steps: number[];
  timestamps: number[];
  values: Number[];
}

/** The series asked for; a run without the key has none. */
export interface SeriesResult {
  series: Series[];
}

/** A file kept with a run; `digest` is its SHA-256. */
export interface ArtifactEntry {
  path: string;
  size: number;
  digest: string;
  media_type: string;
}

/** The files kept with a run, by path. */
export interface ArtifactsResult {
  artifacts: ArtifactEntry[];
}

/** Arguments of `artifact`: `limit` bytes from `offset`. */
export interface ArtifactArgs {
  run_id: string;
  path: string;
  offset?: number;
  limit?: number;
}

/** A part of a file; `data` is Base64, `next_offset` is None at the end. */
export interface ArtifactResult {
  path: string;
  media_type: string;
  size: number;
  data: string;
  next_offset: number | null;
}

/** Arguments of `delete`: the runs named, or those of a view but the `excluded`. */
export interface RunsArgs {
  /** At most `MAX_RUN_IDS`. */
  run_ids?: string[];
  view?: View;
  excluded?: string[];
}

/** Arguments of `restore`: runs as for `delete`, or all that one deletion has marked. */
export interface RestoreArgs {
  run_ids?: string[];
  view?: View;
  excluded?: string[];
  deletion?: number;
}

/** Arguments of `set_tags`: runs as for `delete`; None removes a tag. */
export interface SetTagsArgs {
  run_ids?: string[];
  view?: View;
  excluded?: string[];
  tags: Record<string, string | null>;
}

/** Arguments of `set_description`. */
export interface SetDescriptionArgs {
  run_id: string;
  description: string;
}

/** The runs that were really changed, and the revision after it. */
export interface ChangedRunsResult {
  /** At most 1,000 of them. */
  run_ids: string[];
  count: number;
  revision: number;
  /** What undoes this deletion. */
  deletion?: number;
}

/**
 * Arguments of `clear`: the deleted runs of a view's experiments are removed for good.
 *
 * One request removes what it can within a few seconds; `remaining` tells whether to ask again.
 */
export interface ClearArgs {
  view: View;
  dry_run?: boolean;
  /** As a dry run has told it: what was deleted later stays. */
  until?: number;
}

/** What was removed, or would be. */
export interface ClearResult {
  count: number;
  /** Bytes of artifacts. */
  size: number;
  /** Names of runs that stay since a registered model needs them. */
  kept: string[];
  /** Runs that are still to be removed. */
  remaining: number;
  /** When the last of these runs was deleted. */
  until: number;
  revision: number;
}

/** Arguments of `code_changes`. */
export interface CodeChangesArgs {
  run_id: string;
  /** Id of the run to compare with; missing: the previous attempt of the same cell. */
  other?: string;
}

/** What changed from the other run's code to this run's, as a unified diff. */
export interface CodeChangesResult {
  /** The other run; None where there is no previous attempt. */
  run_id: string | null;
  run_name: string | null;
  attempt: number | null;
  /** Empty where nothing changed. */
  diff: string;
}

/** Arguments of `compare`: 2 to 50 runs. */
export interface CompareArgs {
  run_ids: string[];
}

/** One column of a comparison. */
export interface ComparedRun {
  run_id: string;
  run_name: string;
  status: StatusName;
  experiment: string;
  attempt: number | null;
  start_time: number | null;
}

/** One line of a comparison; `values` stand in the order of the runs. */
export interface ComparedRow {
  section: "attributes" | "params" | "metrics" | "tags" | "packages" | "host" | "git";
  key: string;
  values: Cell[];
  differs: boolean;
}

/** Runs side by side: differences first within each section. */
export interface CompareResult {
  runs: ComparedRun[];
  rows: ComparedRow[];
  /** Metrics of which a run has more than one point. */
  courses: string[];
  /** From the code of the first run to that of the second, as a unified diff. */
  diff: string;
}

/** Arguments of `export`: runs as for `delete` are written next to the notebook. */
export interface ExportArgs {
  /** Of the dashboard, which knows its notebook's folder. */
  view_id: string;
  run_ids?: string[];
  view?: View;
  excluded?: string[];
  /** Of the file, without its suffix. */
  name: string;
  format: ExportFormat;
  shape: TableShape;
}

/** The file that was written. */
export interface ExportResult {
  /** Relative to the notebook's folder. */
  path: string;
  size: number;
  rows: number;
  /** A line of Python that loads it. */
  code: string;
}

/** A file that is still being written: `export_progress` tells how it goes on. */
export interface ExportProgress {
  job: string;
  done: number;
  /** Runs, or points of a history; 0 as long as nobody has counted. */
  total: number;
}

/** Arguments of `export_progress`; what is cancelled leaves no file. */
export interface ExportProgressArgs {
  job: string;
  cancel?: boolean;
}

export type ExportAnswer = ExportResult | ExportProgress;

/** Arguments of `cell_statuses`. */
export interface CellStatusesArgs {
  /** Absolute path, as runs record it. */
  notebook: string;
  /** At most `MAX_CELLS`. */
  cell_ids: string[];
}

/** How the latest run of a cell stands. */
export interface CellStatus {
  cell_id: string;
  run_id: string;
  run_name: string;
  status: StatusName;
  attempt: number;
  start_time: number | null;
  end_time: number | null;
  reason: string | null;
  /** Of a queued run. */
  waiting?: Waiting;
}

/** The cells that have runs which are not deleted. */
export interface CellStatusesResult {
  revision: number;
  cells: CellStatus[];
}

/** What goes on in the whole store. */
export interface ActivityResult {
  revision: number;
  running: number;
  queued: number;
}

/** The dead or interrupted runs of a view that have no metric, the newest first. */
export interface StaleResult {
  /** At most `MAX_RUN_IDS` of them. */
  run_ids: string[];
  count: number;
}

/** Arguments of `models`: a page of the registered models, by name. */
export interface ModelsArgs {
  /** An expression, or plain words. */
  search?: string;
  deleted?: boolean;
  offset?: number;
  /** At most `MAX_MODELS`. */
  limit?: number;
}

/** A registered model in the list of all. */
export interface ModelSummary {
  name: string;
  description: string | null;
  created: number;
  updated: number;
  deleted: number | null;
  tags: TagEntry[];
  /** Alias -> version. */
  aliases: Record<string, number>;
  /** Stage -> its highest version. */
  latest: Record<string, number>;
  version_count: number;
}

/** A page of models; `total` counts all that match. */
export interface ModelsResult {
  models: ModelSummary[];
  total: number;
}

/** Arguments of `model`. */
export interface ModelArgs {
  name: string;
}

/** The run that a version comes from; `run_name` is None where it is not in this store. */
export interface ModelOrigin {
  run_id: string;
  run_name: string | null;
  experiment: string | null;
  stage: StageName | null;
  notebook: string | null;
  git_commit: string | null;
  has_code: boolean;
  datasets: string[];
}

/** A version of a registered model. */
export interface VersionEntry {
  version: number;
  stage: ModelStageName;
  created: number;
  updated: number;
  deleted: number | null;
  description: string | null;
  user_id: string | null;
  status: string;
  status_message: string | null;
  tags: TagEntry[];
  aliases: string[];
  schema: Record<string, unknown> | null;
  library: Record<string, unknown>;
  source: string | null;
  origin: ModelOrigin | null;
  /** Among the run's artifacts; none where they are elsewhere, or gone. */
  files: ArtifactEntry[];
  /** Whether loading it may run code of its author. */
  unpickles: boolean;
  /** Python that loads it. */
  load: string;
}

/** A registered model, its versions newest first. */
export interface ModelResult {
  model: ModelSummary;
  /** The newest `MAX_VERSIONS`, those marked as deleted among them. */
  versions: VersionEntry[];
}

/** A model, or one of its versions. */
export interface ModelRef {
  name: string;
  version?: number;
}

/** Arguments of `rename_model`. */
export interface RenameModelArgs {
  name: string;
  new_name: string;
}

/** Arguments of `set_model`, about a model or a version; None removes a tag. */
export interface SetModelArgs {
  name: string;
  version?: number;
  description?: string;
  tags?: Record<string, string | null>;
}

/** Arguments of `set_stage`; nothing is done unless the version stands at `expected`. */
export interface SetStageArgs {
  name: string;
  version: number;
  stage: ModelStageName;
  expected: ModelStageName;
  archive_others?: boolean;
}

/** The versions that were archived, and the revision after it. */
export interface SetStageResult {
  archived: number[];
  revision: number;
}

/** Arguments of `set_alias`; a `version` of None removes the alias. */
export interface SetAliasArgs {
  name: string;
  alias: string;
  version: number | null;
  /** The version that the alias stands for as the page shows it; else nothing is done. */
  expected: number | null;
}

/** Arguments of `register`. */
export interface RegisterArgs {
  run_id: string;
  /** Of the model among the run's artifacts. */
  path: string;
  name: string;
  /** Missing: the run's own. */
  description?: string;
}

/** The version that was made. */
export interface RegisterResult {
  name: string;
  version: number;
  revision: number;
}

/** A version by its model's name. */
export interface RegisteredVersion {
  name: string;
  version: number;
  stage: ModelStageName;
}

/** A model among a run's artifacts, and the versions that were registered of it. */
export interface LoggedModel {
  path: string;
  library: Record<string, unknown>;
  schema: Record<string, unknown> | null;
  versions: RegisteredVersion[];
}

/** The models that a run has logged. */
export interface RunModelsResult {
  models: LoggedModel[];
}

/** Operation -> shapes of its arguments and of its result. */
export interface Operations {
  store: { args: NoArgs; result: StoreResult };
  view: { args: ViewIdArgs; result: ViewResult };
  set_view: { args: SetViewArgs; result: RevisionResult };
  summary: { args: ViewArgs; result: SummaryResult };
  experiments: { args: ExperimentsArgs; result: ExperimentsResult };
  create_experiment: { args: CreateExperimentArgs; result: CreateExperimentResult };
  rename_experiment: { args: RenameExperimentArgs; result: RevisionResult };
  describe_experiment: { args: DescribeExperimentArgs; result: RevisionResult };
  delete_experiment: { args: ExperimentArgs; result: RevisionResult };
  restore_experiment: { args: ExperimentArgs; result: RevisionResult };
  columns: { args: ColumnsArgs; result: ColumnsResult };
  list_columns: { args: ListColumnsArgs; result: ListColumnsResult };
  complete: { args: CompleteArgs; result: CompleteResult };
  rows: { args: RowsArgs; result: RowsResult };
  ids: { args: IdsArgs; result: IdsResult };
  marked_counts: { args: MarkedCountsArgs; result: MarkedCountsResult };
  aggregates: { args: AggregatesArgs; result: AggregatesResult };
  run: { args: RunArgs; result: RunDetail };
  series: { args: SeriesArgs; result: SeriesResult };
  artifacts: { args: RunArgs; result: ArtifactsResult };
  artifact: { args: ArtifactArgs; result: ArtifactResult };
  set_tags: { args: SetTagsArgs; result: ChangedRunsResult };
  set_description: { args: SetDescriptionArgs; result: RevisionResult };
  delete: { args: RunsArgs; result: ChangedRunsResult };
  restore: { args: RestoreArgs; result: ChangedRunsResult };
  clear: { args: ClearArgs; result: ClearResult };
  code_changes: { args: CodeChangesArgs; result: CodeChangesResult };
  compare: { args: CompareArgs; result: CompareResult };
  export: { args: ExportArgs; result: ExportAnswer };
  export_progress: { args: ExportProgressArgs; result: ExportAnswer };
  cell_statuses: { args: CellStatusesArgs; result: CellStatusesResult };
  activity: { args: NoArgs; result: ActivityResult };
  stale: { args: ViewArgs; result: StaleResult };
  models: { args: ModelsArgs; result: ModelsResult };
  model: { args: ModelArgs; result: ModelResult };
  run_models: { args: RunArgs; result: RunModelsResult };
  register: { args: RegisterArgs; result: RegisterResult };
  rename_model: { args: RenameModelArgs; result: RevisionResult };
  set_model: { args: SetModelArgs; result: RevisionResult };
  set_stage: { args: SetStageArgs; result: SetStageResult };
  set_alias: { args: SetAliasArgs; result: RevisionResult };
  delete_model: { args: ModelRef; result: RevisionResult };
  restore_model: { args: ModelRef; result: RevisionResult };
}

/** Operations that change nothing: they may be asked twice. Others need permission to write. */
export const READ_OPERATIONS: ReadonlySet<string> = new Set([
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
]);

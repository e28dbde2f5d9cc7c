// Generated from nbtrack/dashboard/protocol.py by js/generate_protocol.py: do not edit.

export const PROTOCOL_VERSION = 1;

/** Rows that one `rows` request may ask for. */
export const MAX_WINDOW = 500;

/** Bytes of an artifact that one `artifact` request may ask for. */
export const MAX_CHUNK = 1048576;

/** Points of one series that one `series` request may ask for. */
export const MAX_POINTS = 2000;

export type Number = number | "NaN" | "Infinity" | "-Infinity";

export type Cell = string | number | boolean | null;

export type StatusName = "queued" | "running" | "completed" | "failed" | "interrupted" | "dead";

export type StageName = "active" | "deleted";

export type ColumnType = "text" | "number" | "date" | "duration" | "status";

export type Scope = "experiment" | "notebook" | "kernel" | "all";

/** One sort key; `column` is an identifier of the search language. */
export interface Sort {
  column: string;
  descending: boolean;
}

/** What a dashboard shows, as data. A missing key means the default. */
export interface View {
  /** Experiment ids; empty or missing: all. */
  experiments?: number[];
  search?: string;
  /** A fixed condition of the embedding cell, combined with `search` by AND. */
  where?: string;
  sort?: Sort[];
  /** Column identifiers in order; missing: the curated default. */
  columns?: string[];
  /** Show the runs marked as deleted instead of the active ones. */
  deleted?: boolean;
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

/** Arguments of `view`, `summary` and `columns`. */
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
}

/** Arguments of `experiments`. */
export interface ExperimentsArgs {
  deleted?: boolean;
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

/** A column that can be shown: an attribute used by at least one run. */
export interface ColumnInfo {
  /** Identifier of the search language, such as `metrics.acc`. */
  id: string;
  label: string;
  type: ColumnType;
}

/** Every attribute in use, and the curated default. */
export interface ColumnsResult {
  columns: ColumnInfo[];
  default: string[];
}

/** Arguments of `rows`: a window of the visible tree. */
export interface RowsArgs {
  view: View;
  columns: string[];
  offset: number;
  limit: number;
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
}

/** A window of the visible tree; `total` counts the rows of the whole tree. */
export interface RowsResult {
  revision: number;
  total: number;
  offset: number;
  rows: RunRow[];
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

/** A dataset that a run used. */
export interface DatasetEntry {
  name: string;
  digest: string;
  source_type: string;
  source: string | null;
  context: string | null;
  artifact_path: string | null;
}

/** A package of the run's environment. */
export interface PackageEntry {
  name: string;
  version: string;
  imported: boolean;
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
  params: ParamEntry[];
  metrics: MetricEntry[];
  tags: TagEntry[];
  datasets: DatasetEntry[];
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

/** Arguments of `set_tags`; None removes a tag. */
export interface SetTagsArgs {
  run_ids: string[];
  tags: Record<string, string | null>;
}

/** Arguments of `set_description`. */
export interface SetDescriptionArgs {
  run_id: string;
  description: string;
}

/** Arguments of `delete` and `restore`. */
export interface RunIdsArgs {
  run_ids: string[];
}

/** The runs that were really changed, and the revision after it. */
export interface ChangedRunsResult {
  run_ids: string[];
  revision: number;
}

/** Operation -> shapes of its arguments and of its result. */
export interface Operations {
  store: { args: NoArgs; result: StoreResult };
  view: { args: ViewIdArgs; result: ViewResult };
  set_view: { args: SetViewArgs; result: RevisionResult };
  summary: { args: ViewArgs; result: SummaryResult };
  experiments: { args: ExperimentsArgs; result: ExperimentsResult };
  create_experiment: { args: CreateExperimentArgs; result: CreateExperimentResult };
  columns: { args: ViewArgs; result: ColumnsResult };
  rows: { args: RowsArgs; result: RowsResult };
  run: { args: RunArgs; result: RunDetail };
  series: { args: SeriesArgs; result: SeriesResult };
  artifacts: { args: RunArgs; result: ArtifactsResult };
  artifact: { args: ArtifactArgs; result: ArtifactResult };
  set_tags: { args: SetTagsArgs; result: ChangedRunsResult };
  set_description: { args: SetDescriptionArgs; result: RevisionResult };
  delete: { args: RunIdsArgs; result: ChangedRunsResult };
  restore: { args: RunIdsArgs; result: ChangedRunsResult };
}

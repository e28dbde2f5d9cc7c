/** A service in memory that speaks the protocol: the other side of the transport in these tests. */

import { RequestError } from "../src/errors";
import { Observable } from "../src/observable";
import type {
  ColumnInfo,
  ErrorBody,
  Expansion,
  Marks,
  Request,
  RunDetail,
  RunRow,
  Series,
  StatusName,
  View,
  Waiting,
} from "../src/protocol";
import type { LinkState, Transport, WireName } from "../src/transport";
import type { TreeRow } from "../src/tree";
import { column, listed, passes } from "./lists";
import { aggregateOf, membersOf, statusesOf, visibleTree } from "./tree";

export interface TestRun {
  run_id: string;
  run_name: string;
  status: StatusName;
  accuracy: number | null;
  isDeleted: boolean;
  parent: string | null;
  waiting?: Waiting;
}

export function testRun(number: number, patch: Partial<TestRun> = {}): TestRun {
  return {
    run_id: number.toString(16).padStart(32, "0"),
    run_name: `run-${number}`,
    status: "completed",
    accuracy: number / 100,
    isDeleted: false,
    parent: null,
    ...patch,
  };
}

const COLUMNS: readonly ColumnInfo[] = [
  column("attributes.status", "Status", "status", ["in"]),
  column("attributes.run_name", "Name", "text", ["contains", "=", "is empty"]),
  { ...column("metrics.accuracy", "accuracy", "number", ["=", ">=", "between"]), direction: "max" },
];

/** The arguments of all operations that the test service knows. */
interface Args {
  view: View;
  view_id: string;
  columns: string[];
  offset: number;
  limit: number;
  run_id: string;
  run_ids: string[];
  keys: string[];
  expanded: Expansion;
  paths: (string | null)[][];
  cursor: number;
  path?: (string | null)[];
  marks: Marks;
  search?: string;
  kinds?: string[];
}

type Handler = (message: unknown) => void;

export class MemoryService implements Transport {
  readonly link = new Observable<LinkState>("live");
  readonly wire = new Observable<WireName | null>("server");
  readonly requests: Request[] = [];
  view: View = {};
  /** While true, requests are kept and answered by `release`. */
  isHeld = false;
  /** Errors by operation, in place of its answer. */
  readonly failures = new Map<string, ErrorBody>();
  /** What answers an operation in place of this service. */
  readonly answers = new Map<string, (args: never) => unknown>();
  private readonly held: Request[] = [];
  private readonly handlers = new Set<Handler>();
  private revision = 1;

  constructor(readonly runs: TestRun[]) {}

  send(request: Request): void {
    this.requests.push(request);
    if (this.isHeld) this.held.push(request);
    else queueMicrotask(() => this.deliver(this.reply(request)));
  }

  onMessage(handler: Handler): () => void {
    this.handlers.add(handler);
    return () => this.handlers.delete(handler);
  }

  close(): void {
    this.handlers.clear();
  }

  release(): void {
    this.isHeld = false;
    for (const request of this.held.splice(0)) this.deliver(this.reply(request));
  }

  /** Says that the store has changed. */
  change(): void {
    this.revision += 1;
    this.deliver({ event: "changed", revision: this.revision });
  }

  /** The arguments of all requests of one operation so far. */
  sent(op: string): Args[] {
    const requests = this.requests.filter((request) => request.op === op);
    return requests.map(({ args }) => args as unknown as Args);
  }

  private deliver(message: unknown): void {
    for (const handler of [...this.handlers]) handler(structuredClone(message));
  }

  private reply({ id, op, args }: Request): unknown {
    const error = this.failures.get(op);
    if (error !== undefined) return { id, ok: false, error };
    try {
      return { id, ok: true, result: this.answer(op, args as unknown as Args) };
    } catch (reason) {
      if (reason instanceof RequestError) return { id, ok: false, error: errorBody(reason) };
      throw reason;
    }
  }

  private answer(op: string, args: Args): unknown {
    const given = this.answers.get(op);
    if (given !== undefined) return given(args as never);
    switch (op) {
      case "store":
        return { store_id: "s", name: "test.db", version: "0", schema: "1", revision: 1 };
      case "view":
        return { view_id: args.view_id, view: this.view };
      case "set_view":
        this.view = args.view;
        return { revision: this.revision };
      case "summary":
        return this.summary(args.view);
      case "columns":
        return { columns: COLUMNS, default: COLUMNS.map(({ id }) => id) };
      case "rows":
        return this.rows(args);
      case "ids":
        return this.ids(args);
      case "marked_counts":
        return this.markedCounts(args);
      case "aggregates":
        return this.aggregates(args);
      case "run":
        return this.detail(args.run_id);
      case "series":
        return { series: args.keys.map((key) => seriesOf(args.run_ids[0] ?? "", key)) };
      case "artifacts":
        return { artifacts: [] };
      case "complete":
        return { start: args.cursor, end: args.cursor, items: [] };
      case "list_columns":
        return listed(COLUMNS, args);
      case "stale":
        return this.stale(args.view);
      case "delete":
      case "restore":
        return this.mark(args.run_ids, op === "delete");
      default:
        throw new Error(`The test service has no operation ${op}`);
    }
  }

  private stale(view: View): unknown {
    const found = this.selected(view).filter(
      ({ status, accuracy }) =>
        (status === "dead" || status === "interrupted") && accuracy === null,
    );
    return { run_ids: found.map(({ run_id }) => run_id), count: found.length };
  }

  private selected(view: View): TestRun[] {
    const [sort] = view.sort ?? [];
    const shown = this.runs
      .filter(
        ({ isDeleted, run_name }) =>
          isDeleted === (view.deleted ?? false) && run_name.includes(view.search ?? ""),
      )
      .filter((run) => (view.filters ?? []).every((filter) => passes(valuesOf(run), filter)));
    if (sort?.column === "metrics.accuracy") {
      const sign = sort.descending ? -1 : 1;
      shown.sort((left, right) => sign * ((left.accuracy ?? 0) - (right.accuracy ?? 0)));
    }
    return shown;
  }

  private summary(view: View): unknown {
    const { filters: _filters, ...unfiltered } = view;
    const runs = this.selected(unfiltered);
    return {
      revision: this.revision,
      experiments: ["digits"],
      total: runs.length,
      statuses: statusesOf(runs),
      deleted: 0,
      last_activity: null,
    };
  }

  private rows({ view, columns, expanded, offset, limit }: Args): unknown {
    const selected = this.selected(view);
    const tree = visibleTree(selected, view, expanded);
    const rows = tree
      .slice(offset, offset + limit)
      .map((row) => ("run" in row ? rowOf(row.run, columns, row.level) : row));
    return {
      revision: this.revision,
      total: tree.length,
      runs: selected.length,
      offset,
      rows,
    };
  }

  private ids({ view, expanded, path, offset, limit }: Args): unknown {
    if (path !== undefined) {
      const members = membersOf(this.selected(view), view, path).slice(offset, offset + limit);
      return { run_ids: members.map(({ run_id }) => run_id) };
    }
    const rows = visibleTree(this.selected(view), view, expanded).slice(offset, offset + limit);
    return { run_ids: rows.flatMap((row) => ("run" in row ? [row.run.run_id] : [])) };
  }

  private markedCounts({ view, marks, paths }: Args): unknown {
    const selected = this.selected(view);
    const counts = paths.map((path) => {
      const members = membersOf(selected, view, path);
      return members.filter(({ run_id }) => marks.all !== marks.run_ids.includes(run_id)).length;
    });
    return { revision: this.revision, counts };
  }

  private aggregates({ view, columns, paths }: Args): unknown {
    const selected = this.selected(view);
    const groups = paths.map((path) => {
      const members = membersOf(selected, view, path);
      return { path, cells: columns.map((column) => aggregateOf(members, column)) };
    });
    return { revision: this.revision, groups };
  }

  private mark(runIds: string[], isDeleted: boolean): unknown {
    for (const run of this.runs) if (runIds.includes(run.run_id)) run.isDeleted = isDeleted;
    this.revision += 1;
    return { run_ids: runIds, count: runIds.length, revision: this.revision };
  }

  detail(runId: string): RunDetail {
    const run = this.runs.find(({ run_id }) => run_id === runId);
    if (run === undefined) throw new Error(`The test service has no run ${runId}`);
    return detailOf(run);
  }
}

export function valuesOf(run: TestRun): Record<string, string | number | null> {
  return {
    "attributes.status": run.status,
    "attributes.run_name": run.run_name,
    "metrics.accuracy": run.accuracy,
  };
}

function errorBody({ code, message }: RequestError): ErrorBody {
  return { code, message };
}

export function rowOf(run: TestRun, columns: readonly string[], level = 1): RunRow {
  const values = valuesOf(run);
  return {
    kind: "run",
    level,
    run_id: run.run_id,
    run_name: run.run_name,
    status: run.status,
    stage: run.isDeleted ? "deleted" : "active",
    cells: columns.map((column) => values[column] ?? null),
    ...(run.waiting === undefined ? {} : { waiting: run.waiting }),
  };
}

/** The name of a loaded run. */
export function nameAt(
  rows: { at(index: number): TreeRow | undefined },
  index: number,
): string | undefined {
  const row = rows.at(index);
  return row?.kind === "run" ? row.run_name : undefined;
}

function seriesOf(runId: string, key: string): Series {
  return { run_id: runId, key, steps: [0, 1, 2], timestamps: [0, 1, 2], values: [3, "NaN", 1] };
}

function detailOf({ run_id, run_name, status, parent }: TestRun): RunDetail {
  return {
    run_id,
    run_name,
    experiment: "digits",
    status,
    stage: "active",
    attempt: 1,
    start_time: 1_700_000_000_000,
    end_time: 1_700_000_064_000,
    reason: null,
    user_id: "emmy",
    notebook: "digits.ipynb",
    cell_id: "c",
    execution_count: 3,
    parent_run_id: parent,
    child_run_ids: [],
    artifact_uri: null,
    description: null,
    peak_memory: 120_000_000,
    kernel_id: "k",
    pid: 7,
    params: [{ key: "lr", value: "0.1", type: "float" }],
    metrics: [{ key: "loss", last: 1, step: 2, minimum: 1, maximum: 3, count: 3 }],
    tags: [{ key: "note", value: "<img src=x onerror=alert(1)>" }],
    datasets: [],
    models: [],
    events: [{ time: 1, from_status: null, to_status: "running", cause: "cell", observer: null }],
    code: "import math\nx = math.sqrt(2)",
    packages: [{ name: "numpy", version: "2.0", imported: true }],
    host: { cpu: "Test CPU" },
    git: {},
    stdout: "hello\n",
    stderr: null,
    traceback: null,
  };
}

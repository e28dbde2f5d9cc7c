/** Runs that are selected, and those whose eye is closed: kept with the view. */

import type { Client } from "../client";
import { RequestError } from "../errors";
import { Observable } from "../observable";
import { type GroupRow, MAX_RUN_IDS, type Marks } from "../protocol";
import type { RowsState } from "./rows";
import type { ViewState } from "./view";

const NONE: Marks = { all: false, run_ids: [] };
const ALL: Marks = { all: true, run_ids: [] };

export class MarksState {
  /** Why a selection could not be made. */
  readonly problem = new Observable<string | null>(null);
  /** The row from which Shift selects. */
  private rangeStart: string | null = null;

  constructor(
    private readonly client: Client,
    private readonly view: ViewState,
    private readonly rows: RowsState,
  ) {}

  get selected(): Marks {
    return this.view.current.get().selected ?? NONE;
  }

  get hidden(): Marks {
    return this.view.current.get().hidden ?? NONE;
  }

  /** How many of the runs that match are selected. */
  get selectedCount(): number {
    return countOf(this.selected, this.rows.snapshot.get().runs);
  }

  get hiddenCount(): number {
    return countOf(this.hidden, this.rows.snapshot.get().runs);
  }

  isSelected(runId: string): boolean {
    return isMarked(this.selected, runId);
  }

  isHidden(runId: string): boolean {
    return isMarked(this.hidden, runId);
  }

  toggle(runId: string, on = !this.isSelected(runId)): void {
    this.rangeStart = runId;
    this.select([runId], on);
  }

  /** Selects, or not, what lies between the last run toggled and this one. */
  async extendTo(runId: string, on = true): Promise<void> {
    const { blocks } = this.rows.snapshot.get();
    const end = blocks.indexOf(runId);
    const start = this.rangeStart === null ? end : blocks.indexOf(this.rangeStart);
    if (start < 0 || end < 0) this.toggle(runId, on);
    else await this.range(Math.min(start, end), Math.max(start, end), on);
  }

  /** Selects, or not, the runs of a stretch of the tree, loaded or not. */
  async range(first: number, last: number, on = true): Promise<void> {
    if (last - first >= MAX_RUN_IDS) {
      const limit = MAX_RUN_IDS.toLocaleString("en-US");
      this.problem.set(`At most ${limit} rows can be selected at once; or select all that match.`);
      return;
    }
    await this.choosing(async () => {
      const runIds = this.loadedIds(first, last) ?? this.requestIds(first, last - first + 1);
      return this.select(await runIds, on);
    });
  }

  /** Selects the runs of a group, or not; tells whether that could be done. */
  async group({ path, label, count }: GroupRow, on: boolean): Promise<boolean> {
    if (count > MAX_RUN_IDS) {
      const limit = MAX_RUN_IDS.toLocaleString("en-US");
      this.problem.set(
        `${label} has ${count.toLocaleString("en-US")} runs, ${limit} can be chosen one by one. ` +
          "Filter by it, then select all that match.",
      );
      return false;
    }
    const args = { ...this.rows.tree, path: [...path], offset: 0, limit: MAX_RUN_IDS };
    return this.choosing(async () => {
      const { run_ids } = await this.client.request("ids", args);
      return this.select(run_ids, on);
    });
  }

  /** Selects just these runs. */
  choose(runIds: readonly string[]): void {
    this.rangeStart = null;
    this.set("selected", { all: false, run_ids: [...runIds] });
  }

  selectAllThatMatch(): void {
    this.set("selected", ALL);
  }

  clear(): void {
    this.rangeStart = null;
    this.set("selected", NONE);
  }

  toggleHidden(runId: string): void {
    this.set("hidden", withMarks(this.hidden, [runId], !this.isHidden(runId)));
  }

  /** Hides all runs, or shows all where some are hidden. */
  toggleAllHidden(): void {
    this.set("hidden", this.hiddenCount > 0 ? NONE : ALL);
  }

  private async choosing(action: () => Promise<boolean>): Promise<boolean> {
    try {
      return await action();
    } catch (reason) {
      const error = RequestError.from(reason);
      if (!error.isQuiet) this.problem.set(`Could not select these runs: ${error.message}`);
      return false;
    }
  }

  private select(runIds: readonly string[], on: boolean): boolean {
    const marks = withMarks(this.selected, runIds, on);
    if (marks.run_ids.length > MAX_RUN_IDS) {
      const limit = MAX_RUN_IDS.toLocaleString("en-US");
      this.problem.set(`At most ${limit} runs can be chosen one by one; or select all that match.`);
      return false;
    }
    this.problem.set(null);
    this.set("selected", marks);
    return true;
  }

  private set(key: "selected" | "hidden", marks: Marks): void {
    const isNone = !marks.all && marks.run_ids.length === 0;
    this.view.update({ [key]: isNone ? undefined : marks });
  }

  private loadedIds(first: number, last: number): string[] | null {
    const { blocks } = this.rows.snapshot.get();
    const ids: string[] = [];
    for (let index = first; index <= last; index += 1) {
      const row = blocks.at(index);
      if (row === undefined) return null;
      if (row.kind === "run") ids.push(row.run_id);
    }
    return ids;
  }

  private async requestIds(offset: number, limit: number): Promise<string[]> {
    const reply = await this.client.request("ids", { ...this.rows.tree, offset, limit });
    return reply.run_ids;
  }
}

const sets = new WeakMap<Marks, ReadonlySet<string>>();

export function isMarked(marks: Marks, runId: string): boolean {
  let named = sets.get(marks);
  if (named === undefined) {
    named = new Set(marks.run_ids);
    sets.set(marks, named);
  }
  return marks.all !== named.has(runId);
}

function withMarks(marks: Marks, runIds: readonly string[], on: boolean): Marks {
  const named = new Set(marks.run_ids);
  for (const runId of runIds) {
    if (marks.all === on) named.delete(runId);
    else named.add(runId);
  }
  return { all: marks.all, run_ids: [...named] };
}

function countOf({ all, run_ids }: Marks, runs: number): number {
  return all ? Math.max(0, runs - run_ids.length) : run_ids.length;
}

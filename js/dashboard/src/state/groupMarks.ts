/** How many runs of each group are selected: counted by the service, since few are loaded. */

import type { Client } from "../client";
import { RequestError } from "../errors";
import { Observable } from "../observable";
import type { GroupRow, Marks } from "../protocol";
import { type GroupPath, pathKey } from "../tree";
import type { MarksState } from "./marks";
import type { RowsState } from "./rows";

/** Rows around those on screen, which are drawn too. */
const MARGIN = 6;
const NONE: Marks = { all: false, run_ids: [] };

export class GroupMarksState {
  /** By the key of the group's path, where they have to be counted. */
  readonly counts = new Observable<ReadonlyMap<string, number>>(new Map());
  private range = { first: 0, last: -1 };
  /** What the counts answer; groups that were not in sight then are counted when they are. */
  private counted = { marks: NONE, request: "", keys: new Set<string>() };

  constructor(
    private readonly client: Client,
    private readonly rows: RowsState,
    private readonly marks: MarksState,
  ) {}

  /** How many runs of a group are selected. */
  countIn({ path, count }: GroupRow): number {
    const { all, run_ids } = this.marks.selected;
    if (run_ids.length === 0) return all ? count : 0;
    return this.counts.get().get(pathKey(path)) ?? 0;
  }

  /** Selects all runs of a group, or none where all are. */
  async toggle(row: GroupRow): Promise<void> {
    const isOn = this.countIn(row) < row.count;
    if (await this.marks.group(row, isOn)) this.put([[row.path, isOn ? row.count : 0]]);
    void this.update();
  }

  /** Says which rows are on screen. */
  show(first: number, last: number): void {
    this.range = { first, last };
    void this.update();
  }

  /** Asks for what is missing or outdated; never throws. */
  async update(): Promise<void> {
    const marks = this.marks.selected;
    if (marks.run_ids.length === 0) return;
    const { queryText, stamp } = this.rows.snapshot.get();
    const request = `${queryText} ${stamp}`;
    if (this.counted.marks !== marks || this.counted.request !== request) {
      this.counted = { marks, request, keys: new Set() };
    }
    const { keys } = this.counted;
    const paths = this.visible().filter((path) => !keys.has(pathKey(path)));
    if (paths.length === 0) return;
    try {
      await this.fetch(marks, paths);
      for (const path of paths) keys.add(pathKey(path));
    } catch (reason) {
      // Boxes keep what they show; they are counted again with the next change.
      if (!(reason instanceof RequestError)) throw reason;
    }
  }

  private async fetch(marks: Marks, paths: GroupPath[]): Promise<void> {
    const { view, utc_offset } = this.rows.tree;
    const args = { view, utc_offset, marks, paths: paths.map((path) => [...path]) };
    const { counts } = await this.client.latest("marked_counts", "marked_counts", args);
    if (marks !== this.marks.selected) return;
    this.put(paths.map((path, place) => [path, counts[place] ?? 0]));
  }

  private put(entries: readonly (readonly [GroupPath, number])[]): void {
    const counts = new Map(this.counts.get());
    for (const [path, count] of entries) counts.set(pathKey(path), count);
    this.counts.set(counts);
  }

  private visible(): GroupPath[] {
    const { blocks } = this.rows.snapshot.get();
    const paths: GroupPath[] = [];
    for (let index = this.range.first - MARGIN; index <= this.range.last + MARGIN; index += 1) {
      const row = blocks.at(index);
      if (row?.kind === "group") paths.push(row.path);
    }
    return paths;
  }
}

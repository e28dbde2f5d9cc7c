/** Rows of the visible tree: runs and the groups that they stand in. */

import type { Aggregate, GroupRow, RunRow } from "./protocol";

export type TreeRow = RunRow | GroupRow;

/** Numbers of one group, by column. */
export type ColumnAggregates = ReadonlyMap<string, Aggregate | null>;

export type GroupPath = readonly (string | null)[];

/** What tells a row from all others of its tree, and stays when rows come and go. */
export function keyOf(row: TreeRow): string {
  return row.kind === "run" ? row.run_id : pathKey(row.path);
}

/** The key of a group: never that of a run, which has no brackets. */
export function pathKey(path: GroupPath): string {
  return JSON.stringify(path);
}

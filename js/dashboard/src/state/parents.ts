/** The group around a run, where it is too far above to be loaded. */

import type { Client } from "../client";
import { MAX_RUN_IDS } from "../protocol";
import type { RowsState } from "./rows";

/**
 * The nearest group above a row, or -1: between it and its runs there are only runs, so that it is
 * the last row above without an id.
 */
export async function groupAbove(client: Client, rows: RowsState, index: number): Promise<number> {
  const isAllRuns = async (offset: number, limit: number) => {
    const { run_ids } = await client.request("ids", { ...rows.tree, offset, limit });
    return run_ids.length === limit;
  };
  let end = index;
  while (end > 0) {
    const start = Math.max(0, end - MAX_RUN_IDS);
    if (!(await isAllRuns(start, end - start))) return lastGroup(isAllRuns, start, end);
    end = start;
  }
  return -1;
}

/** The last group of a stretch that has one, by halves. */
async function lastGroup(
  isAllRuns: (offset: number, limit: number) => Promise<boolean>,
  first: number,
  end: number,
): Promise<number> {
  let [low, high] = [first, end];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (await isAllRuns(middle, high - middle)) high = middle;
    else low = middle;
  }
  return low;
}

/** The selected runs as requests name them. */

import type { RunsArgs, View } from "../protocol";
import type { MarksState } from "./marks";
import type { RunSet } from "./removal";
import { queryViewOf } from "./view";

/** One by one, or all of the view but some. */
export function selectedRuns(marks: MarksState, view: View): RunSet {
  const { all, run_ids } = marks.selected;
  const args: RunsArgs = all ? { view: queryViewOf(view), excluded: run_ids } : { run_ids };
  return { args, count: marks.selectedCount };
}

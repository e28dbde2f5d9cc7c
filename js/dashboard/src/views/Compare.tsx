/** The Compare tab: the selected runs side by side, what differs first. */

import { useState } from "preact/hooks";
import { useObserved } from "../hooks";
import type { CompareResult } from "../protocol";
import { queryViewOf } from "../state/view";
import { CompareTable } from "./CompareTable";
import { useRequest, useSession } from "./context";
import { Diff } from "./Diff";
import { ErrorNote } from "./ErrorNote";
import { DEFAULT_HEIGHT } from "./RunsPanel";
import { Switch } from "./Switch";

/** Runs that can be compared at once. */
export const MAX_COMPARED = 50;

export function ComparePanel() {
  const { view, filledHeight } = useSession();
  const { height = DEFAULT_HEIGHT } = useObserved(view.current);
  const filled = useObserved(filledHeight);
  return (
    <div class="nbtrack-compare" style={{ minHeight: filled ?? height }}>
      <Compared />
    </div>
  );
}

function Compared() {
  const { marks } = useSession();
  const { runIds, error, retry } = useSelectedIds();
  const count = marks.selectedCount;
  if (count < 2) return <HowToChoose count={count} />;
  if (error !== null) return <ErrorNote error={error} onRetry={retry} />;
  if (runIds === null) return null;
  return <Comparison runIds={runIds.slice(0, MAX_COMPARED)} selected={count} />;
}

/** The first of the selected runs, in their order where all are meant that match. */
function useSelectedIds() {
  const { marks, view } = useSession();
  const { all, run_ids } = marks.selected;
  const { group_by: _groups, ...flat } = queryViewOf(view.current.get());
  const window = { view: flat, offset: 0, limit: MAX_COMPARED + run_ids.length };
  const { result, error, retry } = useRequest("ids", window, all);
  if (!all) return { runIds: run_ids, error: null, retry };
  const excluded = new Set(run_ids);
  const found = result?.run_ids.filter((id) => !excluded.has(id)) ?? null;
  return { runIds: found, error, retry };
}

function HowToChoose({ count }: { count: number }) {
  const { tab } = useSession();
  return (
    <div class="nbtrack-compare-empty">
      <p>
        <strong>{count === 0 ? "No runs selected" : "One run selected"}</strong>
      </p>
      <p class="nbtrack-faint">
        Check two runs or more at the left of their rows to see them side by side.
      </p>
      <button type="button" class="nbtrack-button" onClick={() => tab.set("runs")}>
        Select runs
      </button>
    </div>
  );
}

function Comparison({ runIds, selected }: { runIds: string[]; selected: number }) {
  const { result, error, retry } = useRequest("compare", { run_ids: runIds });
  const [isOnlyDiffering, setOnlyDiffering] = useState(false);
  if (result === null) {
    return error === null ? null : <ErrorNote error={error} onRetry={retry} />;
  }
  return (
    <>
      <div class="nbtrack-compare-tools">
        <span class="nbtrack-faint">{countWords(result, selected)}</span>
        <span class="nbtrack-spring" />
        {error !== null && <ErrorNote error={error} onRetry={retry} />}
        <Switch
          label="Only differences"
          title="Leave out what is the same in all these runs"
          on={isOnlyDiffering}
          onChange={setOnlyDiffering}
        />
      </div>
      <CompareTable result={result} isOnlyDiffering={isOnlyDiffering} />
      <CodeChanges result={result} />
    </>
  );
}

function countWords({ runs, rows }: CompareResult, selected: number): string {
  const differing = rows.filter(({ differs }) => differs).length;
  const all = selected > runs.length ? `the first ${runs.length} of ${selected} runs` : "";
  const which = all === "" ? `${runs.length} runs` : all;
  return `${which}, ${differing === 1 ? "1 difference" : `${differing} differences`}`;
}

function CodeChanges({ result: { runs, diff } }: { result: CompareResult }) {
  const [first, second] = runs;
  return (
    <section class="nbtrack-compare-code">
      <h3>
        Code of {first?.run_name} and {second?.run_name}
      </h3>
      {diff === "" ? <p class="nbtrack-faint">The code is the same.</p> : <Diff diff={diff} />}
    </section>
  );
}

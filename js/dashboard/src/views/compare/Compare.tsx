/** The Compare tab: runs side by side, what differs first. */

import { Link } from "lucide-static";
import { useState } from "preact/hooks";
import { useObserved } from "../../hooks";
import { type CompareResult, MAX_COMPARED } from "../../protocol";
import { queryViewOf } from "../../state/view";
import { CopyButton } from "../CopyButton";
import { useRequest, useSession } from "../context";
import { ErrorNote } from "../ErrorNote";
import { DEFAULT_HEIGHT } from "../RunsPanel";
import { Switch } from "../Switch";
import { CodeChanges } from "./CodeChanges";
import { CompareTable } from "./CompareTable";
import { addressOf, pythonOf } from "./links";
import { Overlays } from "./Overlays";

export function ComparePanel() {
  const { view, filledHeight } = useSession();
  const { height = DEFAULT_HEIGHT, compare } = useObserved(view.current);
  const filled = useObserved(filledHeight);
  return (
    <div class="nbtrack-compare" style={{ minHeight: filled ?? height }}>
      {compare === undefined ? <Selected /> : <Kept runIds={compare} />}
    </div>
  );
}

function Selected() {
  const { marks } = useSession();
  const { runIds, error, retry } = useSelectedIds();
  const count = marks.selectedCount;
  if (count < 2) return <HowToChoose count={count} />;
  if (error !== null) return <ErrorNote error={error} onRetry={retry} />;
  if (runIds === null) return null;
  return (
    <Comparison
      runIds={runIds.slice(0, MAX_COMPARED)}
      count={count}
      onLeaveOut={(runId) => marks.toggle(runId, false)}
    />
  );
}

/** Runs that a link or Python has named. */
function Kept({ runIds }: { runIds: readonly string[] }) {
  const session = useSession();
  const { selectedCount } = session.marks;
  const named = [...new Set(runIds)];
  const others = (
    <button type="button" class="nbtrack-link-button" onClick={() => session.compare(null)}>
      {selectedCount < 2 ? "Choose others" : `Show the ${selectedCount} selected instead`}
    </button>
  );
  if (named.length < 2) return <HowToChoose count={named.length} />;
  return (
    <Comparison
      runIds={named}
      count={named.length}
      others={others}
      onLeaveOut={(runId) => session.compare(named.filter((other) => other !== runId))}
    />
  );
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
  const session = useSession();
  const choose = () => {
    session.compare(null);
    session.tab.set("runs");
  };
  return (
    <div class="nbtrack-compare-empty">
      <p>
        <strong>{count === 0 ? "No runs selected" : "One run selected"}</strong>
      </p>
      <p class="nbtrack-faint">
        {count === 1 && "A run differs in nothing from itself. "}
        Check two runs or more at the left of their rows to see them side by side.
      </p>
      <button type="button" class="nbtrack-button" onClick={choose}>
        Select runs
      </button>
    </div>
  );
}

interface ComparisonProps {
  runIds: string[];
  /** Runs that were meant, of which no more than some can be shown. */
  count: number;
  /** The way to other runs. */
  others?: preact.ComponentChildren;
  onLeaveOut(runId: string): void;
}

function Comparison({ runIds, count, others, onLeaveOut }: ComparisonProps) {
  const { result, error, retry } = useRequest("compare", { run_ids: runIds });
  const [isOnlyDiffering, setOnlyDiffering] = useState(false);
  if (result === null) {
    if (error === null) return null;
    return (
      <>
        <ErrorNote error={error} onRetry={retry} />
        {others}
      </>
    );
  }
  return (
    <>
      <div class="nbtrack-compare-tools">
        <span class="nbtrack-faint">{countWords(result, count)}</span>
        {others}
        <span class="nbtrack-spring" />
        {error !== null && <ErrorNote error={error} onRetry={retry} />}
        <LinkButtons runIds={runIds} />
        <Switch
          label="Only differences"
          title="Leave out what is the same in all these runs"
          on={isOnlyDiffering}
          onChange={setOnlyDiffering}
        />
      </div>
      <CompareTable result={result} isOnlyDiffering={isOnlyDiffering} onLeaveOut={onLeaveOut} />
      <Overlays runs={result.runs} keys={result.courses} />
      <CodeChanges runs={result.runs} />
    </>
  );
}

function LinkButtons({ runIds }: { runIds: readonly string[] }) {
  const page = useObserved(useSession().pageAddress);
  return (
    <>
      {page !== null && (
        <CopyButton label="Copy address" text={addressOf(page, { compare: runIds })} svg={Link} />
      )}
      <CopyButton
        label="Copy link"
        words={page === null ? "Copy link" : "Copy as Python"}
        text={pythonOf(runIds)}
        svg={Link}
      />
    </>
  );
}

function countWords({ runs, rows }: CompareResult, count: number): string {
  const differing = rows.filter(({ differs }) => differs).length;
  const all = count > runs.length ? `the first ${runs.length} of ${count} runs` : "";
  const which = all === "" ? `${runs.length} runs` : all;
  return `${which}, ${differing === 1 ? "1 difference" : `${differing} differences`}`;
}

/** The Runs tab: the grid, what stands in its place when there is nothing, and its foot. */

import { useRef } from "preact/hooks";
import { formatCount } from "../grid/format";
import { useObserved } from "../hooks";
import type { RowsSnapshot } from "../state/rows";
import { useSession } from "./context";
import { ErrorNote } from "./ErrorNote";
import { InPlaceOfRows, isGroupingRefused } from "./InPlaceOfRows";
import { Notice } from "./Notice";
import { RemovalDialog } from "./RemovalDialog";
import { ResizeHandle } from "./ResizeHandle";
import { RunsGrid } from "./RunsGrid";
import { isSearchError } from "./SearchError";

export const DEFAULT_HEIGHT = 480;
const MIN_HEIGHT = 160;
const MAX_HEIGHT = 2_000;

export function RunsPanel() {
  const session = useSession();
  const snapshot = useObserved(session.rows.snapshot);
  const view = useObserved(session.view.current);
  const frame = useRef<HTMLDivElement>(null);
  const filled = useObserved(session.filledHeight);
  const height = filled ?? view.height ?? DEFAULT_HEIGHT;
  return (
    <>
      <div class="nbtrack-grid-frame" ref={frame} style={{ height }}>
        <RunsGrid snapshot={snapshot} view={view} height={height} frame={frame} />
        <InPlaceOfRows snapshot={snapshot} />
      </div>
      <Foot snapshot={snapshot} />
      {filled === null && (
        <ResizeHandle
          label="Height of the grid"
          height={height}
          minimum={MIN_HEIGHT}
          maximum={MAX_HEIGHT}
          onResize={(next) => session.view.update({ height: next })}
        />
      )}
      <RemovalDialog />
    </>
  );
}

/** Counts, and what the last action did. */
function Foot({ snapshot }: { snapshot: RowsSnapshot }) {
  const session = useSession();
  const view = useObserved(session.view.current);
  const { error, blocks } = snapshot;
  const problem = useObserved(session.marks.problem);
  const noun = view.deleted ? "deleted run" : "run";
  const isElsewhere = isSearchError(error) || isGroupingRefused(error, view);
  const isNarrowed = (view.search ?? "") !== "" || (view.filters ?? []).length > 0;
  return (
    <div class="nbtrack-foot">
      <span class="nbtrack-faint">
        {snapshot.loaded && formatCount(snapshot.runs, isNarrowed ? `matching ${noun}` : noun)}
      </span>
      {error !== null && !isElsewhere && blocks.total > 0 && (
        <ErrorNote error={error} onRetry={() => session.retry()} />
      )}
      <span class="nbtrack-spring" />
      {problem !== null && (
        <span class="nbtrack-notice nbtrack-notice-failed" role="alert">
          {problem}
        </span>
      )}
      <Notice />
    </div>
  );
}

/** The Runs tab: the grid, what stands in its place when there is nothing, and its foot. */

import { useRef } from "preact/hooks";
import { formatCount } from "../grid/format";
import { useObserved } from "../hooks";
import type { RowsSnapshot } from "../state/rows";
import { useSession } from "./context";
import { ErrorNote } from "./ErrorNote";
import { RemovalDialog } from "./RemovalDialog";
import { ResizeHandle } from "./ResizeHandle";
import { RunsGrid } from "./RunsGrid";
import { isSearchError } from "./Toolbar";

export const DEFAULT_HEIGHT = 480;
const MIN_HEIGHT = 160;
const MAX_HEIGHT = 2_000;

export function RunsPanel() {
  const session = useSession();
  const snapshot = useObserved(session.rows.snapshot);
  const view = useObserved(session.view.current);
  const frame = useRef<HTMLDivElement>(null);
  const height = view.height ?? DEFAULT_HEIGHT;
  return (
    <>
      <div class="nbtrack-grid-frame" ref={frame} style={{ height }}>
        <RunsGrid snapshot={snapshot} view={view} height={height} frame={frame} />
        <InPlaceOfRows snapshot={snapshot} />
      </div>
      <Foot snapshot={snapshot} />
      <ResizeHandle
        label="Height of the grid"
        height={height}
        minimum={MIN_HEIGHT}
        maximum={MAX_HEIGHT}
        onResize={(next) => session.view.update({ height: next })}
      />
      <RemovalDialog />
    </>
  );
}

/** First load, error, or nothing to show. */
function InPlaceOfRows({ snapshot }: { snapshot: RowsSnapshot }) {
  const session = useSession();
  const view = useObserved(session.view.current);
  const startError = useObserved(session.startError);
  const error = startError ?? (isSearchError(snapshot.error) ? null : snapshot.error);
  if (error !== null && snapshot.blocks.total === 0) {
    return (
      <div class="nbtrack-in-place">
        <ErrorNote error={error} onRetry={() => session.retry()} />
      </div>
    );
  }
  if (!snapshot.loaded) return <Skeleton />;
  if (snapshot.blocks.total > 0) return null;
  return (
    <div class="nbtrack-in-place">
      {view.search ? (
        <>
          <p>No run matches this search.</p>
          <button
            type="button"
            class="nbtrack-button"
            onClick={() => session.view.update({ search: undefined })}
          >
            Clear search
          </button>
        </>
      ) : view.deleted ? (
        <p>No deleted runs.</p>
      ) : (
        <FirstSteps />
      )}
    </div>
  );
}

function FirstSteps() {
  return (
    <>
      <p>
        <strong>No runs yet</strong>
      </p>
      <p class="nbtrack-faint">Load nbtrack once, then start a cell with the magic:</p>
      <pre class="nbtrack-first-steps">{"%load_ext nbtrack\n\n%%track\naccuracy = 0.93"}</pre>
    </>
  );
}

const SKELETON_ROWS = [62, 48, 71, 55, 66, 44, 58, 69];

function Skeleton() {
  return (
    <div class="nbtrack-skeleton" aria-hidden="true">
      {SKELETON_ROWS.map((width) => (
        <div key={width} style={{ width: `${width}%` }} />
      ))}
    </div>
  );
}

/** Counts, and what the last action did. */
function Foot({ snapshot }: { snapshot: RowsSnapshot }) {
  const session = useSession();
  const view = useObserved(session.view.current);
  const notice = useObserved(session.removal.notice);
  const { error, blocks } = snapshot;
  const noun = view.deleted ? "deleted run" : "run";
  return (
    <div class="nbtrack-foot">
      <span class="nbtrack-faint">
        {snapshot.loaded && formatCount(snapshot.runs, view.search ? `matching ${noun}` : noun)}
      </span>
      {error !== null && !isSearchError(error) && blocks.total > 0 && (
        <ErrorNote error={error} onRetry={() => session.retry()} />
      )}
      <span class="nbtrack-spring" />
      <span class={`nbtrack-notice nbtrack-notice-${notice?.kind ?? "none"}`} role="status">
        {notice?.text}
        {notice?.undo !== undefined && (
          <button type="button" class="nbtrack-link-button" onClick={() => void notice.undo?.()}>
            Undo
          </button>
        )}
      </span>
    </div>
  );
}

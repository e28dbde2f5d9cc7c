/** What stands in the place of rows: their outline at first, an error, or why there are none. */

import type { RequestError } from "../errors";
import { useObserved } from "../hooks";
import type { View } from "../protocol";
import type { RowsSnapshot } from "../state/rows";
import { useSession } from "./context";
import { ErrorNote } from "./ErrorNote";
import { isSearchError } from "./SearchError";

export function InPlaceOfRows({ snapshot }: { snapshot: RowsSnapshot }) {
  const session = useSession();
  const view = useObserved(session.view.current);
  const startError = useObserved(session.startError);
  const error = startError ?? (isSearchError(snapshot.error) ? null : snapshot.error);
  const isRefused = isGroupingRefused(error, view);
  if (error !== null && (snapshot.blocks.total === 0 || isRefused)) {
    return (
      <div class="nbtrack-in-place">
        <ErrorNote error={error} onRetry={() => session.retry()} />
        {isRefused && (
          <ClearButton
            label="Remove grouping"
            onClick={() => session.view.update({ group_by: undefined })}
          />
        )}
      </div>
    );
  }
  if (!snapshot.loaded) return <Skeleton />;
  if (snapshot.blocks.total > 0) return null;
  return (
    <div class="nbtrack-in-place">
      <WhyEmpty />
    </div>
  );
}

/** Whether runs cannot be grouped as the view wants: then the rows of before would mislead. */
export function isGroupingRefused(error: RequestError | null, view: View): boolean {
  return error?.code === "request" && (view.group_by ?? []).length > 0;
}

function WhyEmpty() {
  const session = useSession();
  const view = useObserved(session.view.current);
  const summary = useObserved(session.summary);
  const isSearched = (view.search ?? "") !== "";
  const isFiltered = (view.filters ?? []).length > 0;
  if (isSearched || isFiltered) {
    return (
      <>
        <p>{`No run matches ${whatIsSet(isSearched, isFiltered)}.`}</p>
        <div class="nbtrack-ways-out">
          {isSearched && (
            <ClearButton
              label="Clear search"
              onClick={() => session.view.update({ search: undefined })}
            />
          )}
          {isFiltered && (
            <ClearButton
              label="Clear filters"
              onClick={() => session.view.update({ filters: undefined })}
            />
          )}
        </div>
      </>
    );
  }
  if (view.deleted) return <p>No deleted runs.</p>;
  const isElsewhere = (summary?.deleted ?? 0) > 0 || (view.where ?? "") !== "";
  return isElsewhere ? <p>No runs here.</p> : <FirstSteps />;
}

function whatIsSet(isSearched: boolean, isFiltered: boolean): string {
  if (isSearched && isFiltered) return "this search and these filters";
  return isSearched ? "this search" : "these filters";
}

function ClearButton({ label, onClick }: { label: string; onClick(): void }) {
  return (
    <button type="button" class="nbtrack-button" onClick={onClick}>
      {label}
    </button>
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

/** The strip on top: which runs these are, how they stand, and whether they are kept up to date. */

import { PanelLeft } from "lucide-static";
import { formatAgo, formatCount, formatTime, shortPath } from "../grid/format";
import { StatusMark } from "../grid/StatusMark";
import { useNow, useObserved } from "../hooks";
import { Icon } from "../icon";
import type { SummaryResult } from "../protocol";
import { queryViewOf } from "../state/view";
import { STATUSES } from "../statuses";
import { useRequest, useSession } from "./context";
import { LiveIndicator } from "./LiveIndicator";

interface SummaryProps {
  isSidebarOpen: boolean;
  onToggleSidebar(): void;
}

export function Summary({ isSidebarOpen, onToggleSidebar }: SummaryProps) {
  const session = useSession();
  const summary = useObserved(session.summary);
  const store = useObserved(session.store);
  return (
    <div class="nbtrack-summary">
      <button
        type="button"
        class="nbtrack-icon-button nbtrack-toggle"
        aria-label="Experiments"
        title={isSidebarOpen ? "Hide the experiments" : "Show the experiments"}
        aria-expanded={isSidebarOpen}
        onClick={onToggleSidebar}
      >
        <Icon svg={PanelLeft} />
      </button>
      {summary !== null && <Counts summary={summary} />}
      <span class="nbtrack-freshness">
        {summary?.last_activity != null && <LastActivity time={summary.last_activity} />}
        {store !== null && (
          <span class="nbtrack-store nbtrack-faint" title={`Store ${store.name}`}>
            {shortPath(store.name)}
          </span>
        )}
        <LiveIndicator />
      </span>
    </div>
  );
}

function Counts({ summary }: { summary: SummaryResult }) {
  const session = useSession();
  useObserved(session.view.current);
  const chosen = session.filters.statuses;
  const names = summary.experiments.join(", ");
  const shown = STATUSES.map((status) => ({ status, count: summary.statuses[status] ?? 0 })).filter(
    ({ status, count }) => count > 0 || chosen.includes(status),
  );
  return (
    <>
      <span class="nbtrack-experiments" title={names}>
        {summary.experiments.length > 3 ? `${summary.experiments.length} experiments` : names}
      </span>
      <span class="nbtrack-total">{formatCount(summary.total, "run")}</span>
      <span class="nbtrack-chips">
        {shown.map(({ status, count }) => (
          <button
            type="button"
            class="nbtrack-chip"
            key={status}
            aria-pressed={chosen.includes(status)}
            title={`Show ${status} runs`}
            onClick={() => session.filters.toggleStatus(status)}
          >
            <StatusMark status={status} />
            <span class="nbtrack-chip-count">{count.toLocaleString("en-US")}</span>
          </button>
        ))}
      </span>
      <StaleRuns summary={summary} />
    </>
  );
}

/** Runs that came to nothing: a click selects them, to be deleted or looked at. */
function StaleRuns({ summary }: { summary: SummaryResult }) {
  const { marks, view } = useSession();
  const shown = queryViewOf(useObserved(view.current));
  const ended = (summary.statuses.dead ?? 0) + (summary.statuses.interrupted ?? 0);
  const { result } = useRequest("stale", { view: shown }, ended > 0 && shown.deleted !== true);
  if (result === null || result.count === 0 || ended === 0 || shown.deleted === true) return null;
  const what = `${formatCount(result.count, "dead or interrupted run")} without metrics`;
  return (
    <button
      type="button"
      class="nbtrack-link-button nbtrack-stale"
      aria-label={`Select ${what}`}
      title={`Select ${what}`}
      onClick={() => marks.choose(result.run_ids)}
    >
      {result.count.toLocaleString("en-US")} without metrics
    </button>
  );
}

function LastActivity({ time }: { time: number }) {
  const now = useNow(10_000);
  return (
    <span class="nbtrack-activity nbtrack-faint" title={`Last activity ${formatTime(time)}`}>
      {formatAgo(time, now)}
    </span>
  );
}

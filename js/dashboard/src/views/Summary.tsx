/** The strip on top: which runs these are, how they stand, and whether they are kept up to date. */

import { formatAgo, formatCount, formatTime, shortPath } from "../grid/format";
import { StatusMark } from "../grid/StatusMark";
import { useNow, useObserved } from "../hooks";
import type { SummaryResult } from "../protocol";
import { STATUSES } from "../statuses";
import { useSession } from "./context";
import { LiveIndicator } from "./LiveIndicator";

export function Summary() {
  const session = useSession();
  const summary = useObserved(session.summary);
  const store = useObserved(session.store);
  return (
    <div class="nbtrack-summary">
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
  const names = summary.experiments.join(", ");
  const shown = STATUSES.map((status) => ({ status, count: summary.statuses[status] ?? 0 })).filter(
    ({ count }) => count > 0,
  );
  return (
    <>
      <span class="nbtrack-experiments" title={names}>
        {summary.experiments.length > 3 ? `${summary.experiments.length} experiments` : names}
      </span>
      <span class="nbtrack-total">{formatCount(summary.total, "run")}</span>
      <span class="nbtrack-chips">
        {shown.map(({ status, count }) => (
          <span class="nbtrack-chip" key={status}>
            <StatusMark status={status} />
            <span class="nbtrack-chip-count">{count.toLocaleString("en-US")}</span>
          </span>
        ))}
      </span>
    </>
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

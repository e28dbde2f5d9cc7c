/** Another run: by name and with a way there if it is among the loaded rows, else by its id. */

import { useObserved } from "../../hooks";
import { useSession } from "../context";

export function RunLink({ runId }: { runId: string }) {
  const { rows, details } = useSession();
  const { blocks } = useObserved(rows.snapshot);
  const run = blocks.at(blocks.indexOf(runId));
  if (run?.kind !== "run") return <code title={runId}>{runId.slice(0, 8)}</code>;
  return (
    <button
      type="button"
      class="nbtrack-run-link"
      title={`Go to ${run.run_name}`}
      onClick={() => details.goTo(runId)}
    >
      {run.run_name}
    </button>
  );
}

const MAX_LINKS = 4;

/** The first of several runs, and how many there are beyond them. */
export function RunLinks({ runIds }: { runIds: readonly string[] }) {
  const rest = runIds.length - MAX_LINKS;
  return (
    <ul class="nbtrack-run-links">
      {runIds.slice(0, MAX_LINKS).map((runId) => (
        <li key={runId}>
          <RunLink runId={runId} />
        </li>
      ))}
      {rest > 0 && <li class="nbtrack-faint">and {rest.toLocaleString("en-US")} more</li>}
    </ul>
  );
}

/** Another run: by name and with a way there if it is among the loaded rows, else as known. */

import { useObserved } from "../../hooks";
import { useSession } from "../context";

interface RunLinkProps {
  runId: string;
  /** What to call it where it is not loaded, in place of its id. */
  name?: string | null;
}

export function RunLink({ runId, name = null }: RunLinkProps) {
  const { rows, details } = useSession();
  const { blocks } = useObserved(rows.snapshot);
  const run = blocks.at(blocks.indexOf(runId));
  if (run?.kind !== "run") {
    return name === null ? (
      <code title={runId}>{runId.slice(0, 8)}</code>
    ) : (
      <bdi title={runId}>{name}</bdi>
    );
  }
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

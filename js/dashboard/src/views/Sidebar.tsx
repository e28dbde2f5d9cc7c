/** The experiments at the left: which of them are shown, and what can be done with them. */

import { Plus } from "lucide-static";
import { useState } from "preact/hooks";
import { useObserved } from "../hooks";
import { Icon } from "../icon";
import type { ExperimentRow } from "../protocol";
import { useRequest, useSession } from "./context";
import { ErrorNote } from "./ErrorNote";
import { ExperimentItem, NameField } from "./ExperimentItem";
import { Switch } from "./Switch";

const SEARCH_FROM = 5;
const SEARCH_HELP =
  "Words of the name, or an expression: tags.team = 'vision' AND creation_time > '2026-01-01'";
/** Experiments drawn before a search is asked for. */
const MAX_DRAWN = 200;

export function Sidebar() {
  const session = useSession();
  const [showsDeleted, setShowsDeleted] = useState(false);
  const [isCreating, setCreating] = useState(false);
  const [search, setSearch] = useState("");
  const wanted = search.trim() === "" ? {} : { search: search.trim() };
  const active = useRequest("experiments", wanted);
  const deleted = useRequest("experiments", { ...wanted, deleted: true }, showsDeleted);
  const all = merged(
    active.result?.experiments,
    showsDeleted ? deleted.result?.experiments : undefined,
  );
  return (
    <nav class="nbtrack-sidebar" aria-label="Experiments">
      <div class="nbtrack-sidebar-inner">
        <div class="nbtrack-sidebar-head">
          <strong>Experiments</strong>
          <button
            type="button"
            class="nbtrack-icon-button"
            aria-label="Create experiment"
            title="Create experiment"
            onClick={() => setCreating(true)}
          >
            <Icon svg={Plus} />
          </button>
        </div>
        {isCreating && (
          <NameField
            label="Name of the new experiment"
            name=""
            onSave={(name) => session.experiments.create(name)}
            onEnd={() => setCreating(false)}
          />
        )}
        {(search !== "" || all.length > SEARCH_FROM) && (
          <input
            type="search"
            class="nbtrack-field"
            aria-label="Search experiments"
            placeholder="Search experiments"
            title={SEARCH_HELP}
            value={search}
            onInput={(event) => setSearch(event.currentTarget.value)}
          />
        )}
        {active.error !== null && <ErrorNote error={active.error} onRetry={active.retry} />}
        <ExperimentList rows={all} />
        <Switch
          label="Show deleted"
          title="Show the experiments marked as deleted, too"
          on={showsDeleted}
          onChange={setShowsDeleted}
        />
      </div>
    </nav>
  );
}

function ExperimentList({ rows }: { rows: readonly ExperimentRow[] }) {
  const session = useSession();
  const { experiments: shown = [] } = useObserved(session.view.current);
  const hidden = rows.length - MAX_DRAWN;
  return (
    <ul class="nbtrack-experiment-list">
      <li class={shown.length === 0 ? "nbtrack-experiment nbtrack-shown" : "nbtrack-experiment"}>
        <button
          type="button"
          class="nbtrack-experiment-name"
          aria-pressed={shown.length === 0}
          onClick={() => session.experiments.showAll()}
        >
          All experiments
        </button>
      </li>
      {rows.slice(0, MAX_DRAWN).map((row) => (
        <ExperimentItem
          key={row.experiment_id}
          row={row}
          isShown={shown.includes(row.experiment_id)}
          isOnly={shown.length === 1 && shown[0] === row.experiment_id}
        />
      ))}
      {hidden > 0 && (
        <li class="nbtrack-faint">and {hidden.toLocaleString("en-US")} more: search for them</li>
      )}
    </ul>
  );
}

function merged(
  active: readonly ExperimentRow[] = [],
  others: readonly ExperimentRow[] = [],
): ExperimentRow[] {
  return [...new Map([...active, ...others].map((row) => [row.experiment_id, row])).values()];
}

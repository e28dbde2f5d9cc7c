/** One experiment in the list: shown alone by its name, with others by its check box. */

import { EllipsisVertical } from "lucide-static";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { formatAgo, formatCount, formatTime } from "../grid/format";
import { useNow } from "../hooks";
import { Icon } from "../icon";
import type { ExperimentRow } from "../protocol";
import type { ExperimentRef } from "../state/experiments";
import { useAsking } from "./asking";
import { useSession } from "./context";
import { Menu, type MenuItem } from "./Menu";

interface ExperimentItemProps {
  row: ExperimentRow;
  isShown: boolean;
  isOnly: boolean;
}

export function ExperimentItem({ row, isShown, isOnly }: ExperimentItemProps) {
  const { experiments } = useSession();
  const [isRenaming, setRenaming] = useState(false);
  const { experiment_id: id, name, stage } = row;
  if (isRenaming) {
    return (
      <li>
        <NameField
          label={`New name of ${name}`}
          name={name}
          onSave={(next) => experiments.rename(id, next)}
          onEnd={() => setRenaming(false)}
        />
      </li>
    );
  }
  return (
    <li class={isShown ? "nbtrack-experiment nbtrack-shown" : "nbtrack-experiment"}>
      <input
        type="checkbox"
        aria-label={`Show ${name}`}
        checked={isShown}
        onChange={(event) => void experiments.toggle(id, event.currentTarget.checked)}
      />
      <button
        type="button"
        class="nbtrack-experiment-name"
        aria-pressed={isOnly}
        title={titleOf(row)}
        onClick={() => void experiments.showOnly(id)}
      >
        <span class={stage === "deleted" ? "nbtrack-label nbtrack-struck" : "nbtrack-label"}>
          {name}
        </span>
        <Counts row={row} />
      </button>
      <ItemMenu row={row} onRename={() => setRenaming(true)} />
    </li>
  );
}

function Counts({ row: { run_count, last_activity, stage } }: { row: ExperimentRow }) {
  const now = useNow(10_000);
  const ago = last_activity === null ? null : formatAgo(last_activity, now);
  return (
    <span class="nbtrack-experiment-counts">
      <span>{run_count.toLocaleString("en-US")}</span>
      <span>{stage === "deleted" ? "deleted" : ago}</span>
    </span>
  );
}

function titleOf(row: ExperimentRow): string {
  const { name, run_count, last_activity, description, tags } = row;
  const lines = [name, formatCount(run_count, "run")];
  if (last_activity !== null) lines.push(`Last activity ${formatTime(last_activity)}`);
  if (description) lines.push(description);
  for (const [key, value] of Object.entries(tags)) lines.push(`${key}: ${value}`);
  return lines.join("\n");
}

function ItemMenu({ row, onRename }: { row: ExperimentRow; onRename(): void }) {
  const { experiments, dialogs } = useSession();
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const { name, stage } = row;
  const experiment: ExperimentRef = {
    experimentId: row.experiment_id,
    name,
    runs: row.run_count,
  };
  const active: MenuItem[] = [
    { label: "Rename", run: onRename },
    {
      label: "Describe…",
      run: () => dialogs.open({ kind: "describe-experiment", experiment: row }),
    },
    {
      label: "Delete…",
      run: () => dialogs.open({ kind: "delete-experiment", experiment }),
    },
  ];
  const deleted: MenuItem[] = [
    { label: "Restore", run: () => void experiments.restore(experiment) },
    {
      label: "Clear…",
      run: () => dialogs.open({ kind: "clear", experimentId: row.experiment_id }),
    },
  ];
  return (
    <>
      <button
        type="button"
        class="nbtrack-icon-button"
        aria-label={`Menu ${name}`}
        title={`Menu ${name}`}
        aria-haspopup="menu"
        onClick={(event) => setAnchor(event.currentTarget)}
      >
        <Icon svg={EllipsisVertical} />
      </button>
      {anchor !== null && (
        <Menu
          label={`Experiment ${name}`}
          anchor={anchor}
          items={stage === "deleted" ? deleted : active}
          onClose={() => setAnchor(null)}
        />
      )}
    </>
  );
}

interface NameFieldProps {
  label: string;
  name: string;
  onSave(name: string): Promise<unknown>;
  onEnd(): void;
}

/** A name typed in place: Enter keeps it, Escape does not. */
export function NameField({ label, name, onSave, onEnd }: NameFieldProps) {
  const session = useSession();
  const { isBusy, error, ask } = useAsking();
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(name);
  useLayoutEffect(() => input.current?.select(), []);
  const save = async () => {
    const next = text.trim();
    if (next === "" || next === name) return onEnd();
    if (!(await ask(() => onSave(next)))) return;
    onEnd();
    void session.refresh();
  };
  return (
    <div class="nbtrack-name-field">
      <input
        type="text"
        ref={input}
        aria-label={label}
        placeholder="Name"
        value={text}
        readOnly={isBusy}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter") void save();
          else if (event.key === "Escape") onEnd();
          else return;
          event.preventDefault();
          event.stopPropagation();
        }}
        onBlur={() => {
          if (error === null && !isBusy) onEnd();
        }}
      />
      {error !== null && (
        <p class="nbtrack-form-problem" role="alert">
          {error.message}
          {error.hint !== undefined && <span class="nbtrack-faint"> {error.hint}</span>}
        </p>
      )}
    </div>
  );
}

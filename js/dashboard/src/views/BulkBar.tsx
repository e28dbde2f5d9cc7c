/** What can be done with the selected runs; it stands where the tools are while there are none. */

import { Columns2, FileDown, RotateCcw, Tag, Trash2, X } from "lucide-static";
import { useObserved } from "../hooks";
import { Icon } from "../icon";
import { selectedRuns } from "../state/selection";
import { useSession } from "./context";

export function BulkBar() {
  const session = useSession();
  const view = useObserved(session.view.current);
  useObserved(session.rows.snapshot);
  const { marks, removal, dialogs } = session;
  const count = marks.selectedCount;
  if (count === 0) return null;
  const { all, run_ids } = marks.selected;
  const number = count.toLocaleString("en-US");
  const words = all && run_ids.length === 0 ? `All ${number} that match` : `${number} selected`;
  const runs = () => selectedRuns(marks, view);
  return (
    <fieldset class="nbtrack-bulk" aria-label="Selected runs">
      <span class="nbtrack-bulk-count">{words}</span>
      <Tool
        label="Compare"
        svg={Columns2}
        disabled={count < 2}
        title={count < 2 ? "Select two runs or more" : "Compare side by side"}
        onClick={() => session.compare(null)}
      />
      {view.deleted ? (
        <Tool label="Restore" svg={RotateCcw} onClick={() => void removal.restoreAll(runs())} />
      ) : (
        <Tool label="Delete" svg={Trash2} onClick={() => removal.askAll(runs())} />
      )}
      <Tool label="Tag…" svg={Tag} onClick={(anchor) => dialogs.open({ kind: "tag", anchor })} />
      <Tool
        label="Create dataset…"
        svg={FileDown}
        onClick={(anchor) => dialogs.open({ kind: "dataset", anchor })}
      />
      <button
        type="button"
        class="nbtrack-icon-button"
        aria-label="Clear selection"
        title="Clear selection"
        onClick={() => marks.clear()}
      >
        <Icon svg={X} />
      </button>
    </fieldset>
  );
}

interface ToolProps {
  label: string;
  svg: string;
  title?: string;
  disabled?: boolean;
  onClick(anchor: HTMLElement): void;
}

function Tool({ label, svg, title, disabled = false, onClick }: ToolProps) {
  return (
    <button
      type="button"
      class="nbtrack-tool"
      title={title}
      disabled={disabled}
      onClick={(event) => onClick(event.currentTarget)}
    >
      <Icon svg={svg} />
      {label}
    </button>
  );
}

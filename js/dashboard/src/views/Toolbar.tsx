/** What chooses the runs in the grid: the search, columns, groups, deleted or active, live or not. */

import { Columns3, FileDown, ListTree } from "lucide-static";
import { useObserved } from "../hooks";
import { Icon } from "../icon";
import { queryViewOf } from "../state/view";
import { BulkBar } from "./BulkBar";
import { useSession } from "./context";
import { SearchBox } from "./SearchBox";
import { Switch } from "./Switch";

export function Toolbar() {
  const session = useSession();
  useObserved(session.view.current);
  useObserved(session.rows.snapshot);
  const isSelecting = session.marks.selectedCount > 0;
  return (
    <div class="nbtrack-toolbar">
      <SearchBox />
      <div class="nbtrack-tools">
        <div class={isSelecting ? "nbtrack-tool-set nbtrack-away" : "nbtrack-tool-set"}>
          <GridTools />
        </div>
        <BulkBar />
      </div>
    </div>
  );
}

function GridTools() {
  const session = useSession();
  const view = useObserved(session.view.current);
  const isAuto = useObserved(session.autoRefresh);
  return (
    <>
      <DialogButton kind="columns" label="Columns" svg={Columns3} />
      <DialogButton kind="group-by" label="Group by" svg={ListTree} />
      <ViewDatasetButton />
      <Switch
        label="Deleted"
        title="Show the runs marked as deleted"
        on={view.deleted === true}
        onChange={(on) => session.showDeleted(on)}
      />
      {view.deleted && (
        <button
          type="button"
          class="nbtrack-tool"
          title="Remove the deleted runs for good"
          onClick={() => session.dialogs.open({ kind: "clear" })}
        >
          Clear deleted…
        </button>
      )}
      <Switch
        label="Auto-refresh"
        title="Show changes as they happen"
        on={isAuto}
        onChange={(on) => session.setAutoRefresh(on)}
      />
    </>
  );
}

/** Writes all runs of the view to a file. */
function ViewDatasetButton() {
  const { dialogs, view, rows } = useSession();
  const open = (anchor: HTMLElement) => {
    const runs = {
      args: { view: queryViewOf(view.current.get()) },
      count: rows.snapshot.get().runs,
    };
    dialogs.open({ kind: "dataset", anchor, runs });
  };
  return (
    <button
      type="button"
      class="nbtrack-icon-button"
      aria-label="Create dataset of all runs shown"
      title="Create dataset of all runs shown"
      aria-haspopup="dialog"
      onClick={(event) => open(event.currentTarget)}
    >
      <Icon svg={FileDown} />
    </button>
  );
}

interface DialogButtonProps {
  kind: "columns" | "group-by";
  label: string;
  svg: string;
}

function DialogButton({ kind, label, svg }: DialogButtonProps) {
  const { dialogs } = useSession();
  return (
    <button
      type="button"
      class="nbtrack-tool"
      aria-label={label}
      title={label}
      aria-haspopup="dialog"
      onClick={(event) => dialogs.open({ kind, anchor: event.currentTarget })}
    >
      <Icon svg={svg} />
      <span class="nbtrack-tool-text">{label}</span>
    </button>
  );
}

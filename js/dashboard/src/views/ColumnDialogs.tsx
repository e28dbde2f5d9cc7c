/** Which columns the grid shows, and by which its runs are grouped. */

import { useObserved } from "../hooks";
import { MAX_COLUMNS, MAX_GROUP_LEVELS } from "../protocol";
import { Chooser } from "./Chooser";
import { useSession } from "./context";

interface ColumnDialogProps {
  anchor: HTMLElement;
  onClose(): void;
}

export function ColumnsDialog({ anchor, onClose }: ColumnDialogProps) {
  const session = useSession();
  const view = useObserved(session.view.current);
  const known = useObserved(session.columns);
  return (
    <Chooser
      label="Columns"
      anchor={anchor}
      chosen={view.columns ?? known.default}
      chosenLabel="Shown"
      limit={MAX_COLUMNS}
      canCheckKinds
      onChange={(columns) => session.view.update({ columns })}
      onClose={onClose}
    >
      <button
        type="button"
        class="nbtrack-button"
        title="Show the columns that are shown at first"
        disabled={view.columns === undefined && view.pinned === undefined}
        onClick={() => session.view.update({ columns: undefined, pinned: undefined })}
      >
        Reset
      </button>
    </Chooser>
  );
}

export function GroupByDialog({ anchor, onClose }: ColumnDialogProps) {
  const session = useSession();
  useObserved(session.view.current);
  const { groups } = session;
  return (
    <Chooser
      label="Group by"
      anchor={anchor}
      chosen={groups.all}
      chosenLabel="Grouped by"
      limit={MAX_GROUP_LEVELS}
      canCheckKinds={false}
      onChange={(columns) => groups.set(columns)}
      onClose={onClose}
    >
      <button
        type="button"
        class="nbtrack-button"
        disabled={groups.all.length === 0}
        onClick={() => groups.set([])}
      >
        Clear
      </button>
    </Chooser>
  );
}

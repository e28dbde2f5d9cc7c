/** The dialog that is open, if any. */

import { useObserved } from "../hooks";
import type { DialogRequest } from "../state/dialogs";
import { ColumnsDialog, GroupByDialog } from "./ColumnDialogs";
import { useSession } from "./context";
import { FilterDialog } from "./FilterDialog";
import { GroupDialog } from "./GroupDialog";

export function Dialogs() {
  const { dialogs } = useSession();
  const request = useObserved(dialogs.current);
  return request === null ? null : <OpenDialog request={request} onClose={() => dialogs.close()} />;
}

function OpenDialog({ request, onClose }: { request: DialogRequest; onClose(): void }) {
  switch (request.kind) {
    case "filter":
      return <FilterDialog key={request.column} {...request} onClose={onClose} />;
    case "columns":
      return <ColumnsDialog anchor={request.anchor} onClose={onClose} />;
    case "group-by":
      return <GroupByDialog anchor={request.anchor} onClose={onClose} />;
    case "group":
      return <GroupDialog key={request.column} {...request} onClose={onClose} />;
    default:
      return null;
  }
}

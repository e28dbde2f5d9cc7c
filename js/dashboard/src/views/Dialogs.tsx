/** The dialog that is open, if any. */

import { useObserved } from "../hooks";
import type { DialogRequest } from "../state/dialogs";
import { ClearDialog } from "./ClearDialog";
import { ColumnsDialog, GroupByDialog } from "./ColumnDialogs";
import { useSession } from "./context";
import { DatasetDialog } from "./DatasetDialog";
import { DeleteExperimentDialog } from "./DeleteExperimentDialog";
import { DescribeExperimentDialog } from "./DescribeExperimentDialog";
import { FilterDialog } from "./FilterDialog";
import { GroupDialog } from "./GroupDialog";
import { TagDialog } from "./TagDialog";

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
    case "tag":
      return <TagDialog {...request} onClose={onClose} />;
    case "dataset":
      return <DatasetDialog {...request} onClose={onClose} />;
    case "clear":
      return <ClearDialog experimentId={request.experimentId} onClose={onClose} />;
    case "describe-experiment":
      return <DescribeExperimentDialog {...request} onClose={onClose} />;
    case "delete-experiment":
      return <DeleteExperimentDialog {...request} onClose={onClose} />;
  }
}

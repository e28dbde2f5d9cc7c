/** What is in force beside the search, in a line of its own where there is anything. */

import { ChevronsDownUp, ChevronsUpDown } from "lucide-static";
import { useObserved } from "../hooks";
import { Icon } from "../icon";
import { useSession } from "./context";
import { FilterChips } from "./FilterChips";
import { GroupChips } from "./GroupChips";

export function ForceLine() {
  const session = useSession();
  const { filters = [], group_by = [] } = useObserved(session.view.current);
  if (filters.length === 0 && group_by.length === 0) return null;
  return (
    <div class="nbtrack-force">
      {group_by.length > 0 && (
        <>
          <span class="nbtrack-faint">Grouped by</span>
          <GroupChips />
          <ExpandButtons />
        </>
      )}
      <FilterChips />
      {filters.length > 1 && (
        <button type="button" class="nbtrack-link-button" onClick={() => session.filters.clear()}>
          Clear filters
        </button>
      )}
    </div>
  );
}

function ExpandButtons() {
  const { expansion } = useSession();
  return (
    <span class="nbtrack-expand-buttons">
      <button
        type="button"
        class="nbtrack-icon-button"
        aria-label="Expand all"
        title="Expand all groups"
        onClick={() => expansion.expandAll()}
      >
        <Icon svg={ChevronsUpDown} />
      </button>
      <button
        type="button"
        class="nbtrack-icon-button"
        aria-label="Collapse all"
        title="Collapse all groups"
        onClick={() => expansion.collapseAll()}
      >
        <Icon svg={ChevronsDownUp} />
      </button>
    </span>
  );
}

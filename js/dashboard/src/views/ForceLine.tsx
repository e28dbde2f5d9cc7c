/** What is in force beside the search, in a line of its own where there is anything. */

import { useObserved } from "../hooks";
import { FilterChips } from "./Chips";
import { useSession } from "./context";

export function ForceLine() {
  const { view } = useSession();
  const { filters = [] } = useObserved(view.current);
  if (filters.length === 0) return null;
  return (
    <div class="nbtrack-force">
      <FilterChips />
    </div>
  );
}

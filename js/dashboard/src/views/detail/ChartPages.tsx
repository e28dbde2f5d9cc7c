/** Many charts, of which some are asked for and drawn at once, and more on request. */

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { formatCount } from "../../grid/format";

interface ChartPagesProps<T> {
  entries: readonly T[];
  /** Charts of one page. */
  size: number;
  children(page: readonly T[]): ComponentChildren;
}

export function ChartPages<T>({ entries, size, children }: ChartPagesProps<T>) {
  const [count, setCount] = useState(1);
  const pages = Array.from({ length: count }, (_, page) =>
    entries.slice(page * size, (page + 1) * size),
  ).filter((page) => page.length > 0);
  const rest = entries.length - count * size;
  return (
    <>
      <div class="nbtrack-charts">{pages.map(children)}</div>
      {rest > 0 && (
        <button
          type="button"
          class="nbtrack-button nbtrack-more"
          onClick={() => setCount(count + 1)}
        >
          Show {formatCount(Math.min(rest, size), "more chart")} of {rest.toLocaleString("en-US")}
        </button>
      )}
    </>
  );
}

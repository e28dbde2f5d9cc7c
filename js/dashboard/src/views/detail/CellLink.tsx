/** The cell that made a run, with a way there where the page around the dashboard knows one. */

import { useRef } from "preact/hooks";
import type { RunDetail } from "../../protocol";

/** Bubbles up from the dashboard; whoever can open notebooks takes it. */
export const OPEN_CELL_EVENT = "nbtrack:open-cell";

/** Set on the page's root element by whoever takes the event. */
export const OPENS_CELLS_ATTRIBUTE = "data-nbtrack-opens-cells";

export interface OpenCellDetail {
  notebook: string;
  cellId: string;
}

export function CellLink({ run }: { run: RunDetail }) {
  const button = useRef<HTMLButtonElement>(null);
  const { notebook, cell_id: cellId, execution_count: count } = run;
  const text = count === null ? "cell" : `[${count}]`;
  const opens = document.documentElement.hasAttribute(OPENS_CELLS_ATTRIBUTE);
  if (!opens || notebook === null || cellId === null) return <>{text}</>;
  const open = () => {
    const detail: OpenCellDetail = { notebook, cellId };
    button.current?.dispatchEvent(new CustomEvent(OPEN_CELL_EVENT, { bubbles: true, detail }));
  };
  return (
    <button
      type="button"
      class="nbtrack-run-link"
      ref={button}
      title={`Open the cell in ${notebook}`}
      aria-label={`Open the cell ${text}`}
      onClick={open}
    >
      {text}
    </button>
  );
}

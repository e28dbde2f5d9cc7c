/** The cell that made a run, with a way there where the page around the dashboard knows one. */

import { useRef } from "preact/hooks";
import { OPEN_CELL_EVENT, OPENS_CELLS_ATTRIBUTE, type OpenCellDetail } from "../../openCell";
import type { RunDetail } from "../../protocol";

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

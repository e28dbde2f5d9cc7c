/** The grid's header row: names, sort, widths. */

import { ArrowDown, ArrowUp } from "lucide-static";
import { useState } from "preact/hooks";
import { Icon } from "../icon";
import { cellClass, cellStyle } from "./Cell";
import { ACTIONS_WIDTH, type GridColumn, LEAD_WIDTH } from "./columns";

interface HeaderProps {
  columns: readonly GridColumn[];
  width: number;
  onLeave(): void;
}

export function Header({ columns, width, onLeave }: HeaderProps) {
  const [current, setCurrent] = useState(0);
  const focusable = Math.min(current, columns.length - 1);
  const move = (event: KeyboardEvent, target: number) => {
    event.preventDefault();
    event.stopPropagation();
    const next = Math.max(0, Math.min(columns.length - 1, target));
    setCurrent(next);
    const header = (event.currentTarget as HTMLElement).closest(".nbtrack-header");
    header?.querySelectorAll<HTMLElement>(".nbtrack-sort")[next]?.focus();
  };
  const onKeyDown = (event: KeyboardEvent, index: number) => {
    if (event.key === "ArrowLeft") move(event, index - 1);
    else if (event.key === "ArrowRight") move(event, index + 1);
    else if (event.key === "Home") move(event, 0);
    else if (event.key === "End") move(event, columns.length - 1);
    else if (event.key === "ArrowDown") {
      event.preventDefault();
      event.stopPropagation();
      onLeave();
    }
  };
  return (
    <div role="rowgroup" class="nbtrack-head">
      <div role="row" class="nbtrack-header" style={{ width }}>
        <div
          role="columnheader"
          class="nbtrack-cell nbtrack-lead nbtrack-pinned"
          style={{ width: LEAD_WIDTH }}
          aria-colindex={1}
        >
          <span class="nbtrack-unseen">Expand</span>
        </div>
        {columns.map((column, index) => (
          <HeaderCell
            key={column.info.id}
            column={column}
            colIndex={index + 2}
            tabIndex={index === focusable ? 0 : -1}
            onKeyDown={(event) => onKeyDown(event, index)}
          />
        ))}
        <div
          role="columnheader"
          class="nbtrack-cell nbtrack-actions"
          style={{ width: ACTIONS_WIDTH }}
          aria-colindex={columns.length + 2}
        >
          <span class="nbtrack-unseen">Actions</span>
        </div>
      </div>
    </div>
  );
}

interface HeaderCellProps {
  column: GridColumn;
  colIndex: number;
  tabIndex: 0 | -1;
  onKeyDown(event: KeyboardEvent): void;
}

function HeaderCell({ column, colIndex, tabIndex, onKeyDown }: HeaderCellProps) {
  const { info, sorted, sortPlace } = column;
  return (
    <div
      role="columnheader"
      class={cellClass(column)}
      style={cellStyle(column)}
      data-column={info.id}
      aria-sort={sorted}
      aria-colindex={colIndex}
    >
      <button
        type="button"
        class="nbtrack-sort"
        tabIndex={tabIndex}
        title={info.id}
        onClick={(event) => column.toggleSort(event.shiftKey)}
        onKeyDown={onKeyDown}
      >
        <span class="nbtrack-label">{info.label}</span>
        {sorted !== "none" && <Icon svg={sorted === "ascending" ? ArrowUp : ArrowDown} />}
        {sortPlace > 0 && (
          <span class="nbtrack-sort-place" aria-hidden="true">
            {sortPlace}
          </span>
        )}
      </button>
      <div
        class={column.isResizing ? "nbtrack-resizer nbtrack-resizing" : "nbtrack-resizer"}
        aria-hidden="true"
        onMouseDown={column.startResize}
        onTouchStart={column.startResize}
        onDblClick={column.resetWidth}
      />
    </div>
  );
}

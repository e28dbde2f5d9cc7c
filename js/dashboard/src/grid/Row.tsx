/** One run in the grid. */

import { ChevronRight, RotateCcw, Trash2 } from "lucide-static";
import { memo } from "preact/compat";
import { Icon } from "../icon";
import type { RunRow } from "../protocol";
import { Cell } from "./Cell";
import { ACTIONS_WIDTH, type GridColumn, LEAD_WIDTH } from "./columns";

/** What a row can ask for; the same object for all rows, so that they stay memoised. */
export interface RowActions {
  toggle(row: RunRow): void;
  remove(row: RunRow): void;
  restore(row: RunRow): void;
}

interface RowProps {
  row: RunRow;
  index: number;
  top: number;
  width: number;
  columns: readonly GridColumn[];
  isOpen: boolean;
  /** The cell that has the keyboard, null for the row itself, undefined for another row. */
  focusColumn: number | null | undefined;
  now: number;
  actions: RowActions;
}

export const Row = memo(function Row(props: RowProps) {
  const { row, index, top, width, columns, isOpen, focusColumn, now, actions } = props;
  const start = columns.find(({ info }) => info.id === "attributes.start_time");
  const isActive = focusColumn !== undefined;
  return (
    <div
      role="row"
      class={isOpen ? "nbtrack-row nbtrack-open" : "nbtrack-row"}
      style={{ top, width }}
      data-key={row.run_id}
      data-run-id={row.run_id}
      data-index={index}
      aria-rowindex={index + 1}
      aria-level={row.level}
      aria-expanded={isOpen}
      tabIndex={focusColumn === null ? 0 : -1}
    >
      <div
        role="gridcell"
        class="nbtrack-cell nbtrack-lead nbtrack-pinned"
        style={{ width: LEAD_WIDTH }}
        data-column="expand"
        aria-colindex={1}
      >
        <button
          type="button"
          class="nbtrack-icon-button"
          aria-label={`${isOpen ? "Collapse" : "Expand"} ${row.run_name}`}
          tabIndex={isActive ? 0 : -1}
          onClick={() => actions.toggle(row)}
        >
          <Icon svg={ChevronRight} />
        </button>
      </div>
      {columns.map((column, place) => (
        <Cell
          key={column.info.id}
          row={row}
          column={column}
          colIndex={place + 2}
          now={now}
          tabIndex={focusColumn === place + 1 ? 0 : -1}
          startTime={start === undefined ? null : (row.cells[start.cell] ?? null)}
        />
      ))}
      <RemoveCell row={row} colIndex={columns.length + 2} isActive={isActive} actions={actions} />
    </div>
  );
});

interface RemoveCellProps {
  row: RunRow;
  colIndex: number;
  isActive: boolean;
  actions: RowActions;
}

function RemoveCell({ row, colIndex, isActive, actions }: RemoveCellProps) {
  const isDeleted = row.stage === "deleted";
  const label = `${isDeleted ? "Restore" : "Delete"} ${row.run_name}`;
  return (
    <div
      role="gridcell"
      class="nbtrack-cell nbtrack-actions"
      style={{ width: ACTIONS_WIDTH }}
      data-column="actions"
      aria-colindex={colIndex}
    >
      <button
        type="button"
        class="nbtrack-icon-button"
        aria-label={label}
        title={label}
        tabIndex={isActive ? 0 : -1}
        onClick={() => (isDeleted ? actions.restore(row) : actions.remove(row))}
      >
        <Icon svg={isDeleted ? RotateCcw : Trash2} />
      </button>
    </div>
  );
}

/** Holds the place of a row that is still on its way. */
export function PendingRow({ index, top, width }: { index: number; top: number; width: number }) {
  return (
    <div
      role="row"
      class="nbtrack-row nbtrack-pending"
      style={{ top, width }}
      data-index={index}
      aria-rowindex={index + 1}
      aria-busy="true"
      tabIndex={-1}
    >
      <div role="gridcell" class="nbtrack-cell" />
    </div>
  );
}

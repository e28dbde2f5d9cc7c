/** One run in the grid. */

import { ChevronRight, Eye, EyeOff, RotateCcw, Trash2 } from "lucide-static";
import { memo } from "preact/compat";
import { Icon } from "../icon";
import type { GroupRow, RunRow } from "../protocol";
import type { TreeRow } from "../tree";
import { Cell, Gap } from "./Cell";
import type { GridColumn } from "./columns";
import {
  ACTIONS_WIDTH,
  EYE_WIDTH,
  expandWidth,
  indentOf,
  LEAD_COLUMNS,
  leadWidth,
  SELECT_WIDTH,
} from "./lead";
import { isColumn, type Segment } from "./segments";

/** What can be done with rows; the same object for all, so that they stay memoised. */
export interface RowCommands {
  toggle(row: TreeRow, open: boolean): void;
  remove(row: RunRow): void;
  restore(row: RunRow): void;
  /** Opens the groups beside this one. */
  openSiblings(row: GroupRow): void;
  /** Selects the runs, or does not; a run as a range from the one before. */
  select(row: TreeRow, isRange: boolean): void;
  /** Selects the runs between two rows, loaded or not. */
  selectRange(from: number, to: number): void;
  /** The group around a run, however far above; -1 where it cannot be told. */
  groupAbove(index: number): Promise<number>;
  selectAll(on: boolean): void;
  hide(row: RunRow): void;
  hideAll(): void;
}

/** Where a row stands, and what of it has the keyboard. */
export interface RowPlace {
  index: number;
  top: number;
  width: number;
  segments: readonly Segment[];
  /** Columns in all, drawn or not. */
  columnCount: number;
  /** Levels of groups. */
  depth: number;
  /** The cell that has the keyboard, null for the row itself, undefined for another row. */
  focusColumn: number | null | undefined;
  commands: RowCommands;
}

interface RowProps extends RowPlace {
  row: RunRow;
  isOpen: boolean;
  isSelected: boolean;
  isHidden: boolean;
  startColumn: GridColumn | undefined;
  /** Marks them, whatever their case. */
  words: RegExp | null;
  now: number;
}

export const Row = memo(function Row(props: RowProps) {
  const { row, index, top, width, segments, focusColumn, now, words } = props;
  const { startColumn } = props;
  const start = startColumn === undefined ? null : (row.cells[startColumn.cell] ?? null);
  return (
    <div
      role="row"
      class={rowClass(props)}
      style={{ top, width }}
      data-key={row.run_id}
      data-run-id={row.run_id}
      data-index={index}
      aria-rowindex={index + 1}
      aria-level={row.level}
      aria-expanded={props.isOpen}
      aria-selected={props.isSelected}
      tabIndex={focusColumn === null ? 0 : -1}
    >
      <LeadCells {...props} />
      {segments.map((segment) =>
        isColumn(segment) ? (
          <Cell
            key={segment.info.id}
            row={row}
            column={segment}
            now={now}
            words={words}
            tabIndex={focusColumn === segment.place + LEAD_COLUMNS ? 0 : -1}
            startTime={start}
          />
        ) : (
          <Gap key={`#${segment.place}`} width={segment.spacer} />
        ),
      )}
      <RemoveCell {...props} />
    </div>
  );
});

function rowClass({ isOpen, isSelected, isHidden }: RowProps): string {
  const classes = ["nbtrack-row"];
  if (isOpen) classes.push("nbtrack-open");
  if (isSelected) classes.push("nbtrack-selected");
  if (isHidden) classes.push("nbtrack-hidden");
  return classes.join(" ");
}

function LeadCells(props: RowProps) {
  const { row, depth, isOpen, isSelected, isHidden, focusColumn, commands } = props;
  const tabIndex = focusColumn === undefined ? -1 : 0;
  const eyeLabel = `${isHidden ? "Show" : "Hide"} ${row.run_name}`;
  const indent = indentOf(row.level);
  return (
    <>
      <div
        role="gridcell"
        class="nbtrack-cell nbtrack-lead nbtrack-select"
        style={{ width: SELECT_WIDTH }}
        data-column="select"
        aria-colindex={1}
      >
        <input
          type="checkbox"
          checked={isSelected}
          aria-label={`Select ${row.run_name}`}
          tabIndex={tabIndex}
          onClick={(event) => commands.select(row, event.shiftKey)}
        />
      </div>
      <div
        role="gridcell"
        class="nbtrack-cell nbtrack-lead nbtrack-expand"
        style={{ width: expandWidth(depth), paddingInlineStart: indent, ...stickAt(SELECT_WIDTH) }}
        data-column="expand"
        aria-colindex={2}
      >
        <button
          type="button"
          class="nbtrack-icon-button"
          aria-label={`${isOpen ? "Collapse" : "Expand"} ${row.run_name}`}
          tabIndex={tabIndex}
          onClick={() => commands.toggle(row, !isOpen)}
        >
          <Icon svg={ChevronRight} />
        </button>
      </div>
      <div
        role="gridcell"
        class="nbtrack-cell nbtrack-lead nbtrack-eye nbtrack-last-lead"
        style={{ width: EYE_WIDTH, ...stickAt(leadWidth(depth) - EYE_WIDTH) }}
        data-column="eye"
        aria-colindex={3}
      >
        <button
          type="button"
          class="nbtrack-icon-button"
          aria-label={eyeLabel}
          title={eyeLabel}
          tabIndex={tabIndex}
          onClick={() => commands.hide(row)}
        >
          <Icon svg={isHidden ? EyeOff : Eye} />
        </button>
      </div>
    </>
  );
}

export function stickAt(left: number): preact.CSSProperties {
  return { "--nbtrack-stick": `${left}px` };
}

function RemoveCell({ row, columnCount, focusColumn, commands }: RowProps) {
  const isDeleted = row.stage === "deleted";
  const label = `${isDeleted ? "Restore" : "Delete"} ${row.run_name}`;
  return (
    <div
      role="gridcell"
      class="nbtrack-cell nbtrack-actions"
      style={{ width: ACTIONS_WIDTH }}
      data-column="actions"
      aria-colindex={LEAD_COLUMNS + columnCount + 1}
    >
      <button
        type="button"
        class="nbtrack-icon-button"
        aria-label={label}
        title={label}
        tabIndex={focusColumn === undefined ? -1 : 0}
        onClick={() => (isDeleted ? commands.restore(row) : commands.remove(row))}
      >
        <Icon svg={isDeleted ? RotateCcw : Trash2} />
      </button>
    </div>
  );
}

/** Holds the place of a row that is still on its way. */
export function PendingRow({ index, top, width }: Pick<RowPlace, "index" | "top" | "width">) {
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

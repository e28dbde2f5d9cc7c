/** A column's header: its name, sort, filter and menu; dragged to its place or its width. */

import { ArrowDown, ArrowUp, EllipsisVertical, ListFilter } from "lucide-static";
import { useRef } from "preact/hooks";
import { Icon } from "../icon";
import { cellClass, cellStyle } from "./Cell";
import type { GridColumn } from "./columns";
import { LEAD_COLUMNS } from "./lead";

/** What can be done with columns. */
export interface HeaderCommands {
  filter(column: string, anchor: HTMLElement): void;
  menu(column: string, anchor: HTMLElement): void;
  resize(column: string, width: number): void;
  resetWidth(column: string): void;
  move(column: string, target: string, side: "before" | "after"): void;
}

/** What a dragged header carries: the id of its column. */
export const COLUMN_DRAG = "application/x-nbtrack-column";

const RESIZE_STEP = 12;

interface HeaderCellProps {
  column: GridColumn;
  isCurrent: boolean;
  dropSide: "before" | "after" | null;
  commands: HeaderCommands;
  onDragOver(side: "before" | "after" | null): void;
}

export function HeaderCell(props: HeaderCellProps) {
  const { column, isCurrent, dropSide, commands } = props;
  const { info, sorted } = column;
  const cell = useRef<HTMLDivElement>(null);
  const openMenu = () => {
    if (cell.current !== null) commands.menu(info.id, cell.current);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const action = headerKey(event, column, commands, openMenu);
    if (action === null) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  };
  return (
    <div
      role="columnheader"
      ref={cell}
      class={
        dropSide === null ? cellClass(column) : `${cellClass(column)} nbtrack-drop-${dropSide}`
      }
      style={cellStyle(column)}
      data-column={info.id}
      aria-label={info.label}
      aria-sort={sorted}
      aria-colindex={column.place + LEAD_COLUMNS + 1}
      draggable
      onContextMenu={(event) => {
        event.preventDefault();
        openMenu();
      }}
      onKeyDown={onKeyDown}
      {...dragHandlers(props)}
    >
      <SortButton column={column} isCurrent={isCurrent} />
      <HeaderButtons column={column} commands={commands} onMenu={openMenu} />
      <Resizer column={column} commands={commands} />
    </div>
  );
}

function SortButton({ column, isCurrent }: { column: GridColumn; isCurrent: boolean }) {
  const { info, sorted, sortPlace } = column;
  return (
    <button
      type="button"
      class="nbtrack-sort"
      tabIndex={isCurrent ? 0 : -1}
      data-stop={column.place}
      title={info.id}
      aria-keyshortcuts="Alt+ArrowDown Shift+F10 Shift+ArrowRight Shift+ArrowLeft"
      onClick={(event) => column.toggleSort(event.shiftKey)}
    >
      <span class="nbtrack-label">{info.label}</span>
      {sorted !== "none" && <Icon svg={sorted === "ascending" ? ArrowUp : ArrowDown} />}
      {sortPlace > 0 && (
        <span class="nbtrack-sort-place" aria-hidden="true">
          {sortPlace}
        </span>
      )}
    </button>
  );
}

interface HeaderButtonsProps {
  column: GridColumn;
  commands: HeaderCommands;
  onMenu(): void;
}

function HeaderButtons({ column, commands, onMenu }: HeaderButtonsProps) {
  const { id, label, operators } = column.info;
  return (
    <span
      class={
        column.isFiltered ? "nbtrack-header-buttons nbtrack-filtered" : "nbtrack-header-buttons"
      }
    >
      {(operators.length > 0 || column.isFiltered) && (
        <button
          type="button"
          class="nbtrack-header-button nbtrack-filter-button"
          aria-label={`Filter ${label}`}
          title={`Filter ${label}`}
          aria-pressed={column.isFiltered}
          tabIndex={-1}
          onClick={(event) => commands.filter(id, event.currentTarget)}
        >
          <Icon svg={ListFilter} />
        </button>
      )}
      <button
        type="button"
        class="nbtrack-header-button"
        aria-label={`Menu ${label}`}
        title={`Menu ${label}`}
        aria-haspopup="menu"
        tabIndex={-1}
        onClick={onMenu}
      >
        <Icon svg={EllipsisVertical} />
      </button>
    </span>
  );
}

function Resizer({ column, commands }: { column: GridColumn; commands: HeaderCommands }) {
  return (
    <div
      class={column.isResizing ? "nbtrack-resizer nbtrack-resizing" : "nbtrack-resizer"}
      aria-hidden="true"
      onMouseDown={(event) => {
        event.preventDefault(); // else the header is dragged
        column.startResize(event);
      }}
      onTouchStart={column.startResize}
      onDblClick={() => commands.resetWidth(column.info.id)}
    />
  );
}

/** What a key does on a header, beside what its button does itself. */
function headerKey(
  event: KeyboardEvent,
  column: GridColumn,
  commands: HeaderCommands,
  openMenu: () => void,
): (() => void) | null {
  const { key, shiftKey, altKey } = event;
  if (key === "ContextMenu" || (shiftKey && key === "F10") || (altKey && key === "ArrowDown")) {
    return openMenu;
  }
  if (!shiftKey) return null;
  const resizeBy = (step: number) => () => commands.resize(column.info.id, column.width + step);
  if (key === "ArrowRight") return resizeBy(RESIZE_STEP);
  if (key === "ArrowLeft") return resizeBy(-RESIZE_STEP);
  return key === "Enter" ? () => column.toggleSort(true) : null;
}

/** Headers are dragged onto each other, or to where the runs are grouped. */
function dragHandlers({ column, commands, onDragOver }: HeaderCellProps) {
  const { id } = column.info;
  return {
    onDragStart: (event: DragEvent) => {
      const { dataTransfer } = event;
      if (column.isResizing || dataTransfer === null) return event.preventDefault();
      dataTransfer.setData(COLUMN_DRAG, id);
      dataTransfer.effectAllowed = "move";
    },
    onDragOver: (event: DragEvent) => {
      if (event.dataTransfer?.types.includes(COLUMN_DRAG) !== true) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = "move";
      onDragOver(sideOf(event));
    },
    onDragLeave: () => onDragOver(null),
    onDrop: (event: DragEvent) => {
      const dragged = event.dataTransfer?.getData(COLUMN_DRAG) ?? "";
      onDragOver(null);
      if (dragged === "") return;
      event.preventDefault();
      event.stopPropagation();
      if (dragged !== id) commands.move(dragged, id, sideOf(event));
    },
  };
}

function sideOf(event: DragEvent): "before" | "after" {
  const { left, width } = (event.currentTarget as HTMLElement).getBoundingClientRect();
  return event.clientX < left + width / 2 ? "before" : "after";
}

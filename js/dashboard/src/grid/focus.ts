/** The keyboard's place in the grid: one tab stop, which follows its row over refreshes. */

import { type RefObject, useLayoutEffect, useRef, useState } from "preact/compat";
import { keyOf, type TreeRow } from "../tree";
import { type GridColumn, groupSpan } from "./columns";
import { type Focus, gridAction, type KeyContext } from "./keyboard";
import { LEAD_COLUMNS, leadWidth } from "./lead";
import type { GridMemory } from "./memory";
import type { RowCommands } from "./Row";
import type { RowSource } from "./scroll";
import { revealColumn } from "./segments";
import type { Viewport } from "./viewport";

export interface FocusOptions {
  scroller: RefObject<HTMLElement | null>;
  viewport: Viewport;
  rows: RowSource;
  columns: readonly GridColumn[];
  depth: number;
  commands: RowCommands;
  memory: GridMemory;
  isOpen(row: TreeRow): boolean;
}

interface Place extends Focus {
  /** The row there, to follow it when rows come and go. */
  key: string | null;
}

export interface GridFocus extends Focus {
  enter(row: number): void;
  onKeyDown(event: KeyboardEvent): void;
  onFocusIn(event: FocusEvent): void;
}

const START: Place = { row: 0, column: null, key: null };

export function useGridFocus(options: FocusOptions): GridFocus {
  const { scroller, viewport, rows, columns, depth } = options;
  const { memory } = options;
  const [place, setPlace] = useState<Place>(memory.place ?? START);
  memory.place = place;
  const current = follow(place, rows);
  /** Whether the DOM's focus has to be moved to the current place after drawing. */
  const isMoving = useRef(false);
  const holdsFocus = useFocusHeld(scroller);
  const column = stopAt(current.column, rows.at(current.row), columns);

  const go = (focus: Focus) => {
    isMoving.current = true;
    const row = rows.at(focus.row);
    setPlace({ ...focus, key: row === undefined ? null : keyOf(row) });
    viewport.reveal(focus.row);
    const target = columns[(focus.column ?? 0) - LEAD_COLUMNS];
    if (scroller.current !== null && target !== undefined) {
      revealColumn(scroller.current, columns, target, leadWidth(depth));
    }
  };

  useLayoutEffect(() => {
    const grid = scroller.current;
    const isLost = holdsFocus.current && document.activeElement === document.body;
    if (grid === null || (!isMoving.current && !isLost)) return;
    const target = elementAt(grid, { row: current.row, column });
    if (target === null) return;
    isMoving.current = false;
    target.focus({ preventScroll: true });
  });

  return {
    row: current.row,
    column,
    enter: (row) => go({ row, column: null }),
    onKeyDown: (event) => handleKey(event, { row: current.row, column }, options, go),
    onFocusIn: (event) => {
      const found = placeOf(event.target as HTMLElement);
      if (found === null) return;
      if (found.row !== current.row || found.column !== column) setPlace(found);
    },
  };
}

function handleKey(
  event: KeyboardEvent,
  current: Focus,
  options: FocusOptions,
  go: (focus: Focus) => void,
): void {
  const element = event.target as HTMLElement;
  if (element.closest(".nbtrack-head") !== null) return;
  if (element.closest(".nbtrack-detail-row") !== null) {
    if (event.key === "Escape") go(current);
    return;
  }
  if (isForControl(event, element)) return;
  const { scroller } = options;
  if (event.key === "ArrowUp" && current.row === 0 && !event.ctrlKey && !event.shiftKey) {
    event.preventDefault();
    scroller.current?.querySelector<HTMLElement>('.nbtrack-head [tabindex="0"]')?.focus();
    return;
  }
  const action = gridAction(event, current, contextOf(current, options));
  if (action === null) return;
  event.preventDefault();
  const row = options.rows.at(current.row);
  if (action.kind === "focus") go(action.focus);
  else if (row !== undefined) act(action, row, current, options, go);
}

type RowAction = Exclude<NonNullable<ReturnType<typeof gridAction>>, { kind: "focus" }>;

function act(
  action: RowAction,
  row: TreeRow,
  current: Focus,
  { commands, scroller }: FocusOptions,
  go: (focus: Focus) => void,
): void {
  switch (action.kind) {
    case "extend":
      commands.selectRange(current.row, action.focus.row);
      go(action.focus);
      break;
    case "toggle":
      commands.toggle(row, action.open);
      break;
    case "siblings":
      if (row.kind === "group") commands.openSiblings(row);
      break;
    case "parent":
      void commands.groupAbove(current.row).then((index) => {
        if (index >= 0) go({ row: index, column: current.column });
      });
      break;
    case "control":
      if (scroller.current !== null) elementAt(scroller.current, current)?.focus();
      if (current.column === null) go({ row: current.row, column: row.kind === "run" ? 0 : 1 });
      break;
    case "select":
      commands.select(row, action.isRange);
      break;
    case "delete":
      if (row.kind === "run") commands.remove(row);
  }
}

/** Whether a button or check box answers the key itself. */
function isForControl(event: KeyboardEvent, element: HTMLElement): boolean {
  if (event.shiftKey || (event.key !== "Enter" && event.key !== " ")) return false;
  return element.closest("button, input") !== null;
}

function contextOf({ row }: Focus, options: FocusOptions): KeyContext {
  const { rows, columns, viewport } = options;
  const current = rows.at(row);
  return {
    total: rows.total,
    stops: stopsOf(current, columns),
    page: viewport.page,
    expanded: current !== undefined && options.isOpen(current),
    parent: current === undefined ? -1 : parentOf(row, current.level, rows),
  };
}

/** The row of the group around a row; -1: there is none; null: it is not loaded. */
function parentOf(row: number, level: number, rows: RowSource): number | null {
  if (level <= 1) return -1;
  for (let index = row - 1; index >= 0; index -= 1) {
    const other = rows.at(index);
    if (other === undefined) return null;
    if (other.level < level) return index;
  }
  return -1;
}

/** Columns in which a row has a cell that can have the keyboard. */
function stopsOf(row: TreeRow | undefined, columns: readonly GridColumn[]): number[] {
  const end = LEAD_COLUMNS + columns.length;
  if (row?.kind !== "group") return Array.from({ length: end + 1 }, (_, index) => index);
  const start = LEAD_COLUMNS + groupSpan(columns);
  return [0, 1, ...Array.from({ length: end - start }, (_, index) => start + index)];
}

/** The cell of a row that stands in a column, which in a group may be that of its label. */
function stopAt(
  column: number | null,
  row: TreeRow | undefined,
  columns: readonly GridColumn[],
): number | null {
  if (column === null) return null;
  const stops = stopsOf(row, columns);
  return stops.findLast((stop) => stop <= column) ?? stops[0] ?? null;
}

/** Whether the focus is in the grid, or was on something there that has been removed. */
function useFocusHeld(scroller: RefObject<HTMLElement | null>): { readonly current: boolean } {
  const isHeld = useRef(false);
  useLayoutEffect(() => {
    const grid = scroller.current;
    if (grid === null) return;
    const controller = new AbortController();
    const { signal } = controller;
    const hold = () => {
      isHeld.current = true;
    };
    const onFocusOut = ({ relatedTarget }: FocusEvent) => {
      if (relatedTarget !== null) isHeld.current = false;
    };
    const onPointerDown = ({ target }: PointerEvent) => {
      if (!grid.contains(target as Node)) isHeld.current = false;
    };
    grid.addEventListener("focusin", hold, { signal });
    grid.addEventListener("focusout", onFocusOut, { signal });
    document.addEventListener("pointerdown", onPointerDown, { capture: true, signal });
    return () => controller.abort();
  }, [scroller]);
  return isHeld;
}

/** Where the place is now, that rows may have moved: with its row, or the same index without it. */
function follow(place: Place, rows: RowSource): Place {
  const index = place.key === null ? -1 : rows.indexOf(place.key);
  const row = index >= 0 ? index : Math.max(0, Math.min(rows.total - 1, place.row));
  return { ...place, row };
}

/** The place of an element in a row, or null elsewhere. */
function placeOf(element: HTMLElement): Place | null {
  const row = element.closest(".nbtrack-row");
  if (row === null) return null;
  const cell = element.closest('[role="gridcell"]');
  return {
    row: Number(row.getAttribute("data-index")),
    column: cell === null ? null : Number(cell.getAttribute("aria-colindex")) - 1,
    key: row.getAttribute("data-key"),
  };
}

/** A cell with one control hands the focus on to it. */
function elementAt(grid: HTMLElement, { row, column }: Focus): HTMLElement | null {
  const element = grid.querySelector<HTMLElement>(`.nbtrack-row[data-index="${row}"]`);
  if (element === null || column === null) return element;
  const cell = element.querySelector<HTMLElement>(`[aria-colindex="${column + 1}"]`);
  return cell?.querySelector<HTMLElement>("button, input") ?? cell;
}

/** The keyboard's place in the grid: one tab stop, which follows its run over refreshes. */

import { type RefObject, useLayoutEffect, useRef, useState } from "preact/compat";
import type { RunRow } from "../protocol";
import { ACTIONS_WIDTH, type GridColumn } from "./columns";
import { type Focus, gridAction } from "./keyboard";
import type { RowSource, Viewport } from "./viewport";

interface FocusOptions {
  scroller: RefObject<HTMLElement | null>;
  viewport: Viewport;
  rows: RowSource<RunRow>;
  columns: readonly GridColumn[];
  details: ReadonlyMap<string, { height: number }>;
  onToggle(row: RunRow, open: boolean): void;
  onDelete(row: RunRow): void;
}

interface Place extends Focus {
  /** The run there, to follow it when rows come and go. */
  runId: string | null;
}

export interface GridFocus extends Focus {
  enter(row: number): void;
  onKeyDown(event: KeyboardEvent): void;
  onFocusIn(event: FocusEvent): void;
}

const START: Place = { row: 0, column: null, runId: null };

export function useGridFocus(options: FocusOptions): GridFocus {
  const { scroller, viewport, rows, columns, details } = options;
  const [place, setPlace] = useState<Place>(START);
  const current = follow(place, rows);
  /** Whether the DOM's focus has to be moved to the current place after drawing. */
  const isMoving = useRef(false);
  const hadFocus = useRef(false);

  const go = (focus: Focus) => {
    isMoving.current = true;
    setPlace({ ...focus, runId: rows.at(focus.row)?.run_id ?? null });
    viewport.reveal(focus.row);
  };

  useLayoutEffect(() => {
    const grid = scroller.current;
    if (grid === null) return;
    const isLost = hadFocus.current && document.activeElement === document.body;
    if (!isMoving.current && !isLost) return;
    const target = elementAt(grid, current);
    if (target === null) return;
    isMoving.current = false;
    target.focus({ preventScroll: true });
    if (current.column !== null) revealColumn(grid, columns, current.column);
  });

  const onKeyDown = (event: KeyboardEvent) => {
    const element = event.target as HTMLElement;
    if (element.closest(".nbtrack-head") !== null) return;
    if (element.closest(".nbtrack-detail-row") !== null) {
      if (event.key === "Escape") go(current);
      return;
    }
    const row = rows.at(current.row);
    if (row === undefined) return;
    if (event.key === "ArrowUp" && current.row === 0 && !event.ctrlKey) {
      event.preventDefault();
      scroller.current?.querySelector<HTMLElement>('.nbtrack-sort[tabindex="0"]')?.focus();
      return;
    }
    const action = gridAction(event, current, {
      total: rows.total,
      columns: columns.length + 2,
      page: viewport.page,
      expanded: details.has(row.run_id),
    });
    if (action === null) return;
    event.preventDefault();
    if (action.kind === "focus") go(action.focus);
    else if (action.kind === "toggle") options.onToggle(row, action.open);
    else options.onDelete(row);
  };

  const onFocusIn = (event: FocusEvent) => {
    hadFocus.current = true;
    const element = event.target as HTMLElement;
    const row = element.closest<HTMLElement>(".nbtrack-row");
    if (row === null) return;
    const index = Number(row.getAttribute("data-index"));
    const cell = element.closest<HTMLElement>('[role="gridcell"]');
    const column = cell === null ? null : Number(cell.getAttribute("aria-colindex")) - 1;
    if (index === current.row && column === current.column) return;
    setPlace({ row: index, column, runId: row.getAttribute("data-run-id") });
  };

  useLayoutEffect(() => {
    const grid = scroller.current;
    if (grid === null) return;
    const onFocusOut = (event: FocusEvent) => {
      // Without a next element the focused one may have been removed: then it is ours to restore.
      if (event.relatedTarget !== null) hadFocus.current = false;
    };
    const onPointer = (event: PointerEvent) => {
      if (!grid.contains(event.target as Node)) hadFocus.current = false;
    };
    grid.addEventListener("focusout", onFocusOut);
    document.addEventListener("pointerdown", onPointer, true);
    return () => {
      grid.removeEventListener("focusout", onFocusOut);
      document.removeEventListener("pointerdown", onPointer, true);
    };
  }, [scroller]);

  return {
    row: current.row,
    column: current.column,
    enter: (row) => go({ row, column: null }),
    onKeyDown,
    onFocusIn,
  };
}

/** Where the place is now, that rows may have moved: with its run, or the same row without it. */
function follow(place: Place, rows: RowSource<RunRow>): Place {
  const index = place.runId === null ? -1 : rows.indexOf(place.runId);
  const row = index >= 0 ? index : Math.max(0, Math.min(rows.total - 1, place.row));
  return { ...place, row };
}

/** A cell with one button hands the focus on to it. */
function elementAt(grid: HTMLElement, { row, column }: Focus): HTMLElement | null {
  const element = grid.querySelector<HTMLElement>(`.nbtrack-row[data-index="${row}"]`);
  if (element === null || column === null) return element;
  const cell = element.querySelector<HTMLElement>(`[aria-colindex="${column + 1}"]`);
  return cell?.querySelector<HTMLElement>("button") ?? cell;
}

/** Scrolls sideways so that a cell is clear of what sticks at either edge. */
function revealColumn(grid: HTMLElement, columns: readonly GridColumn[], column: number): void {
  const target = columns[column - 1];
  if (target === undefined || target.stick !== null) return;
  const pinned = columns.filter(({ stick }) => stick !== null);
  const edge = pinned.reduce(
    (sum, { width }) => sum + width,
    grid.querySelector<HTMLElement>(".nbtrack-lead")?.offsetWidth ?? 0,
  );
  const left = columns.slice(pinned.length, column - 1).reduce((sum, { width }) => sum + width, 0);
  const room = grid.clientWidth - edge - ACTIONS_WIDTH;
  if (left < grid.scrollLeft) grid.scrollLeft = left;
  else if (left + target.width > grid.scrollLeft + room) {
    grid.scrollLeft = left + target.width - room;
  }
}

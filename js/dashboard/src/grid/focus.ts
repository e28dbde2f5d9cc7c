/** The keyboard's place in the grid: one tab stop, which follows its run over refreshes. */

import { type RefObject, useLayoutEffect, useRef, useState } from "preact/compat";
import type { RunRow } from "../protocol";
import { keyOf } from "../tree";
import type { GridColumn } from "./columns";
import { type Focus, gridAction } from "./keyboard";
import type { RowSource } from "./scroll";
import type { Viewport } from "./viewport";

interface FocusOptions {
  scroller: RefObject<HTMLElement | null>;
  viewport: Viewport;
  rows: RowSource;
  columns: readonly GridColumn[];
  details: ReadonlyMap<string, { height: number }>;
  onToggle(row: RunRow, open: boolean): void;
  onDelete(row: RunRow): void;
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
  const { scroller, viewport, rows } = options;
  const [place, setPlace] = useState<Place>(START);
  const current = follow(place, rows);
  /** Whether the DOM's focus has to be moved to the current place after drawing. */
  const isMoving = useRef(false);
  const holdsFocus = useFocusHeld(scroller);

  const go = (focus: Focus) => {
    isMoving.current = true;
    const row = rows.at(focus.row);
    setPlace({ ...focus, key: row === undefined ? null : keyOf(row) });
    viewport.reveal(focus.row);
  };

  useLayoutEffect(() => {
    const grid = scroller.current;
    const isLost = holdsFocus.current && document.activeElement === document.body;
    if (grid === null || (!isMoving.current && !isLost)) return;
    const target = elementAt(grid, current);
    if (target === null) return;
    isMoving.current = false;
    target.focus({ preventScroll: true });
    if (current.column !== null) revealColumn(grid, target);
  });

  return {
    row: current.row,
    column: current.column,
    enter: (row) => go({ row, column: null }),
    onKeyDown: (event) => handleKey(event, current, options, go),
    onFocusIn: (event) => {
      const found = placeOf(event.target as HTMLElement);
      if (found === null) return;
      if (found.row !== current.row || found.column !== current.column) setPlace(found);
    },
  };
}

function handleKey(
  event: KeyboardEvent,
  current: Focus,
  { scroller, viewport, rows, columns, details, onToggle, onDelete }: FocusOptions,
  go: (focus: Focus) => void,
): void {
  const element = event.target as HTMLElement;
  if (element.closest(".nbtrack-head") !== null) return;
  if (element.closest(".nbtrack-detail-row") !== null) {
    if (event.key === "Escape") go(current);
    return;
  }
  const row = rows.at(current.row);
  if (row?.kind !== "run") return;
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
  else if (action.kind === "toggle") onToggle(row, action.open);
  else onDelete(row);
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

/** Where the place is now, that rows may have moved: with its row, or the same row without it. */
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

/** A cell with one button hands the focus on to it. */
function elementAt(grid: HTMLElement, { row, column }: Focus): HTMLElement | null {
  const element = grid.querySelector<HTMLElement>(`.nbtrack-row[data-index="${row}"]`);
  if (element === null || column === null) return element;
  const cell = element.querySelector<HTMLElement>(`[aria-colindex="${column + 1}"]`);
  return cell?.querySelector<HTMLElement>("button") ?? cell;
}

/** Scrolls sideways so that a cell is clear of those that stick at either edge. */
function revealColumn(grid: HTMLElement, target: HTMLElement): void {
  const cell = target.closest<HTMLElement>('[role="gridcell"]');
  if (cell === null || isSticky(cell)) return;
  const sticking = [...(cell.parentElement?.children ?? [])].filter(isSticky);
  const start = Math.max(...sticking.slice(0, -1).map((other) => bounds(other).right));
  const end = bounds(sticking.at(-1) ?? grid).left;
  const { left, right } = bounds(cell);
  if (left < start) grid.scrollLeft -= start - left;
  else if (right > end) grid.scrollLeft += Math.min(right - end, left - start);
}

function isSticky(element: Element): boolean {
  return getComputedStyle(element).position === "sticky";
}

function bounds(element: Element): DOMRect {
  return element.getBoundingClientRect();
}

/** Which columns are drawn: those in sight, with spacers for the others. */

import { type RefObject, useLayoutEffect, useMemo, useState } from "preact/compat";
import type { GridColumn } from "./columns";
import { ACTIONS_WIDTH } from "./lead";

/** A column, or the width of several that are not drawn. */
export type Segment = GridColumn | { spacer: number; place: number };

/** Up to here all columns are drawn. */
const MAX_DRAWN = 30;
/** The window moves by so many pixels. */
const STEP = 400;

export interface SegmentOptions {
  scroller: RefObject<HTMLElement | null>;
  columns: readonly GridColumn[];
  viewportWidth: number;
  /** Places of columns that have the keyboard. */
  kept: readonly (number | null)[];
}

export function useSegments(options: SegmentOptions): readonly Segment[] {
  const { scroller, columns, viewportWidth, kept } = options;
  const isWindowed = columns.length > MAX_DRAWN;
  const [start, setStart] = useState(0);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null || !isWindowed) return;
    const follow = () => setStart(Math.floor(element.scrollLeft / STEP) * STEP);
    follow();
    element.addEventListener("scroll", follow, { capture: true, passive: true });
    return () => element.removeEventListener("scroll", follow, true);
  }, [scroller, isWindowed]);
  const keptText = kept.join(" ");
  return useMemo(
    () => (isWindowed ? segmentsOf(columns, start, viewportWidth, new Set(kept)) : columns),
    [columns, isWindowed, start, viewportWidth, keptText],
  );
}

/** Pinned columns, those from a step before `start` to a step behind what is in sight, and `kept`. */
export function segmentsOf(
  columns: readonly GridColumn[],
  start: number,
  width: number,
  kept: ReadonlySet<number | null>,
): Segment[] {
  const segments: Segment[] = [];
  for (const column of columns) {
    const isNear =
      column.left + column.width > start - STEP && column.left < start + width + 2 * STEP;
    const last = segments.at(-1);
    if (column.isPinned || isNear || kept.has(column.place)) segments.push(column);
    else if (last !== undefined && "spacer" in last) last.spacer += column.width;
    else segments.push({ spacer: column.width, place: column.place });
  }
  return segments;
}

export function isColumn(segment: Segment): segment is GridColumn {
  return !("spacer" in segment);
}

/** Scrolls sideways so that a column is clear of those that stick at either edge. */
export function revealColumn(
  grid: HTMLElement,
  columns: readonly GridColumn[],
  column: GridColumn,
  lead: number,
): void {
  if (column.stick !== null) return;
  const sticking = columns.findLast(({ stick }) => stick !== null);
  const start = sticking === undefined ? lead : sticking.left + sticking.width;
  const end = grid.clientWidth - ACTIONS_WIDTH;
  const left = column.left - grid.scrollLeft;
  const right = left + column.width;
  if (left < start) grid.scrollLeft -= start - left;
  else if (right > end) grid.scrollLeft += Math.min(right - end, left - start);
}

/** How wide the columns have to be for what they show. */

import type { RefObject } from "preact";
import { useMemo, useRef } from "preact/hooks";
import type { ColumnInfo, ColumnType, RunRow } from "../protocol";
import { writeCell } from "./format";

const MIN_WIDTH = 56;
const MAX_WIDTH = 240;
const PADDING = 18;
/** The filter and the menu, or the sort. */
const HEADER_BUTTONS = 34;
const STATUS_MARK = 14;
/** Runs that are looked at. */
export const WIDTH_SAMPLE = 100;

/** Long texts of types whose texts change with time: so their columns need not. */
const TYPICAL: Partial<Record<ColumnType, readonly string[]>> = {
  status: ["interrupted"],
  date: ["59 min ago", "2000-12-31"],
  duration: ["59m 59s"],
  number: ["0.0000"],
};

/** As long as the mean of a group usually is. */
const MEAN = "0.00000";

type Measure = (text: string) => number;

/** Widths by column; they grow with what comes, but never shrink under the reader's eyes. */
export function useColumnWidths(
  columns: readonly ColumnInfo[],
  loaded: readonly string[],
  runs: readonly RunRow[],
  isGrouped: boolean,
  frame: RefObject<HTMLElement | null>,
): ReadonlyMap<string, number> {
  const known = useRef<ReadonlyMap<string, number>>(new Map());
  return useMemo(() => {
    const grown = new Map(known.current);
    const measure = measureIn(frame.current);
    for (const info of columns) {
      const own = neededWidth(info, loaded.indexOf(info.id), runs, measure);
      const isAggregated = isGrouped && info.type === "number";
      const width = isAggregated ? Math.max(own, Math.ceil(PADDING + measure(MEAN))) : own;
      grown.set(info.id, Math.max(width, grown.get(info.id) ?? 0));
    }
    const isSame = [...grown].every(([id, width]) => known.current.get(id) === width);
    if (!isSame) known.current = grown;
    return known.current;
  }, [columns, loaded, runs, isGrouped, frame]);
}

export function neededWidth(
  info: ColumnInfo,
  cell: number,
  runs: readonly RunRow[],
  measure: Measure,
): number {
  const texts = new Set(TYPICAL[info.type]);
  if (info.type === "text" || info.type === "number") {
    for (const { cells } of runs) {
      texts.add(writeCell(cells[cell] ?? null, info.type, info.id, 0).text);
    }
  }
  const mark = info.type === "status" ? STATUS_MARK : 0;
  const content = Math.max(...[...texts].map(measure)) + mark;
  const width = PADDING + Math.max(content, measure(info.label) + HEADER_BUTTONS);
  return Math.ceil(Math.max(MIN_WIDTH, Math.min(MAX_WIDTH, width)));
}

/** Measures in the weight of names and headers, which is the widest in use. */
function measureIn(element: HTMLElement | null): Measure {
  const context = document.createElement("canvas").getContext("2d");
  if (element === null || context === null) return (text) => text.length * 7;
  const { fontSize, fontFamily } = getComputedStyle(element);
  context.font = `500 ${fontSize} ${fontFamily}`;
  return (text) => context.measureText(text).width;
}

/** The state of the grid's columns: order, size, sort and pins, kept by TanStack Table. */

import {
  columnPinningFeature,
  columnResizingFeature,
  columnSizingFeature,
  rowSortingFeature,
  type SortingState,
  tableFeatures,
  useTable,
} from "@tanstack/preact-table";
import { useLayoutEffect, useMemo } from "preact/compat";
import type { ColumnInfo, Sort } from "../protocol";
import { leadWidth, SELECT_WIDTH } from "./lead";

/** A column as the header and the cells need it. */
export interface GridColumn {
  info: ColumnInfo;
  /** Index of its value in a row's cells; -1 while the values are on their way. */
  cell: number;
  /** Index among the columns shown. */
  place: number;
  width: number;
  /** Pixels from the row's start. */
  left: number;
  isPinned: boolean;
  /** Pixels from the left edge where it sticks, or null when it scrolls. */
  stick: number | null;
  isLastPinned: boolean;
  sorted: "ascending" | "descending" | "none";
  /** From 1 in a sort by several columns, else 0. */
  sortPlace: number;
  isFiltered: boolean;
  /** The best value of all runs, where it is known which values are good. */
  best: number | null;
  toggleSort(additive: boolean): void;
  isResizing: boolean;
  startResize(event: Event): void;
}

export interface ColumnOptions {
  columns: readonly ColumnInfo[];
  /** What a row's cells stand for. */
  loaded: readonly string[];
  /** As their contents need. */
  fitted: ReadonlyMap<string, number>;
  /** As the user wants. */
  widths: Readonly<Record<string, number>>;
  pinned: readonly string[];
  sort: readonly Sort[];
  filtered: ReadonlySet<string>;
  bests: ReadonlyMap<string, number>;
  /** Levels of groups. */
  depth: number;
  onSort(sort: Sort[]): void;
  onWidths(widths: Record<string, number>): void;
}

export const MIN_COLUMN_WIDTH = 48;
export const MAX_COLUMN_WIDTH = 800;

const NAME_COLUMN = "attributes.run_name";
const NO_ROWS: object[] = [];

const features = tableFeatures({
  columnPinningFeature,
  columnResizingFeature,
  columnSizingFeature,
  rowSortingFeature,
});

export function useGridColumns(options: ColumnOptions): GridColumn[] {
  const { columns, loaded, fitted, widths, pinned, sort, filtered, bests, depth } = options;
  const definitions = useMemo(
    () => columns.map(({ id }) => definition(id, widths[id] ?? fitted.get(id))),
    [columns, widths, fitted],
  );
  const pinning = useMemo(() => ({ start: [...pinned], end: [] }), [pinned]);
  const sorting: SortingState = sort.map(({ column, descending }) => ({
    id: column,
    desc: descending,
  }));
  const table = useTable({
    features,
    columns: definitions,
    data: NO_ROWS,
    state: { sorting, columnPinning: pinning },
    manualSorting: true,
    sortDescFirst: false,
    columnResizeMode: "onChange",
    onSortingChange: (change) => {
      const next = typeof change === "function" ? change(sorting) : change;
      options.onSort(next.map(({ id, desc }) => ({ column: id, descending: desc })));
    },
  });
  const headers = table.getHeaderGroups()[0]?.headers ?? [];
  const { columnSizing, columnResizing } = table.state;
  const resizing = columnResizing.isResizingColumn;
  useLayoutEffect(() => {
    if (resizing !== false || Object.keys(columnSizing).length === 0) return;
    options.onWidths(columnSizing);
    table.resetColumnSizing(true);
  }, [resizing, columnSizing]);
  const sortText = JSON.stringify(sort);
  return useMemo(() => {
    const known = new Map(columns.map((info) => [info.id, info]));
    const cells = new Map(loaded.map((id, index) => [id, index]));
    const lead = leadWidth(depth);
    let left = lead;
    const lastPinned = headers.findLast(({ column }) => column.getIsPinned() === "start");
    return headers.flatMap((header) => {
      const { column } = header;
      const info = known.get(column.id);
      if (info === undefined) return [];
      const direction = column.getIsSorted();
      const isPinned = column.getIsPinned() === "start";
      const width = header.getSize();
      left += width;
      return {
        info,
        cell: cells.get(column.id) ?? -1,
        place: header.index,
        width,
        left: left - width,
        isPinned,
        stick: isPinned ? left - width : null,
        isLastPinned: header === lastPinned,
        sorted: direction === false ? "none" : direction === "asc" ? "ascending" : "descending",
        sortPlace: sort.length > 1 ? column.getSortIndex() + 1 : 0,
        isFiltered: filtered.has(column.id),
        best: bests.get(column.id) ?? null,
        isResizing: column.getIsResizing(),
        toggleSort: (additive: boolean) => column.toggleSorting(undefined, additive),
        startResize: (event: Event) => header.getResizeHandler()(event),
      };
    });
  }, [definitions, loaded, pinning, sortText, filtered, bests, depth, columnSizing, resizing]);
}

function definition(id: string, width = 96) {
  return {
    id,
    accessorFn: () => id,
    size: width,
    minSize: MIN_COLUMN_WIDTH,
    maxSize: MAX_COLUMN_WIDTH,
  };
}

/** The first columns stay in sight up to the run's name; without a name, none does. */
export function usuallyPinned(columns: readonly string[]): string[] {
  const name = columns.indexOf(NAME_COLUMN);
  return columns.slice(0, name > 2 ? 0 : name + 1);
}

/** Where pinned columns would leave little room for others, only the lead stays in place. */
export function fitPins(
  columns: readonly GridColumn[],
  viewportWidth: number,
): readonly GridColumn[] {
  const last = columns.findLast(({ isPinned }) => isPinned);
  const end = last === undefined ? 0 : last.left + last.width;
  if (viewportWidth === 0 || end <= viewportWidth * MAX_PINNED_PART) return columns;
  return columns.map((column) => ({ ...column, stick: null, isLastPinned: false }));
}

const MAX_PINNED_PART = 0.65;

export function isNumeric({ type }: ColumnInfo): boolean {
  return type === "number" || type === "duration";
}

/** Width of the lead and all columns. */
export function endOf(columns: readonly GridColumn[], depth: number): number {
  const last = columns.at(-1);
  return last === undefined ? leadWidth(depth) : last.left + last.width;
}

/** Columns that the label of a group takes: those pinned, and more until it has room. */
export function groupSpan(columns: readonly GridColumn[]): number {
  let width = leadWidth(0) - SELECT_WIDTH;
  let span = 0;
  for (const column of columns) {
    const hasNumbers = isNumeric(column.info) && column.info.id !== ATTEMPT_COLUMN;
    const isFree = column.isPinned || (!hasNumbers && width < GROUP_LABEL_WIDTH);
    if (!isFree) break;
    width += column.width;
    span += 1;
  }
  return span;
}

const GROUP_LABEL_WIDTH = 420;
/** A number, but nobody wants the mean of it. */
const ATTEMPT_COLUMN = "attributes.attempt";

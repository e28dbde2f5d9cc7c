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
import { useMemo } from "preact/hooks";
import type { ColumnInfo, RunRow, Sort } from "../protocol";

/** A column as the header and the cells need it. */
export interface GridColumn {
  info: ColumnInfo;
  /** Index of its value in a row's cells. */
  cell: number;
  width: number;
  /** Pixels from the left edge where it sticks, or null when it scrolls. */
  stick: number | null;
  isLastPinned: boolean;
  sorted: "ascending" | "descending" | "none";
  /** From 1 in a sort by several columns, else 0. */
  sortPlace: number;
  toggleSort(additive: boolean): void;
  isResizing: boolean;
  startResize(event: Event): void;
  resetWidth(): void;
}

export const LEAD_WIDTH = 28;
export const ACTIONS_WIDTH = 28;

const NAME_COLUMN = "attributes.run_name";
const NO_ROWS: RunRow[] = [];

const features = tableFeatures({
  columnPinningFeature,
  columnResizingFeature,
  columnSizingFeature,
  rowSortingFeature,
});

export function useGridColumns(
  columns: readonly ColumnInfo[],
  widths: ReadonlyMap<string, number>,
  sort: readonly Sort[],
  onSort: (sort: Sort[]) => void,
): GridColumn[] {
  const definitions = useMemo(
    () => columns.map(({ id }) => definition(id, widths.get(id))),
    [columns, widths],
  );
  const pinned = useMemo(() => ({ start: pinnedIds(columns), end: [] }), [columns]);
  const sorting: SortingState = sort.map(({ column, descending }) => ({
    id: column,
    desc: descending,
  }));
  const table = useTable({
    features,
    columns: definitions,
    data: NO_ROWS,
    getRowId: (row: RunRow) => row.run_id,
    state: { sorting, columnPinning: pinned },
    manualSorting: true,
    sortDescFirst: false,
    columnResizeMode: "onChange",
    onSortingChange: (change) => {
      const next = typeof change === "function" ? change(sorting) : change;
      onSort(next.map(({ id, desc }) => ({ column: id, descending: desc })));
    },
  });
  const headers = table.getHeaderGroups()[0]?.headers ?? [];
  const { columnSizing, columnResizing } = table.state;
  const sortText = JSON.stringify(sort);
  return useMemo(() => {
    const lastPinned = pinned.start.at(-1);
    return headers.flatMap((header) => {
      const { column } = header;
      const cell = columns.findIndex(({ id }) => id === column.id);
      const info = columns[cell];
      if (info === undefined) return [];
      const direction = column.getIsSorted();
      return {
        info,
        cell,
        width: header.getSize(),
        stick: column.getIsPinned() === "start" ? LEAD_WIDTH + column.getStart("start") : null,
        isLastPinned: column.id === lastPinned,
        sorted: direction === false ? "none" : direction === "asc" ? "ascending" : "descending",
        sortPlace: sort.length > 1 ? column.getSortIndex() + 1 : 0,
        isResizing: column.getIsResizing(),
        toggleSort: (additive: boolean) => column.toggleSorting(undefined, additive),
        startResize: (event: Event) => header.getResizeHandler()(event),
        resetWidth: () => column.resetSize(),
      };
    });
  }, [columns, widths, pinned, sortText, columnSizing, columnResizing.isResizingColumn]);
}

function definition(id: string, width = 96) {
  return {
    id,
    accessorFn: (row: RunRow) => row.run_id,
    size: width,
    minSize: 48,
    maxSize: 800,
  };
}

/** The first columns stay in sight up to the run's name; without a name, none does. */
function pinnedIds(columns: readonly ColumnInfo[]): string[] {
  const name = columns.findIndex(({ id }) => id === NAME_COLUMN);
  return columns.slice(0, name > 2 ? 0 : name + 1).map(({ id }) => id);
}

export function isNumeric({ type }: ColumnInfo): boolean {
  return type === "number" || type === "duration";
}

export function widthOf(columns: readonly GridColumn[]): number {
  return columns.reduce((sum, { width }) => sum + width, 0);
}

/** The tree grid: a window of absolutely placed rows over a tree of any size. */

import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { useNow } from "../hooks";
import type { RunRow } from "../protocol";
import { ACTIONS_WIDTH, type GridColumn, LEAD_WIDTH } from "./columns";
import { useGridFocus } from "./focus";
import { Header } from "./Header";
import { PendingRow, Row, type RowActions } from "./Row";
import { type RowSource, useViewport } from "./viewport";
import { Layout, ROW_HEIGHT } from "./window";

export interface GridProps {
  rows: RowSource<RunRow>;
  /** Another key: other rows or another order, shown from the top. */
  rowsKey: string;
  columns: readonly GridColumn[];
  /** Height of the detail below each open run. */
  details: ReadonlyMap<string, { height: number }>;
  height: number;
  onRange(first: number, last: number): void;
  onToggle(row: RunRow, open: boolean): void;
  onDelete(row: RunRow): void;
  onRestore(row: RunRow): void;
  renderDetail(runId: string): ComponentChildren;
}

export function Grid(props: GridProps) {
  const { rows, columns, details, onRange } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const now = useNow(10_000);
  const openRows = useMemo(() => locate(rows, details), [rows, details]);
  const layout = useMemo(
    () =>
      new Layout(
        rows.total,
        openRows.map(({ index, height }) => ({ index, extra: height })),
      ),
    [rows.total, openRows],
  );
  const focusedRun = () => focusedRunIn(scroller.current);
  const viewport = useViewport(scroller, rows, props.rowsKey, layout, focusedRun);
  const focus = useGridFocus({ ...props, scroller, viewport });
  const actions = useRowActions(props, viewport.reveal);
  useEffect(() => {
    if (viewport.last >= viewport.first) onRange(viewport.first, viewport.last);
  }, [viewport.first, viewport.last, onRange]);

  const total = columns.reduce((sum, { width }) => sum + width, LEAD_WIDTH + ACTIONS_WIDTH);
  const width = Math.max(total, viewport.width);
  const drawn = drawnIndexes(viewport, openRows, focus.row);
  const keys = new Set<string>();
  return (
    <div
      class="nbtrack-grid"
      role="treegrid"
      aria-label="Runs"
      aria-rowcount={rows.total}
      aria-colcount={columns.length + 2}
      ref={scroller}
      style={{ height: props.height }}
      tabIndex={-1}
      onKeyDown={focus.onKeyDown}
      onFocusIn={focus.onFocusIn}
    >
      <div class="nbtrack-canvas" style={{ height: viewport.scrollHeight, width }}>
        <Header columns={columns} width={width} onLeave={() => focus.enter(viewport.first)} />
        <div role="rowgroup" class="nbtrack-body">
          {drawn.flatMap((index) => {
            const row = rows.at(index);
            const top = viewport.topOf(index);
            if (row === undefined) {
              return <PendingRow key={`#${index}`} index={index} top={top} width={width} />;
            }
            // Blocks of two revisions may show a run twice, for a moment.
            if (keys.has(row.run_id)) return [];
            keys.add(row.run_id);
            const detail = details.get(row.run_id);
            return [
              <Row
                key={row.run_id}
                row={row}
                index={index}
                top={top}
                width={width}
                columns={columns}
                isOpen={detail !== undefined}
                focusColumn={focus.row === index ? focus.column : undefined}
                now={now}
                actions={actions}
              />,
              detail && (
                <DetailRow
                  key={`${row.run_id} detail`}
                  level={row.level + 1}
                  top={top + ROW_HEIGHT}
                  height={detail.height}
                  width={viewport.width}
                  columns={columns.length + 2}
                >
                  {props.renderDetail(row.run_id)}
                </DetailRow>
              ),
            ];
          })}
        </div>
      </div>
    </div>
  );
}

interface DetailRowProps {
  level: number;
  top: number;
  height: number;
  width: number;
  columns: number;
  children: ComponentChildren;
}

function DetailRow({ level, top, height, width, columns, children }: DetailRowProps) {
  return (
    <div role="row" class="nbtrack-detail-row" style={{ top, height }} aria-level={level}>
      <div
        role="gridcell"
        class="nbtrack-detail-cell"
        style={{ width }}
        aria-colindex={1}
        aria-colspan={columns}
      >
        {children}
      </div>
    </div>
  );
}

interface OpenRow {
  index: number;
  height: number;
}

/** Open runs among the loaded rows; the others find their place when they are loaded. */
function locate(rows: RowSource<RunRow>, details: GridProps["details"]): OpenRow[] {
  return [...details].flatMap(([runId, { height }]) => {
    const index = rows.indexOf(runId);
    return index < 0 ? [] : { index, height };
  });
}

/** Rows in sight, and those that keep something of the user's: open details and the focus. */
function drawnIndexes(
  { drawFirst, drawLast }: { drawFirst: number; drawLast: number },
  openRows: readonly OpenRow[],
  focused: number,
): number[] {
  const indexes = new Set(openRows.map(({ index }) => index));
  if (focused >= 0) indexes.add(focused);
  for (let index = drawFirst; index <= drawLast; index += 1) indexes.add(index);
  return [...indexes].sort((left, right) => left - right);
}

function useRowActions(
  props: GridProps,
  reveal: (index: number, extra?: number) => void,
): RowActions {
  const latest = useRef({ props, reveal });
  latest.current = { props, reveal };
  return useMemo(
    () => ({
      toggle: (row) => {
        const { details, onToggle } = latest.current.props;
        onToggle(row, !details.has(row.run_id));
      },
      remove: (row) => latest.current.props.onDelete(row),
      restore: (row) => latest.current.props.onRestore(row),
    }),
    [],
  );
}

function focusedRunIn(scroller: HTMLElement | null): string | null {
  const focused = document.activeElement;
  if (scroller === null || !scroller.contains(focused)) return null;
  return focused?.closest<HTMLElement>("[data-run-id]")?.getAttribute("data-run-id") ?? null;
}

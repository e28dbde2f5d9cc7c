/** The tree grid: a window of absolutely placed rows over a tree of any size. */

import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { useNow } from "../hooks";
import type { RunRow } from "../protocol";
import { ACTIONS_WIDTH, type GridColumn, LEAD_WIDTH, widthOf } from "./columns";
import { useEdges } from "./edges";
import { type GridFocus, useGridFocus } from "./focus";
import { Header } from "./Header";
import type { Focus } from "./keyboard";
import { PendingRow, Row, type RowActions } from "./Row";
import type { RowSource } from "./scroll";
import { useViewport, type Viewport } from "./viewport";
import { Layout, ROW_HEIGHT } from "./window";

interface Detail {
  height: number;
  /** Whether the height is more than a guess. */
  isSettled: boolean;
}

export interface GridProps {
  rows: RowSource;
  /** Another key: other rows or another order, shown from the top. */
  rowsKey: string;
  columns: readonly GridColumn[];
  /** The detail below each open run. */
  details: ReadonlyMap<string, Detail>;
  /** The run to go to; another object for each time. */
  target: { runId: string } | null;
  height: number;
  onRange(first: number, last: number): void;
  onToggle(row: RunRow, open: boolean): void;
  onDelete(row: RunRow): void;
  onRestore(row: RunRow): void;
  renderDetail(runId: string): ComponentChildren;
}

export function Grid(props: GridProps) {
  const { rows, rowsKey, columns, details, onRange } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const openRows = useMemo(() => locate(rows, details), [rows, details]);
  const layout = useMemo(
    () =>
      new Layout(
        rows.total,
        openRows.map(({ index, height }) => ({ index, extra: height })),
      ),
    [rows.total, openRows],
  );
  const viewport = useViewport({ scroller, rows, rowsKey, layout });
  const focus = useGridFocus({ ...props, scroller, viewport });
  useRevealOpened(openRows, viewport);
  useTarget(props, focus, viewport);
  useEdges(scroller, widthOf(columns), viewport.width);
  useEffect(() => {
    if (viewport.last >= viewport.first) onRange(viewport.first, viewport.last);
  }, [viewport.first, viewport.last, onRange]);

  const width = Math.max(LEAD_WIDTH + widthOf(columns) + ACTIONS_WIDTH, viewport.width);
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
          <Rows {...props} viewport={viewport} focus={focus} openRows={openRows} width={width} />
        </div>
      </div>
    </div>
  );
}

interface RowsProps extends GridProps {
  viewport: Viewport;
  focus: Focus;
  openRows: readonly OpenRow[];
  width: number;
}

function Rows(props: RowsProps) {
  const { rows, columns, details, viewport, focus, width } = props;
  const now = useNow(10_000);
  const actions = useRowActions(props);
  const drawn = new Set<string>();
  const elements = drawnIndexes(viewport, props.openRows, focus.row).flatMap((index) => {
    const row = rows.at(index);
    const place = { index, top: viewport.topOf(index), width };
    if (row?.kind !== "run") return [<PendingRow key={`#${index}`} {...place} />];
    // Blocks of two revisions may hold a run twice, for a moment.
    if (drawn.has(row.run_id)) return [];
    drawn.add(row.run_id);
    const detail = details.get(row.run_id);
    const element = (
      <Row
        key={row.run_id}
        row={row}
        {...place}
        columns={columns}
        isOpen={detail !== undefined}
        focusColumn={focus.row === index ? focus.column : undefined}
        now={now}
        actions={actions}
      />
    );
    if (detail === undefined) return [element];
    return [
      element,
      <DetailRow
        key={`${row.run_id} detail`}
        level={row.level + 1}
        top={place.top + ROW_HEIGHT}
        height={detail.height}
        width={viewport.width}
        columns={columns.length + 2}
      >
        {props.renderDetail(row.run_id)}
      </DetailRow>,
    ];
  });
  return <>{elements}</>;
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

interface OpenRow extends Detail {
  runId: string;
  index: number;
}

/** Open runs among the loaded rows; the others find their place when they are loaded. */
function locate(rows: RowSource, details: GridProps["details"]): OpenRow[] {
  return [...details].flatMap(([runId, detail]) => {
    const index = rows.indexOf(runId);
    return index < 0 ? [] : { ...detail, runId, index };
  });
}

/** Rows in sight, and those that keep something of the user's: open details and the focus. */
function drawnIndexes(
  { drawFirst, drawLast }: Viewport,
  openRows: readonly OpenRow[],
  focused: number,
): number[] {
  const indexes = new Set(openRows.map(({ index }) => index));
  if (focused >= 0) indexes.add(focused);
  for (let index = drawFirst; index <= drawLast; index += 1) indexes.add(index);
  return [...indexes].sort((left, right) => left - right);
}

/** Brings the details of a row that has just been opened into sight, and again when they fit. */
function useRevealOpened(openRows: readonly OpenRow[], viewport: Viewport): void {
  const known = useRef<ReadonlyMap<string, boolean>>(new Map());
  useLayoutEffect(() => {
    const opened = openRows.find(
      ({ runId, isSettled }) =>
        !known.current.has(runId) || (isSettled && known.current.get(runId) === false),
    );
    known.current = new Map(openRows.map(({ runId, isSettled }) => [runId, isSettled]));
    const { first, last } = viewport;
    if (opened !== undefined && opened.index >= first && opened.index <= last) {
      viewport.reveal(opened.index, opened.height);
    }
  }, [openRows]);
}

/** Goes to the run asked for, if it is loaded. */
function useTarget(
  { target, rows, details }: GridProps,
  focus: GridFocus,
  viewport: Viewport,
): void {
  const reached = useRef(target);
  useLayoutEffect(() => {
    if (target === null || target === reached.current) return;
    reached.current = target;
    const index = rows.indexOf(target.runId);
    if (index < 0) return;
    focus.enter(index);
    viewport.reveal(index, details.get(target.runId)?.height ?? 0);
  }, [target]);
}

function useRowActions(props: GridProps): RowActions {
  const latest = useRef(props);
  latest.current = props;
  return useMemo(
    () => ({
      toggle: (row) => latest.current.onToggle(row, !latest.current.details.has(row.run_id)),
      remove: (row) => latest.current.onDelete(row),
      restore: (row) => latest.current.onRestore(row),
    }),
    [],
  );
}

/** The tree grid: a window of absolutely placed rows over a tree of any size. */

import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { GroupRow } from "../protocol";
import type { ColumnAggregates, TreeRow } from "../tree";
import { endOf, fitPins, type GridColumn } from "./columns";
import { useEdges } from "./edges";
import { type GridFocus, useGridFocus } from "./focus";
import { Header } from "./Header";
import type { HeaderCommands } from "./HeaderCell";
import { ACTIONS_WIDTH, LEAD_COLUMNS, leadWidth } from "./lead";
import type { GridMemory } from "./memory";
import type { RowCommands } from "./Row";
import { type Detail, locate, type OpenRow, Rows } from "./Rows";
import type { RowSource } from "./scroll";
import { isColumn, revealColumn, useSegments } from "./segments";
import { useViewport, type Viewport } from "./viewport";
import { HEADER_HEIGHT, Layout } from "./window";

export interface GridProps {
  rows: RowSource;
  /** Another key: other rows or another order, shown from the top. */
  rowsKey: string;
  columns: readonly GridColumn[];
  /** Levels of groups. */
  depth: number;
  /** The detail below each open run. */
  details: ReadonlyMap<string, Detail>;
  aggregates: ReadonlyMap<string, ColumnAggregates>;
  words: RegExp | null;
  selection: "all" | "some" | "none";
  isAnyHidden: boolean;
  /** The run to go to; another object for each time. */
  target: { runId: string } | null;
  height: number;
  memory: GridMemory;
  commands: RowCommands;
  headerCommands: HeaderCommands;
  isSelected(runId: string): boolean;
  isHidden(runId: string): boolean;
  selectedIn(group: GroupRow): number;
  columnLabel(id: string): string;
  onRange(first: number, last: number): void;
  /** Columns in sight, where there are too many to load all. */
  onColumns(ids: string[]): void;
  renderDetail(runId: string): ComponentChildren;
}

export function Grid(props: GridProps) {
  const { rows, rowsKey, details, depth, commands, headerCommands, onRange } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const openRows = useMemo(() => locate(rows, details), [rows, details]);
  const layout = useMemo(() => layoutOf(rows, openRows), [rows.total, openRows]);
  const { memory } = props;
  const viewport = useViewport({ scroller, rows, rowsKey, layout, memory });
  const columns = useMemo(
    () => fitPins(props.columns, viewport.width),
    [props.columns, viewport.width],
  );
  const isOpen = (row: TreeRow) => (row.kind === "run" ? details.has(row.run_id) : row.expanded);
  const focus = useGridFocus({
    scroller,
    viewport,
    rows,
    columns,
    depth,
    commands,
    memory,
    isOpen,
  });
  const [headerColumn, setHeaderColumn] = useState(0);
  const segments = useSegments({
    scroller,
    columns,
    viewportWidth: viewport.width,
    kept: [headerColumn, focus.column === null ? null : focus.column - LEAD_COLUMNS],
  });
  const end = endOf(columns, depth);
  useRevealOpened(openRows, viewport);
  useTarget(props, focus, viewport);
  useEdges(scroller, end, viewport.width);
  useEffect(() => {
    if (viewport.last >= viewport.first) onRange(viewport.first, viewport.last);
  }, [viewport.first, viewport.last, onRange]);
  useEffect(
    () => props.onColumns(segments.filter(isColumn).map(({ info }) => info.id)),
    [segments, props.onColumns],
  );

  const toHeader = (place: number) => {
    setHeaderColumn(place);
    const column = columns[place];
    if (scroller.current !== null && column !== undefined) {
      revealColumn(scroller.current, columns, column, leadWidth(depth));
    }
  };
  const width = Math.max(end + ACTIONS_WIDTH, viewport.width);
  return (
    <div
      class={
        columns.some(({ stick }) => stick !== null) ? "nbtrack-grid nbtrack-pins" : "nbtrack-grid"
      }
      role="treegrid"
      aria-label="Runs"
      aria-multiselectable="true"
      aria-rowcount={rows.total}
      aria-colcount={LEAD_COLUMNS + columns.length + 1}
      ref={scroller}
      style={{ height: props.height, scrollPadding: clearOf(columns, depth) }}
      tabIndex={-1}
      onKeyDown={focus.onKeyDown}
      onFocusIn={focus.onFocusIn}
    >
      <div class="nbtrack-canvas" style={{ height: viewport.scrollHeight, width }}>
        <Header
          columns={columns}
          segments={segments}
          width={width}
          depth={depth}
          selection={props.selection}
          isAnyHidden={props.isAnyHidden}
          current={Math.min(headerColumn, columns.length - 1)}
          commands={commands}
          headerCommands={headerCommands}
          onMove={toHeader}
          onLeave={() => focus.enter(viewport.first)}
        />
        <div role="rowgroup" class="nbtrack-body">
          <Rows
            {...props}
            columns={columns}
            segments={segments}
            viewport={viewport}
            focus={focus}
            openRows={openRows}
            width={width}
          />
        </div>
      </div>
    </div>
  );
}

/** What the header, pinned columns and actions hide from whatever is scrolled into view. */
function clearOf(columns: readonly GridColumn[], depth: number): string {
  const pinned = columns.findLast(({ stick }) => stick !== null);
  const start = pinned === undefined ? leadWidth(depth) : pinned.left + pinned.width;
  return `${HEADER_HEIGHT}px ${ACTIONS_WIDTH}px 0 ${start}px`;
}

function layoutOf(rows: RowSource, openRows: readonly OpenRow[]): Layout {
  return new Layout(
    rows.total,
    openRows.map(({ index, height }) => ({ index, extra: height })),
  );
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

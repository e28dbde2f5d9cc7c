/** The rows in sight, and those that keep something of the user's. */

import type { ComponentChildren } from "preact";
import { useNow } from "../hooks";
import type { GroupRow as Group, RunRow } from "../protocol";
import { type ColumnAggregates, keyOf } from "../tree";
import type { GridColumn } from "./columns";
import { GroupRow } from "./GroupRow";
import type { Focus } from "./keyboard";
import { LEAD_COLUMNS } from "./lead";
import { PendingRow, Row, type RowCommands, type RowPlace } from "./Row";
import type { RowSource } from "./scroll";
import type { Segment } from "./segments";
import type { Viewport } from "./viewport";
import { ROW_HEIGHT } from "./window";

/** The details of one run, below its row. */
export interface Detail {
  height: number;
  /** Whether the height is more than a guess. */
  isSettled: boolean;
}

export interface OpenRow extends Detail {
  runId: string;
  index: number;
}

export interface RowsProps {
  rows: RowSource;
  columns: readonly GridColumn[];
  segments: readonly Segment[];
  depth: number;
  width: number;
  viewport: Viewport;
  focus: Focus;
  details: ReadonlyMap<string, Detail>;
  openRows: readonly OpenRow[];
  aggregates: ReadonlyMap<string, ColumnAggregates>;
  words: RegExp | null;
  commands: RowCommands;
  isSelected(runId: string): boolean;
  isHidden(runId: string): boolean;
  /** How many runs of a group are selected. */
  selectedIn(group: Group): number;
  columnLabel(id: string): string;
  renderDetail(runId: string): ComponentChildren;
}

export function Rows(props: RowsProps) {
  const { rows, viewport, focus } = props;
  const now = useNow(10_000);
  const drawn = new Set<string>();
  const elements = drawnIndexes(viewport, props.openRows, focus.row).flatMap((index) => {
    const row = rows.at(index);
    const place = placeOf(index, props);
    if (row === undefined) {
      return [<PendingRow key={`#${index}`} index={index} top={place.top} width={place.width} />];
    }
    // Blocks of two revisions may hold a row twice, for a moment.
    const key = keyOf(row);
    if (drawn.has(key)) return [];
    drawn.add(key);
    return row.kind === "run" ? runRows(row, place, now, props) : [groupRow(row, place, props)];
  });
  return <>{elements}</>;
}

function placeOf(index: number, props: RowsProps): RowPlace {
  const { columns, segments, depth, width, viewport, focus, commands } = props;
  return {
    index,
    top: viewport.topOf(index),
    width,
    segments,
    columnCount: columns.length,
    depth,
    focusColumn: focus.row === index ? focus.column : undefined,
    commands,
  };
}

function groupRow(row: Group, place: RowPlace, props: RowsProps) {
  return (
    <GroupRow
      key={keyOf(row)}
      row={row}
      {...place}
      columns={props.columns}
      columnLabel={props.columnLabel(row.column)}
      selected={props.selectedIn(row)}
      aggregates={props.aggregates.get(keyOf(row))}
    />
  );
}

function runRows(row: RunRow, place: RowPlace, now: number, props: RowsProps) {
  const { columns, details, viewport, words } = props;
  const detail = details.get(row.run_id);
  const element = (
    <Row
      key={row.run_id}
      row={row}
      {...place}
      isOpen={detail !== undefined}
      isSelected={props.isSelected(row.run_id)}
      isHidden={props.isHidden(row.run_id)}
      startColumn={columns.find(({ info }) => info.id === "attributes.start_time")}
      words={words}
      now={now}
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
      columns={columns.length + LEAD_COLUMNS + 1}
    >
      {props.renderDetail(row.run_id)}
    </DetailRow>,
  ];
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

/** Open runs among the loaded rows; the others find their place when they are loaded. */
export function locate(rows: RowSource, details: RowsProps["details"]): OpenRow[] {
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

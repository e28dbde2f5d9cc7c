/** One value of one run. */

import { useRef } from "preact/hooks";
import { useNow } from "../hooks";
import type { Cell as CellValue, RunRow } from "../protocol";
import { type GridColumn, isNumeric } from "./columns";
import { formatDuration, writeCell } from "./format";
import { StatusMark } from "./StatusMark";

interface CellProps {
  row: RunRow;
  column: GridColumn;
  colIndex: number;
  now: number;
  tabIndex: 0 | -1;
  /** Start of the run, where it is among the row's cells. */
  startTime: CellValue;
}

export function Cell({ row, column, colIndex, now, tabIndex, startTime }: CellProps) {
  const { info } = column;
  const value = row.cells[column.cell] ?? null;
  const written = writeCell(value, info.type, info.id, now);
  return (
    <div
      role="gridcell"
      class={cellClass(column)}
      style={cellStyle(column)}
      data-column={info.id}
      aria-colindex={colIndex}
      tabIndex={tabIndex}
      title={written.title}
    >
      {info.type === "duration" && row.status === "running" ? (
        <span class="nbtrack-value">
          <Elapsed since={startTime} text={written.text} />
        </span>
      ) : (
        <Fading value={value}>
          {info.type === "status" ? <StatusMark status={row.status} /> : written.text}
        </Fading>
      )}
    </div>
  );
}

/** Ticks by itself where the start is known; else it is as fresh as the last answer. */
function Elapsed({ since, text }: { since: CellValue; text: string }) {
  const now = useNow(1000);
  if (typeof since !== "number") return <>{text}</>;
  const seconds = Math.max(0, Math.floor((now - since) / 1000));
  return <>{seconds < 60 ? `${seconds} s` : formatDuration(seconds)}</>;
}

/** Fades in a value that has changed while on screen. */
function Fading({ value, children }: { value: CellValue; children: preact.ComponentChildren }) {
  const first = useRef(value);
  const isChanged = !Object.is(first.current, value);
  if (isChanged) first.current = CHANGED;
  const classes = ["nbtrack-value"];
  if (value === null) classes.push("nbtrack-faint");
  if (isChanged) classes.push("nbtrack-changed");
  return (
    <span key={String(value)} class={classes.join(" ")}>
      {children}
    </span>
  );
}

/** Never equal to a value: once changed, each further change fades too. */
const CHANGED = "\0changed";

export function cellStyle({ width, stick }: GridColumn): preact.CSSProperties {
  return stick === null ? { width } : { width, "--nbtrack-stick": `${stick}px` };
}

export function cellClass(column: GridColumn): string {
  const classes = ["nbtrack-cell"];
  if (isNumeric(column.info)) classes.push("nbtrack-numeric");
  if (column.stick !== null) classes.push("nbtrack-pinned");
  if (column.isLastPinned) classes.push("nbtrack-last-pinned");
  return classes.join(" ");
}

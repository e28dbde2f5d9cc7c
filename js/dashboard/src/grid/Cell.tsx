/** One value of one run. */

import { useRef } from "preact/hooks";
import { useNow } from "../hooks";
import type { Cell as CellValue, RunRow } from "../protocol";
import { type GridColumn, isNumeric } from "./columns";
import { formatDuration, type Written, writeCell } from "./format";
import { Highlighted } from "./Highlighted";
import { LEAD_COLUMNS } from "./lead";
import { StatusMark } from "./StatusMark";
import { describeWaiting, formatWaiting } from "./waiting";

interface CellProps {
  row: RunRow;
  column: GridColumn;
  now: number;
  words: RegExp | null;
  tabIndex: 0 | -1;
  /** Start of the run, where it is among the row's cells. */
  startTime: CellValue;
}

export function Cell({ row, column, now, words, tabIndex, startTime }: CellProps) {
  const { info } = column;
  const value = row.cells[column.cell] ?? null;
  const written = waits(row, column, now) ?? writeCell(value, info.type, info.id, now);
  const isBest = column.best !== null && value === column.best;
  return (
    <div
      role="gridcell"
      class={isBest ? `${cellClass(column)} nbtrack-best` : cellClass(column)}
      style={cellStyle(column)}
      data-column={info.id}
      aria-colindex={column.place + LEAD_COLUMNS + 1}
      tabIndex={tabIndex}
      title={isBest ? `${written.title} (best)` : written.title}
    >
      {column.cell < 0 ? null : info.type === "duration" && row.status === "running" ? (
        <span class="nbtrack-value">
          <Elapsed since={startTime} text={written.text} />
        </span>
      ) : (
        <Fading value={value}>
          {info.type === "status" ? (
            <StatusMark status={row.status} words={words} />
          ) : (
            <Highlighted text={written.text} words={isSearched(column) ? words : null} />
          )}
        </Fading>
      )}
    </div>
  );
}

/** What a queued run says in place of its start, and more of its status. */
function waits({ waiting, status }: RunRow, { info }: GridColumn, now: number): Written | null {
  if (waiting === undefined) return null;
  const title = describeWaiting(waiting, now);
  if (info.type === "status") return { text: status, title: `${status}: ${title}` };
  return info.id === "attributes.start_time" ? { text: formatWaiting(waiting, now), title } : null;
}

/** Stands for columns that are not drawn. */
export function Gap({ width }: { width: number }) {
  return <div class="nbtrack-gap" role="presentation" style={{ width }} />;
}

/** The overall search looks into texts, and into whatever params and tags hold. */
function isSearched({ info }: GridColumn): boolean {
  return info.type === "text" || info.id.startsWith("params.") || info.id.startsWith("tags.");
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

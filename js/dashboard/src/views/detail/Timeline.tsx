/** Every status the run has had: when, for how long, by what cause and who saw it. */

import { EMPTY, formatDuration, formatTime } from "../../grid/format";
import { StatusMark } from "../../grid/StatusMark";
import { useNow } from "../../hooks";
import type { EventEntry, StatusName } from "../../protocol";
import type { DetailProps } from "./detailTabs";

const PASSING: readonly StatusName[] = ["queued", "running"];

export function Timeline({ run }: DetailProps) {
  const now = useNow(1_000);
  if (run.events.length === 0) return <p class="nbtrack-faint">No events.</p>;
  return (
    <table class="nbtrack-timeline">
      <thead>
        <tr>
          <th scope="col">Time</th>
          <th scope="col">Status</th>
          <th scope="col" class="nbtrack-numeric">
            For
          </th>
          <th scope="col">Cause</th>
          <th scope="col">Seen by</th>
        </tr>
      </thead>
      <tbody>
        {run.events.map((event, index) => (
          <tr>
            <td>
              <time dateTime={isoTime(event.time)}>{formatTime(event.time)}</time>
            </td>
            <td>{event.to_status === null ? "note" : <StatusMark status={event.to_status} />}</td>
            <td class="nbtrack-numeric">{lasted(run.events, index, now)}</td>
            <td title={event.cause ?? ""}>{event.cause ?? EMPTY}</td>
            <td title={event.observer ?? ""}>{event.observer ?? EMPTY}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** How long the status of an event lasted, or has lasted so far; "" where that says nothing. */
export function lasted(events: readonly EventEntry[], index: number, now: number): string {
  const event = events[index];
  if (event === undefined || event.to_status === null) return "";
  const next = events.slice(index + 1).find(({ to_status }) => to_status !== null);
  if (next !== undefined) return formatDuration((next.time - event.time) / 1000);
  return PASSING.includes(event.to_status)
    ? `${formatDuration((now - event.time) / 1000)} so far`
    : "";
}

/** A stored time may lie outside of what dates can say. */
function isoTime(time: number): string | undefined {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

/** Every status the run has had, with time, cause and who saw it. */

import { formatTime } from "../../grid/format";
import { StatusMark } from "../../grid/StatusMark";
import type { DetailProps } from "./RunDetailView";

export function Timeline({ run }: DetailProps) {
  if (run.events.length === 0) return <p class="nbtrack-faint">No events.</p>;
  return (
    <ol class="nbtrack-timeline">
      {run.events.map((event) => (
        <li key={`${event.time} ${event.to_status}`}>
          <time dateTime={new Date(event.time).toISOString()}>{formatTime(event.time)}</time>
          {event.to_status === null ? <span>note</span> : <StatusMark status={event.to_status} />}
          <span class="nbtrack-faint">
            {[event.cause, event.observer && `seen by ${event.observer}`]
              .filter((part) => part)
              .join(" · ")}
          </span>
        </li>
      ))}
    </ol>
  );
}

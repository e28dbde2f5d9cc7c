/** How the place of a queued run in its kernel's line is told. */

import type { Waiting } from "../protocol";
import { formatDuration, formatTime } from "./format";

/** For a cell: `in 3 min` where a start is expected, else `2nd in line`. */
export function formatWaiting({ place, expected_start: start }: Waiting, now: number): string {
  return start === null ? inLine(place) : formatUntil(start, now);
}

/** For a title or a line of text: all that is known. */
export function describeWaiting(waiting: Waiting, now: number): string {
  const { place, expected_start: start, expected_seconds: seconds } = waiting;
  const parts = [inLine(place)];
  if (start !== null) {
    parts.push(`may begin ${formatUntil(start, now)} (${formatTime(start).slice(11, 16)})`);
  }
  if (seconds !== null) parts.push(`usually takes ${formatDuration(seconds)}`);
  return parts.join(", ");
}

function inLine(place: number): string {
  return place === 1 ? "next in line" : `${place}${suffix(place)} in line`;
}

function suffix(place: number): string {
  const last = place % 100 > 10 && place % 100 < 14 ? 0 : place % 10;
  return ["th", "st", "nd", "rd"][last] ?? "th";
}

/** Epoch milliseconds as `soon`, `in 40 s`, `in 3 min`, `in 5 h`, `in 2 d`. */
function formatUntil(time: number, now: number): string {
  const seconds = (time - now) / 1000;
  if (seconds < 5) return "soon";
  if (seconds < 60) return `in ${Math.round(seconds / 5) * 5} s`;
  if (seconds < 3600) return `in ${Math.round(seconds / 60)} min`;
  if (seconds < 86_400) return `in ${Math.round(seconds / 3600)} h`;
  return `in ${Math.round(seconds / 86_400)} d`;
}

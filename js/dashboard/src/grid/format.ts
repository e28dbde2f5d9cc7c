/** How values are written: short in the cell, whole in its title. */

import type { Cell, ColumnType, Number as WireNumber } from "../protocol";

export const EMPTY = "–";

const SPECIAL_NUMBERS: Record<string, string> = {
  NaN: "NaN",
  Infinity: "∞",
  "-Infinity": "−∞",
};

export interface Written {
  text: string;
  /** The whole value, where the text is less than that. */
  title: string;
}

/** Four significant digits; integers whole. */
export function formatNumber(value: WireNumber): string {
  if (typeof value === "string") return SPECIAL_NUMBERS[value] ?? value;
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return withMinus(String(value));
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-4) return withMinus(value.toExponential(3));
  if (size >= 1e4) return withMinus(value.toFixed(0));
  return withMinus(value.toPrecision(4));
}

/** Like `formatNumber`, without the zeros that only fill up: for what a person has typed. */
export function formatSetting(value: WireNumber): string {
  const text = formatNumber(value);
  if (!text.includes(".")) return text;
  return text.replace(/\.?0+(?=e|$)/, "");
}

/** Seconds as `420 ms`, `3.2 s`, `1m 04s`, `2h 05m`, `3d 04h`. */
export function formatDuration(duration: number): string {
  if (duration < 0.9995) return `${Math.max(0, Math.round(duration * 1000))} ms`;
  if (duration < 59.95) return `${duration.toFixed(1)} s`;
  const seconds = Math.round(duration);
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${twoDigits(seconds % 60)}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1440) return `${Math.floor(minutes / 60)}h ${twoDigits(minutes % 60)}m`;
  const hours = Math.floor(minutes / 60);
  return `${Math.floor(hours / 24)}d ${twoDigits(hours % 24)}h`;
}

/** Epoch milliseconds as `just now`, `3 min ago`, `5 h ago`, `2 d ago`, then the date. */
export function formatAgo(time: number, now: number): string {
  const seconds = Math.max(0, (now - time) / 1000);
  if (seconds < 10) return "just now";
  if (seconds < 60) return `${Math.floor(seconds)} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  if (seconds < 7 * 86_400) return `${Math.floor(seconds / 86_400)} d ago`;
  return formatTime(time).slice(0, 10);
}

/** Local time, `2026-11-21 09:36:20`. */
export function formatTime(time: number): string {
  const date = new Date(time);
  const day = [date.getFullYear(), date.getMonth() + 1, date.getDate()].map(twoDigits).join("-");
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(":");
  return `${day} ${clock}`;
}

const UNITS = ["B", "kB", "MB", "GB", "TB", "PB"];

/** Decimal units: `1.5 MB`. */
export function formatBytes(bytes: number): string {
  let size = bytes;
  let unit = 0;
  while (size >= 999.5 && unit < UNITS.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${unit === 0 || size >= 99.5 ? Math.round(size) : size.toFixed(1)} ${UNITS[unit]}`;
}

export function formatCount(count: number, noun: string, plural = `${noun}s`): string {
  return `${count.toLocaleString("en-US")} ${count === 1 ? noun : plural}`;
}

const DIGITS = /^[0-9a-f]{32}$/;

/** How a cell of the grid is written. */
export function writeCell(value: Cell, type: ColumnType, column: string, now: number): Written {
  if (value === null) return { text: EMPTY, title: "" };
  if (type === "date" && typeof value === "number") {
    return { text: formatAgo(value, now), title: formatTime(value) };
  }
  if (type === "duration" && typeof value === "number") {
    return { text: formatDuration(value), title: `${value} s` };
  }
  if (typeof value === "number" || (type === "number" && isSpecial(value))) {
    const number = value as WireNumber;
    const text = column.startsWith("metrics.") ? formatNumber(number) : formatSetting(number);
    return { text, title: String(value) };
  }
  const whole = String(value);
  if (column === "attributes.notebook") {
    return { text: baseName(whole).replace(/\.ipynb$/, ""), title: whole };
  }
  return { text: DIGITS.test(whole) ? whole.slice(0, 8) : whole, title: whole };
}

/** A group's name; a notebook's folder beside it tells it from others of that name. */
export function writeGroup(column: string, label: string): { name: string; folder: string } {
  if (column !== "attributes.notebook") return { name: label, folder: "" };
  const name = baseName(label);
  return { name, folder: shortPath(label.slice(0, -name.length - 1)) };
}

export function baseName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
}

/** A path from the home folder on, or its last two parts; a URL as it stands. */
export function shortPath(path: string): string {
  if (path.includes("://")) return path;
  const parts = path.replace(HOME, "~").split(/[/\\]/);
  return parts.length > 3 ? ["…", ...parts.slice(-2)].join("/") : parts.join("/");
}

const HOME = /^(\/root|\/(home|Users)\/[^/]+|[A-Z]:\\Users\\[^\\]+)(?=[/\\])/;

function isSpecial(value: Cell): boolean {
  return typeof value === "string" && value in SPECIAL_NUMBERS;
}

function withMinus(text: string): string {
  return text.replace(/^-/, "−");
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}

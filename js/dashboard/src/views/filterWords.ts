/** Filters in words. */

import { formatTime } from "../grid/format";
import type { ColumnInfo, ColumnType, Filter, FilterOperator } from "../protocol";
import { dayOf, isStartOfDay } from "../state/days";

const WORDS: Partial<Record<FilterOperator, string>> = {
  "!=": "≠",
  "<=": "≤",
  ">=": "≥",
  "not contains": "does not contain",
  in: "is one of",
  "last days": "in the last … days",
};

/** An operator as its list shows it. */
export function operatorWords(operator: FilterOperator): string {
  return WORDS[operator] ?? operator;
}

/** A filter in words, such as `lr ≥ 0.1` or `Started in the last 7 days`. */
export function describeFilter({ column, operator, values }: Filter, info: ColumnInfo): string {
  const name = info.label === "" ? column : info.label;
  if (info.type === "date") return `${name} ${describeDates(operator, values.map(Number))}`;
  const written = values.map((value) => writeValue(value, info.type));
  switch (operator) {
    case "in":
      return written.length === 1 ? `${name} is ${written[0]}` : `${name}: ${written.join(", ")}`;
    case "between":
      return `${name} between ${written.join(" and ")}`;
    default:
      return [name, operatorWords(operator), ...written].join(" ");
  }
}

function writeValue(value: string | number, type: ColumnType): string {
  const text = value === "" ? '""' : String(value).replace(/^-(?=\d)/, "−");
  return type === "duration" ? `${text} s` : text;
}

function describeDates(operator: FilterOperator, [first = 0, second = 0]: number[]): string {
  switch (operator) {
    case "on":
      return `on ${dayOf(first)}`;
    case "before":
      return `before ${momentOf(first)}`;
    case "after":
      return isStartOfDay(first) ? `after ${dayOf(first - 1)}` : `from ${formatTime(first)} on`;
    case "between":
      return `between ${momentOf(first)} and ${momentOf(second)}`;
    case "last days":
      return first === 1 ? "in the last day" : `in the last ${first} days`;
    default:
      return operatorWords(operator);
  }
}

/** The day alone where it begins or ends with this moment. */
function momentOf(time: number): string {
  return isStartOfDay(time) || isStartOfDay(time + 1) ? dayOf(time) : formatTime(time);
}

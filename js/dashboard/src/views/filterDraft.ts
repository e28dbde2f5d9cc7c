/** What stands in the fields of a filter dialog, and the filter that it means. */

import type { ColumnInfo, ColumnType, Filter, FilterOperator } from "../protocol";
import { dayOf, startOfDay } from "../state/days";

/** `lines`: one value a line. */
export type FieldKind = "none" | "text" | "lines" | "number" | "date" | "statuses";

export interface FilterDraft {
  operator: FilterOperator;
  first: string;
  second: string;
  statuses: readonly string[];
}

export const MAX_DAYS = 100_000;

export function fieldKind(type: ColumnType, operator: FilterOperator): FieldKind {
  if (operator === "is empty" || operator === "is not empty") return "none";
  if (type === "status") return "statuses";
  if (operator === "last days") return "number";
  if (type === "date") return "date";
  if (operator === "in") return "lines";
  return type === "text" ? "text" : "number";
}

export function hasSecondField(operator: FilterOperator): boolean {
  return operator === "between";
}

export function draftOf(info: ColumnInfo, filter: Filter | undefined): FilterDraft {
  const operator = filter?.operator ?? info.operators[0] ?? "=";
  const empty = { operator, first: "", second: "", statuses: [] };
  if (filter === undefined) return empty;
  const values = filter.values.map(String);
  const kind = fieldKind(info.type, operator);
  if (kind === "statuses") return { ...empty, statuses: values };
  if (kind === "lines") return { ...empty, first: values.join("\n") };
  const [first = "", second = ""] = values;
  if (kind !== "date" || first === "") return { ...empty, first, second };
  const start = dayOf(Number(first) - (operator === "after" ? 1 : 0));
  return { ...empty, first: start, second: second === "" ? "" : dayOf(Number(second)) };
}

/** The filter that is meant, or what is wrong with what was typed. */
export function filterOf(info: ColumnInfo, draft: FilterDraft): Filter | string {
  const values = valuesOf(info.type, draft);
  if (typeof values === "string") return values;
  return { column: info.id, operator: draft.operator, values };
}

type Values = (string | number)[] | string;

function valuesOf(type: ColumnType, draft: FilterDraft): Values {
  switch (fieldKind(type, draft.operator)) {
    case "none":
      return [];
    case "statuses":
      return draft.statuses.length > 0 ? [...draft.statuses] : "Check one status at least.";
    case "text":
      return textValues(draft);
    case "lines":
      return listValues(draft, type);
    case "date":
      return dateValues(draft);
    case "number":
      return draft.operator === "last days" ? dayCount(draft) : numberValues(draft);
  }
}

function textValues({ operator, first }: FilterDraft): Values {
  if (first !== "" || operator === "=" || operator === "!=") return [first];
  return "Type the text to look for.";
}

function listValues({ first }: FilterDraft, type: ColumnType): Values {
  const lines = first
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  if (lines.length === 0) return "Type one value at least, each on a line of its own.";
  if (type === "text") return lines;
  const wrong = lines.find((line) => !Number.isFinite(Number(line)));
  return wrong === undefined ? lines.map(Number) : `${wrong.slice(0, 40)} is no number.`;
}

function numberValues({ operator, first, second }: FilterDraft): Values {
  const texts = hasSecondField(operator) ? [first, second] : [first];
  const numbers = texts.map((text) => (text.trim() === "" ? Number.NaN : Number(text)));
  if (numbers.some(Number.isNaN)) {
    return hasSecondField(operator) ? "Type two numbers, such as 0.1 and 10." : NO_NUMBER;
  }
  return inOrder(numbers);
}

const NO_NUMBER = "Type a number, such as 0.1 or 1e-3.";

function dayCount({ first }: FilterDraft): Values {
  const days = first.trim() === "" ? Number.NaN : Number(first);
  const isFine = days >= 0 && days <= MAX_DAYS;
  return isFine ? [days] : `Type a number of days, 0 to ${MAX_DAYS.toLocaleString("en-US")}.`;
}

function dateValues({ operator, first, second }: FilterDraft): Values {
  const [start, end] = [startOfDay(first), startOfDay(first, 1)];
  if (Number.isNaN(start)) return "Choose a day.";
  if (operator === "on") return [start, end];
  if (operator === "after") return [end];
  if (!hasSecondField(operator)) return [start];
  const last = startOfDay(second, 1) - 1;
  return Number.isNaN(last) ? "Choose the last day, too." : inOrder([start, last]);
}

function inOrder(values: number[]): Values {
  const [low = 0, high = low] = values;
  return low > high ? "The first has to be the smaller one." : values;
}

import { describe, expect, test } from "vitest";
import type { ColumnInfo, ColumnType, FilterOperator } from "../src/protocol";
import { dayOf, startOfDay } from "../src/state/days";
import { draftOf, type FilterDraft, filterOf } from "../src/views/filterDraft";
import { describeFilter } from "../src/views/filterWords";

function column(type: ColumnType, label = "lr"): ColumnInfo {
  return { id: `params.${label}`, label, type, operators: [], direction: "none" };
}

function draft(operator: FilterOperator, patch: Partial<FilterDraft> = {}): FilterDraft {
  return { operator, first: "", second: "", statuses: [], ...patch };
}

const day = (year: number, month: number, date: number) =>
  new Date(year, month - 1, date).getTime();

describe("a day", () => {
  test("begins at local midnight, also where it has another length", () => {
    expect(startOfDay("2026-11-01")).toBe(day(2026, 11, 1));
    expect(startOfDay("2026-12-31", 1)).toBe(day(2027, 1, 1));
    expect(startOfDay("2026-02-28", 1)).toBe(day(2026, 3, 1));
    expect(dayOf(startOfDay("0999-01-02"))).toBe("0999-01-02");
    expect(startOfDay("tomorrow")).toBeNaN();
  });
});

describe("a filter dialog means", () => {
  test.each<[ColumnType, FilterDraft, (string | number)[]]>([
    ["number", draft(">=", { first: "0.1" }), [0.1]],
    ["number", draft("between", { first: "-1e3", second: "2" }), [-1000, 2]],
    ["number", draft("is empty", { first: "left over" }), []],
    ["duration", draft(">", { first: "60" }), [60]],
    ["text", draft("contains", { first: " a b " }), [" a b "]],
    ["text", draft("=", { first: "" }), [""]],
    ["text", draft("in", { first: "a\n\n b \n" }), ["a", "b"]],
    ["status", draft("in", { statuses: ["failed"] }), ["failed"]],
    ["date", draft("on", { first: "2026-11-21" }), [day(2026, 11, 21), day(2026, 11, 22)]],
    ["date", draft("before", { first: "2026-11-21" }), [day(2026, 11, 21)]],
    ["date", draft("after", { first: "2026-11-21" }), [day(2026, 11, 22)]],
    [
      "date",
      draft("between", { first: "2026-11-01", second: "2026-11-30" }),
      [day(2026, 11, 1), day(2026, 12, 1) - 1],
    ],
    ["date", draft("last days", { first: "7" }), [7]],
  ])("%s %o", (type, typed, values) => {
    const filter = filterOf(column(type), typed);
    expect(filter).toEqual({ column: "params.lr", operator: typed.operator, values });
    if (typeof filter === "string") return;
    expect(filterOf(column(type), draftOf(column(type), filter))).toEqual(filter);
  });

  test.each<[ColumnType, FilterDraft, string]>([
    ["number", draft("="), "Type a number"],
    ["number", draft("=", { first: "many" }), "Type a number"],
    ["number", draft("between", { first: "1" }), "Type two numbers"],
    ["number", draft("between", { first: "2", second: "1" }), "has to be the smaller"],
    ["text", draft("contains"), "Type the text"],
    ["text", draft("in", { first: "\n" }), "Type one value"],
    ["status", draft("in"), "Check one status"],
    ["date", draft("on"), "Choose a day"],
    ["date", draft("between", { first: "2026-11-01" }), "Choose the last day"],
    ["date", draft("last days", { first: "-1" }), "0 to 100,000"],
  ])("nothing yet, and says why: %s %o", (type, typed, problem) => {
    expect(filterOf(column(type), typed)).toContain(problem);
  });
});

test.each<[ColumnType, FilterOperator, (string | number)[], string]>([
  ["number", ">=", [0.1], "lr ≥ 0.1"],
  ["number", "between", [-1, 2], "lr between −1 and 2"],
  ["duration", "<", [60], "lr < 60 s"],
  ["text", "not contains", ["net"], "lr does not contain net"],
  ["text", "=", [""], 'lr = ""'],
  ["text", "is empty", [], "lr is empty"],
  ["status", "in", ["failed"], "lr is failed"],
  ["status", "in", ["failed", "dead"], "lr: failed, dead"],
  ["date", "on", [day(2026, 11, 21), day(2026, 11, 22)], "lr on 2026-11-21"],
  ["date", "after", [day(2026, 11, 22)], "lr after 2026-11-21"],
  ["date", "after", [day(2026, 11, 22) + 90_000], "lr from 2026-11-22 00:01:30 on"],
  [
    "date",
    "between",
    [day(2026, 11, 1), day(2026, 12, 1) - 1],
    "lr between 2026-11-01 and 2026-11-30",
  ],
  ["date", "last days", [7], "lr in the last 7 days"],
])("in words: %s %s %o", (type, operator, values, words) => {
  expect(describeFilter({ column: "params.lr", operator, values }, column(type))).toBe(words);
});

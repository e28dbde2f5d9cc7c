import { expect, test } from "vitest";
import { neededWidth } from "../src/grid/widths";
import type { Cell, ColumnInfo } from "../src/protocol";
import { rowOf, testRun } from "./service";

function widthFor(info: ColumnInfo, values: Cell[]): number {
  const rows = values.map((value, number) => ({ ...rowOf(testRun(number), []), cells: [value] }));
  return neededWidth(info, 0, rows, (text) => text.length * 10);
}

const PLAIN: Pick<ColumnInfo, "operators" | "direction"> = { operators: [], direction: "none" };
const NAME: ColumnInfo = { id: "attributes.run_name", label: "Name", type: "text", ...PLAIN };
const NOTEBOOK: ColumnInfo = {
  id: "attributes.notebook",
  label: "Notebook",
  type: "text",
  ...PLAIN,
};
const LOSS: ColumnInfo = { id: "metrics.loss", label: "loss", type: "number", ...PLAIN };
const STARTED: ColumnInfo = {
  id: "attributes.start_time",
  label: "Started",
  type: "date",
  ...PLAIN,
};

test("a column is as wide as the longest of its texts", () => {
  expect(widthFor(NAME, ["forest", "sgd alpha=0.01", null])).toBe(158);
});

test("a column is at least as wide as its header and an icon, within bounds", () => {
  expect(widthFor(NAME, [])).toBe(92);
  expect(widthFor({ ...NAME, label: "x" }, ["y"])).toBe(62);
  expect(widthFor(NAME, ["long ".repeat(100)])).toBe(240);
});

test("values are measured as they are written", () => {
  expect(widthFor(NOTEBOOK, ["/some/long/path/first_quick_steps.ipynb"])).toBe(188);
  expect(widthFor({ ...LOSS, label: "l" }, [0.123456789])).toBe(78);
});

test("the width of times does not depend on the time", () => {
  expect(widthFor(STARTED, [0])).toBe(widthFor(STARTED, [Date.now()]));
});

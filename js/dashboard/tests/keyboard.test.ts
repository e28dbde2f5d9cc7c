import { expect, test } from "vitest";
import {
  type Focus,
  type GridAction,
  gridAction,
  type KeyContext,
  type KeyInput,
} from "../src/grid/keyboard";

const CONTEXT: KeyContext = {
  total: 100,
  stops: [0, 1, 2, 3, 4, 5, 6, 7],
  page: 15,
  expanded: false,
  parent: -1,
};

function press(key: string, focus: Focus, change: Partial<KeyInput & KeyContext> = {}) {
  const input = { key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...change };
  return gridAction(input, focus, { ...CONTEXT, ...change });
}

function focusOn(row: number, column: number | null = null): GridAction {
  return { kind: "focus", focus: { row, column } };
}

const ROW: Focus = { row: 10, column: null };
const CELL: Focus = { row: 10, column: 3 };

test.each([
  ["ArrowDown", ROW, focusOn(11)],
  ["ArrowUp", ROW, focusOn(9)],
  ["ArrowDown", { row: 99, column: null }, focusOn(99)],
  ["ArrowUp", { row: 0, column: null }, focusOn(0)],
  ["PageDown", ROW, focusOn(25)],
  ["PageUp", ROW, focusOn(0)],
  ["Home", ROW, focusOn(0)],
  ["End", ROW, focusOn(99)],
  ["ArrowRight", ROW, { kind: "toggle", open: true }],
  ["ArrowLeft", ROW, null],
  ["Enter", ROW, { kind: "toggle", open: true }],
  ["Delete", ROW, { kind: "delete" }],
  ["ArrowDown", CELL, focusOn(11, 3)],
  ["ArrowRight", CELL, focusOn(10, 4)],
  ["ArrowLeft", CELL, focusOn(10, 2)],
  ["ArrowLeft", { row: 10, column: 0 }, focusOn(10)],
  ["ArrowRight", { row: 10, column: 7 }, focusOn(10, 7)],
  ["Home", CELL, focusOn(10, 0)],
  ["End", CELL, focusOn(10, 7)],
  ["Enter", CELL, { kind: "toggle", open: true }],
  [" ", ROW, { kind: "select", isRange: false }],
  [" ", CELL, { kind: "select", isRange: false }],
  ["F2", ROW, { kind: "control" }],
  ["Escape", CELL, focusOn(10)],
  ["Escape", ROW, null],
  ["a", ROW, null],
] as const)("%s at %o", (key, focus, action) => {
  expect(press(key, focus)).toEqual(action);
});

test("an open row closes to the left and is entered to the right", () => {
  expect(press("ArrowLeft", ROW, { expanded: true })).toEqual({ kind: "toggle", open: false });
  expect(press("ArrowRight", ROW, { expanded: true })).toEqual(focusOn(10, 0));
  expect(press("Enter", ROW, { expanded: true })).toEqual({ kind: "toggle", open: false });
});

test("Ctrl goes to the ends of the grid, other modifiers are left to the host", () => {
  expect(press("End", CELL, { ctrlKey: true })).toEqual(focusOn(99, 3));
  expect(press("Home", CELL, { metaKey: true })).toEqual(focusOn(0, 3));
  expect(press("s", ROW, { ctrlKey: true })).toBeNull();
  expect(press("ArrowDown", ROW, { altKey: true })).toBeNull();
  expect(press("ArrowRight", ROW, { shiftKey: true })).toBeNull();
});

test("Shift selects: to the next row, or from the one before", () => {
  const next = { kind: "extend", focus: { row: 11, column: null } };
  expect(press("ArrowDown", ROW, { shiftKey: true })).toEqual(next);
  expect(press(" ", ROW, { shiftKey: true })).toEqual({ kind: "select", isRange: true });
});

test("a closed row within a group leads to the group", () => {
  expect(press("ArrowLeft", ROW, { parent: 4 })).toEqual(focusOn(4));
  expect(press("ArrowLeft", ROW, { parent: null })).toEqual({ kind: "parent" });
  expect(press("ArrowLeft", ROW, { parent: 4, expanded: true })).toEqual({
    kind: "toggle",
    open: false,
  });
});

test("columns without a cell are stepped over", () => {
  const stops = [1, 5, 6];
  expect(press("ArrowRight", { row: 10, column: 1 }, { stops })).toEqual(focusOn(10, 5));
  expect(press("ArrowLeft", { row: 10, column: 5 }, { stops })).toEqual(focusOn(10, 1));
  expect(press("ArrowLeft", { row: 10, column: 1 }, { stops })).toEqual(focusOn(10));
  expect(press("End", { row: 10, column: 1 }, { stops })).toEqual(focusOn(10, 6));
});

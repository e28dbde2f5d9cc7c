import { expect, test } from "vitest";
import { BLOCK, Blocks, MAX_BLOCKS } from "../src/state/blocks";
import { nameAt, rowOf, testRun } from "./service";

function rowsFrom(start: number, count: number) {
  return Array.from({ length: count }, (_, index) => rowOf(testRun(start + index), []));
}

test("rows are found by index and by run", () => {
  const blocks = Blocks.empty.with({ first: 2, last: 3 }, rowsFrom(200, 150), 350, 1);
  expect(blocks.total).toBe(350);
  expect(nameAt(blocks, 200)).toBe("run-200");
  expect(nameAt(blocks, 349)).toBe("run-349");
  expect(blocks.at(0)).toBeUndefined();
  expect(blocks.indexOf(testRun(301).run_id)).toBe(301);
  expect(blocks.indexOf(testRun(5).run_id)).toBe(-1);
});

test("what is missing is asked for in one stretch of at most five blocks", () => {
  const blocks = Blocks.empty.with({ first: 1, last: 1 }, rowsFrom(100, BLOCK), 5_000, 1);
  expect(blocks.missing(100, 199, 1)).toBeNull();
  expect(blocks.missing(90, 120, 1)).toEqual({ first: 0, last: 0 });
  expect(blocks.missing(150, 230, 1)).toEqual({ first: 2, last: 2 });
  expect(blocks.missing(200, 4_999, 1)).toEqual({ first: 2, last: 6 });
  expect(blocks.missing(150, 160, 2)).toEqual({ first: 1, last: 1 });
});

test("an older block stays on screen until its successor comes", () => {
  const old = Blocks.empty.with({ first: 0, last: 1 }, rowsFrom(0, 200), 200, 1);
  const renewed = old.with({ first: 0, last: 0 }, rowsFrom(1000, BLOCK), 200, 2);
  expect(nameAt(renewed, 0)).toBe("run-1000");
  expect(nameAt(renewed, 150)).toBe("run-150");
  expect(nameAt(old, 0)).toBe("run-0");
});

test("a run beyond a total that has shrunk is not found", () => {
  const blocks = Blocks.empty
    .with({ first: 0, last: 1 }, rowsFrom(0, 200), 200, 1)
    .with({ first: 0, last: 0 }, rowsFrom(0, 50), 50, 2);
  expect(blocks.indexOf(testRun(150).run_id)).toBe(-1);
});

test("the farthest blocks are forgotten", () => {
  let blocks = Blocks.empty;
  for (let number = 0; number < MAX_BLOCKS + 10; number += 1) {
    const span = { first: number, last: number };
    blocks = blocks.with(span, rowsFrom(number * BLOCK, BLOCK), 100_000, 1);
  }
  expect(blocks.at(0)).toBeUndefined();
  expect(nameAt(blocks, 10 * BLOCK)).toBe("run-1000");
  expect(blocks.at((MAX_BLOCKS + 9) * BLOCK)).toBeDefined();
});

import { expect, test } from "vitest";
import { Scroll } from "../src/grid/scroll";
import { Layout, ROW_HEIGHT } from "../src/grid/window";
import { rowOf, testRun } from "./service";

const HEIGHT = 448;

function sceneOf(ids: readonly string[]) {
  const rows = {
    total: ids.length,
    at: (index: number) => {
      const id = ids[index];
      return id === undefined ? undefined : { ...rowOf(testRun(0), []), run_id: id };
    },
    indexOf: (key: string) => ids.indexOf(key),
  };
  return { rows, layout: new Layout(ids.length), height: HEIGHT };
}

const IDS = Array.from({ length: 100 }, (_, index) => `r${index}`);

function scrollAt(position: number, focused: string | null = null): Scroll {
  const scroll = new Scroll(sceneOf(IDS), () => null);
  scroll.show(sceneOf(IDS));
  scroll.moveTo(position);
  scroll.remember(focused);
  return scroll;
}

test("the topmost run stays where it is when others come above it", () => {
  const scroll = scrollAt(10 * ROW_HEIGHT + 5);
  scroll.show(sceneOf(["new1", "new2", ...IDS]));
  scroll.restore();
  expect(scroll.map.position).toBe(12 * ROW_HEIGHT + 5);
  expect(scroll.range.first).toBe(12);
});

test("at the very top new runs are seen to arrive", () => {
  const scroll = scrollAt(0);
  scroll.show(sceneOf(["new", ...IDS]));
  scroll.restore();
  expect(scroll.map.position).toBe(0);
});

test("a run with the keyboard stays where it is, even at the top", () => {
  const scroll = scrollAt(0, "r3");
  scroll.show(sceneOf(["new", ...IDS]));
  scroll.restore();
  expect(scroll.map.position).toBe(ROW_HEIGHT);
});

test("a run that has gone holds nothing", () => {
  const scroll = scrollAt(10 * ROW_HEIGHT);
  scroll.show(sceneOf(IDS.filter((id) => id !== "r10")));
  scroll.restore();
  expect(scroll.map.position).toBe(10 * ROW_HEIGHT);
});

test("a row is revealed by the shortest way, its top first", () => {
  const scroll = scrollAt(20 * ROW_HEIGHT);
  scroll.reveal(25, 0);
  expect(scroll.map.position).toBe(20 * ROW_HEIGHT);
  scroll.reveal(5, 0);
  expect(scroll.map.position).toBe(5 * ROW_HEIGHT);
  scroll.reveal(40, 0);
  expect(scroll.map.position).toBe(41 * ROW_HEIGHT - HEIGHT);
  scroll.reveal(40, 10_000);
  expect(scroll.map.position).toBe(40 * ROW_HEIGHT);
});

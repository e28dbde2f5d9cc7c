import { describe, expect, test } from "vitest";
import { Layout, MAX_SCROLL_HEIGHT, ROW_HEIGHT, ScrollMap } from "../src/grid/window";

describe("Layout", () => {
  test("places plain rows one below the other", () => {
    const layout = new Layout(10);
    expect(layout.height).toBe(280);
    expect([0, 1, 9].map((index) => layout.top(index))).toEqual([0, 28, 252]);
    expect([0, 27, 28, 279, 9999, -5].map((y) => layout.indexAt(y))).toEqual([0, 0, 1, 9, 9, 0]);
  });

  test("moves rows below tall ones down, wherever they were listed", () => {
    const layout = new Layout(100, [
      { index: 50, extra: 300 },
      { index: 2, extra: 100 },
    ]);
    expect(layout.height).toBe(100 * ROW_HEIGHT + 400);
    expect(layout.top(2)).toBe(56);
    expect(layout.top(3)).toBe(84 + 100);
    expect(layout.top(50)).toBe(50 * 28 + 100);
    expect(layout.top(51)).toBe(51 * 28 + 400);
  });

  test("finds every row again from any pixel of it and of its detail", () => {
    const tall = [0, 7, 8, 99, 400].map((index) => ({ index, extra: 37 + index }));
    const layout = new Layout(401, tall);
    for (let index = 0; index < 401; index += 1) {
      const end = index === 400 ? layout.height : layout.top(index + 1);
      expect(layout.indexAt(layout.top(index))).toBe(index);
      expect(layout.indexAt(end - 1)).toBe(index);
    }
  });

  test("leaves out tall rows that are not there", () => {
    expect(
      new Layout(3, [
        { index: 3, extra: 50 },
        { index: -1, extra: 50 },
      ]).height,
    ).toBe(84);
    expect(new Layout(0).indexAt(10)).toBe(0);
  });
});

describe("ScrollMap", () => {
  const million = 1_000_000 * ROW_HEIGHT;

  function mapOf(height: number): ScrollMap {
    const map = new ScrollMap();
    map.resize(height, 448);
    return map;
  }

  test("is one to one below the cap", () => {
    const map = mapOf(28_000);
    expect(map.scrollHeight).toBe(28_000);
    expect(map.scrolled(12_345)).toBe(12_345);
    expect(map.scrollTo(99_999_999)).toBe(28_000 - 448);
    expect(map.offset).toBe(0);
  });

  test("caps the height and reaches both ends", () => {
    const map = mapOf(million);
    expect(map.scrollHeight).toBe(MAX_SCROLL_HEIGHT);
    expect(map.scrolled(MAX_SCROLL_HEIGHT - 448)).toBe(million - 448);
    expect(map.scrolled(0)).toBe(0);
  });

  test("moves by the same pixels for small scrolls and in proportion for large ones", () => {
    const map = mapOf(million);
    const middle = map.scrolled((MAX_SCROLL_HEIGHT - 448) / 2);
    expect(middle).toBeCloseTo((million - 448) / 2, 3);
    expect(map.scrolled((MAX_SCROLL_HEIGHT - 448) / 2 + 100)).toBeCloseTo(middle + 100, 3);
  });

  test("comes back to any position it was sent to", () => {
    const map = mapOf(million);
    for (const position of [0, 1, 5_000, 14_000_028, million - 448]) {
      const scrollTop = map.scrollTo(position);
      expect(map.position).toBeCloseTo(position, 3);
      expect(map.scrolled(scrollTop)).toBeCloseTo(position, 3);
    }
  });
});

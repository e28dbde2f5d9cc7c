/** Which rows are in sight: follows the scroller, and keeps the same rows there over changes. */

import { type RefObject, useLayoutEffect, useMemo, useRef, useState } from "preact/compat";
import { HEADER_HEIGHT, type Layout, ROW_HEIGHT, ScrollMap } from "./window";

const OVERSCAN = 6;

/** The rows of a tree, loaded or not. */
export interface RowSource<Row extends { run_id: string }> {
  total: number;
  at(index: number): Row | undefined;
  /** Index of a loaded run, or -1. */
  indexOf(runId: string): number;
}

export interface Viewport {
  /** Rows in sight, and a few around them to draw. */
  first: number;
  last: number;
  drawFirst: number;
  drawLast: number;
  width: number;
  /** Rows that fit. */
  page: number;
  scrollHeight: number;
  /** Top of a row within the scrolled element. */
  topOf(index: number): number;
  /** Scrolls just as far as needed to show a row and `extra` pixels below it. */
  reveal(index: number, extra?: number): void;
}

interface Anchor {
  runId: string;
  /** Pixels from the row's top to the top of the viewport. */
  within: number;
}

export function useViewport<Row extends { run_id: string }>(
  scroller: RefObject<HTMLElement | null>,
  rows: RowSource<Row>,
  rowsKey: string,
  layout: Layout,
  focusedRun: () => string | null,
): Viewport {
  const map = useMemo(() => new ScrollMap(), []);
  const [size, setSize] = useState({ width: 0, height: 0 });
  const [, draw] = useState(0);
  const drawn = useRef("");
  const anchor = useRef<Anchor | null>(null);
  const shownKey = useRef(rowsKey);
  const bodyHeight = Math.max(0, size.height - HEADER_HEIGHT);
  map.resize(layout.height, bodyHeight);

  const range = sight(layout, map.position, bodyHeight);
  drawn.current = `${range.first} ${range.last} ${map.offset}`;

  const apply = (position: number) => {
    const target = map.scrollTo(position);
    if (scroller.current !== null) scroller.current.scrollTop = target;
  };

  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const measure = () => {
      const { clientWidth: width, clientHeight: height } = element;
      if (height === 0) return;
      // A notebook that takes a cell out of the page and back loses the scroll position.
      if (element.scrollTop === 0 && map.position > 0)
        element.scrollTop = map.scrollTo(map.position);
      setSize((old) => (old.width === width && old.height === height ? old : { width, height }));
    };
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, [scroller, map]);

  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const onScroll = () => {
      if (bodyHeight === 0) return;
      map.scrolled(element.scrollTop);
      const { first, last } = sight(layout, map.position, bodyHeight);
      anchor.current = null;
      if (`${first} ${last} ${map.offset}` !== drawn.current) draw((count) => count + 1);
    };
    element.addEventListener("scroll", onScroll, { passive: true });
    return () => element.removeEventListener("scroll", onScroll);
  }, [scroller, map, layout, bodyHeight]);

  useLayoutEffect(() => {
    const before = drawn.current;
    if (shownKey.current !== rowsKey) {
      shownKey.current = rowsKey;
      apply(0);
    } else if (anchor.current !== null) {
      const index = rows.indexOf(anchor.current.runId);
      if (index >= 0) {
        const target = layout.top(index) + anchor.current.within;
        if (Math.abs(target - map.position) >= 1) apply(target);
      }
    }
    const after = sight(layout, map.position, bodyHeight);
    if (`${after.first} ${after.last} ${map.offset}` !== before) draw((count) => count + 1);
  }, [rows, rowsKey, layout]);

  useLayoutEffect(() => {
    anchor.current = chooseAnchor(rows, layout, map.position, range, focusedRun());
  });

  return {
    ...range,
    drawFirst: Math.max(0, range.first - OVERSCAN),
    drawLast: Math.min(rows.total - 1, range.last + OVERSCAN),
    width: size.width,
    page: Math.max(1, Math.floor(bodyHeight / ROW_HEIGHT) - 1),
    scrollHeight: map.scrollHeight + HEADER_HEIGHT,
    topOf: (index) => layout.top(index) - map.offset,
    reveal: (index, extra = 0) => {
      const top = layout.top(index);
      const bottom = top + ROW_HEIGHT + extra;
      if (top < map.position) apply(top);
      else if (bottom > map.position + bodyHeight) apply(Math.min(top, bottom - bodyHeight));
      draw((count) => count + 1);
    },
  };
}

function sight(layout: Layout, position: number, height: number): { first: number; last: number } {
  if (layout.total === 0) return { first: 0, last: -1 };
  return { first: layout.indexAt(position), last: layout.indexAt(position + height) };
}

/**
 * The run that must not move when rows come or go: the one with the keyboard if it is in sight,
 * else the topmost, except at the very top, where new runs should be seen to arrive.
 */
function chooseAnchor<Row extends { run_id: string }>(
  rows: RowSource<Row>,
  layout: Layout,
  position: number,
  range: { first: number; last: number },
  focused: string | null,
): Anchor | null {
  const focusedIndex = focused === null ? -1 : rows.indexOf(focused);
  const isFocusSeen = focusedIndex >= range.first && focusedIndex <= range.last;
  if (!isFocusSeen && position <= 0) return null;
  const index = isFocusSeen ? focusedIndex : range.first;
  const run = rows.at(index);
  return run === undefined ? null : { runId: run.run_id, within: position - layout.top(index) };
}

/** Which rows are in sight: follows the scroller's position and size. */

import { type RefObject, useLayoutEffect, useRef, useState } from "preact/compat";
import type { GridMemory } from "./memory";
import { type RowSource, type Scene, Scroll } from "./scroll";
import { HEADER_HEIGHT, type Layout, ROW_HEIGHT } from "./window";

const OVERSCAN = 6;

export interface Viewport {
  /** Rows in sight. */
  first: number;
  last: number;
  /** Those and a few around them, to draw. */
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

export interface ViewportOptions {
  scroller: RefObject<HTMLElement | null>;
  rows: RowSource;
  /** Another key: other rows or another order, shown from the top. */
  rowsKey: string;
  layout: Layout;
  memory: GridMemory;
}

export function useViewport(options: ViewportOptions): Viewport {
  const { scroller, rows, rowsKey, layout, memory } = options;
  const { width, height } = useSize(scroller);
  const [, count] = useState(0);
  const draw = () => count((drawings) => drawings + 1);
  const scene: Scene = { rows, layout, height: Math.max(0, height - HEADER_HEIGHT) };
  const held = useRef<Scroll | null>(null);
  const isNew = held.current === null;
  held.current ??= new Scroll(scene, () => scroller.current);
  const scroll = held.current;
  scroll.show(scene);
  if (isNew && memory.rowsKey === rowsKey) scroll.map.scrollTo(memory.position);
  const { first, last } = scroll.range;

  useScrollEvents(scroller, scroll, draw);
  useSteadyRows(scroll, options, draw);
  useMemory(scroll, options);
  useLayoutEffect(() => {
    const { current: element } = scroller;
    const { position } = scroll.map;
    // A notebook that takes a cell out of the page and back loses its scroll position.
    if (element !== null && height > 0 && element.scrollTop === 0) scroll.moveTo(position);
  }, [scroller, scroll, height]);

  return {
    first,
    last,
    drawFirst: Math.max(0, first - OVERSCAN),
    drawLast: Math.min(rows.total - 1, last + OVERSCAN),
    width,
    page: Math.max(1, Math.floor(scene.height / ROW_HEIGHT) - 1),
    scrollHeight: scroll.map.scrollHeight + HEADER_HEIGHT,
    topOf: (index) => layout.top(index) - scroll.map.offset,
    reveal: (index, extra = 0) => {
      scroll.reveal(index, extra);
      draw();
    },
  };
}

/** Inner size of an element; zero while it is not in the page. */
function useSize(scroller: RefObject<HTMLElement | null>): { width: number; height: number } {
  const [size, setSize] = useState({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const measure = () => {
      const { clientWidth: width, clientHeight: height } = element;
      setSize((old) => (old.width === width && old.height === height ? old : { width, height }));
    };
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, [scroller]);
  return size;
}

function useScrollEvents(
  scroller: RefObject<HTMLElement | null>,
  scroll: Scroll,
  draw: () => void,
): void {
  const drawn = useRef("");
  drawn.current = scroll.signature;
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const onScroll = () => {
      if (!element.isConnected) return;
      scroll.map.scrolled(element.scrollTop);
      scroll.remember(focusedKeyIn(element));
      if (scroll.signature !== drawn.current) draw();
    };
    element.addEventListener("scroll", onScroll, { passive: true });
    return () => element.removeEventListener("scroll", onScroll);
  }, [scroller, scroll]);
}

/** Keeps what the user looks at in its place over refreshes; other rows begin at the top. */
function useSteadyRows(
  scroll: Scroll,
  { scroller, rows, rowsKey, layout }: ViewportOptions,
  draw: () => void,
): void {
  const shownKey = useRef(rowsKey);
  useLayoutEffect(() => {
    const before = scroll.signature;
    if (shownKey.current === rowsKey) scroll.restore();
    else scroll.moveTo(0);
    shownKey.current = rowsKey;
    if (scroll.signature !== before) draw();
  }, [scroll, rows, rowsKey, layout]);
  useLayoutEffect(() => scroll.remember(focusedKeyIn(scroller.current)));
}

/** Notes where the grid is left, and begins sideways where it was. */
function useMemory(scroll: Scroll, { scroller, rowsKey, memory }: ViewportOptions): void {
  const shown = useRef(rowsKey);
  shown.current = rowsKey;
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    if (memory.rowsKey === shown.current) element.scrollLeft = memory.scrollLeft;
    return () => {
      memory.rowsKey = shown.current;
      memory.position = scroll.map.position;
      memory.scrollLeft = element.scrollLeft;
    };
  }, [scroll, scroller, memory]);
}

function focusedKeyIn(scroller: HTMLElement | null): string | null {
  const focused = document.activeElement;
  if (scroller === null || !scroller.contains(focused)) return null;
  return focused?.closest("[data-key]")?.getAttribute("data-key") ?? null;
}

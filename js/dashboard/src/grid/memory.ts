/** Where a grid was left, for the one that takes its place when its tab is shown again. */

import type { Focus } from "./keyboard";

export interface GridMemory {
  /** Of the rows that it showed; others begin at the top. */
  rowsKey: string;
  /** Pixel of the whole tree at the top of the viewport. */
  position: number;
  scrollLeft: number;
  /** The keyboard's place. */
  place: (Focus & { key: string | null }) | null;
}

export function newMemory(): GridMemory {
  return { rowsKey: "", position: 0, scrollLeft: 0, place: null };
}

/** Rows by block of 100: what is loaded, what is missing, what may be forgotten. */

import type { RunRow } from "../protocol";
import { keyOf, type TreeRow } from "../tree";

export const BLOCK = 100;
export const MAX_BLOCKS = 60;
const MAX_BLOCKS_PER_REQUEST = 5;

interface Block {
  rows: readonly TreeRow[];
  /** The refresh that it came with; an older one is shown until it is replaced. */
  stamp: number;
}

export interface BlockSpan {
  first: number;
  last: number;
}

/** Immutable, so that a component sees a change by identity. */
export class Blocks {
  private constructor(
    private readonly blocks: ReadonlyMap<number, Block>,
    readonly total: number,
  ) {}

  static readonly empty = new Blocks(new Map(), 0);

  at(index: number): TreeRow | undefined {
    return this.blocks.get(Math.floor(index / BLOCK))?.rows[index % BLOCK];
  }

  /** The first of the loaded runs. */
  runs(limit: number): RunRow[] {
    const found: RunRow[] = [];
    for (const { rows } of this.blocks.values()) {
      for (const row of rows) {
        if (found.length >= limit) return found;
        if (row.kind === "run") found.push(row);
      }
    }
    return found;
  }

  /** Index of the row with this key among the loaded ones, or -1. */
  indexOf(key: string): number {
    for (const [number, { rows }] of this.blocks) {
      const within = rows.findIndex((row) => keyOf(row) === key);
      const index = number * BLOCK + within;
      if (within >= 0 && index < this.total) return index;
    }
    return -1;
  }

  /** The stretch to ask for so that rows `first`..`last` are there as of `stamp`, or null. */
  missing(first: number, last: number, stamp: number): BlockSpan | null {
    const isMissing = (number: number) => (this.blocks.get(number)?.stamp ?? -1) < stamp;
    const end = Math.floor(last / BLOCK);
    let start = Math.floor(first / BLOCK);
    while (start <= end && !isMissing(start)) start += 1;
    if (start > end) return null;
    let stop = start;
    while (stop < end && stop - start + 1 < MAX_BLOCKS_PER_REQUEST && isMissing(stop + 1))
      stop += 1;
    return { first: start, last: stop };
  }

  /** With the rows of one reply; blocks far from it are dropped beyond `MAX_BLOCKS`. */
  with(span: BlockSpan, rows: readonly TreeRow[], total: number, stamp: number): Blocks {
    const blocks = new Map(this.blocks);
    for (let number = span.first; number <= span.last; number += 1) {
      const start = (number - span.first) * BLOCK;
      blocks.set(number, { rows: rows.slice(start, start + BLOCK), stamp });
    }
    if (blocks.size > MAX_BLOCKS) {
      const byDistance = [...blocks.keys()].sort(
        (left, right) => distance(right, span) - distance(left, span),
      );
      for (const number of byDistance.slice(0, blocks.size - MAX_BLOCKS)) blocks.delete(number);
    }
    return new Blocks(blocks, total);
  }
}

function distance(block: number, span: BlockSpan): number {
  return Math.max(span.first - block, block - span.last, 0);
}

/** Where rows stand: row index <-> pixel, and pixel of the whole tree <-> scroll position. */

export const ROW_HEIGHT = 28;
export const HEADER_HEIGHT = 32;

/** Chromium clamps an element at 16.7 million device pixels: this is safe up to 2x twice over. */
export const MAX_SCROLL_HEIGHT = 8_000_000;

/** A row with `extra` pixels of detail below it. */
export interface TallRow {
  index: number;
  extra: number;
}

/** Tops and indexes of rows of one height, a few of them taller; costs nothing per plain row. */
export class Layout {
  readonly height: number;
  private readonly tall: readonly TallRow[];
  /** `extraBefore[n]`: sum of the extras of the first n tall rows. */
  private readonly extraBefore: readonly number[];

  constructor(
    readonly total: number,
    tall: readonly TallRow[] = [],
  ) {
    this.tall = tall
      .filter(({ index }) => index >= 0 && index < total)
      .sort((left, right) => left.index - right.index);
    const sums = [0];
    for (const { extra } of this.tall) sums.push((sums.at(-1) ?? 0) + extra);
    this.extraBefore = sums;
    this.height = total * ROW_HEIGHT + (sums.at(-1) ?? 0);
  }

  top(index: number): number {
    return index * ROW_HEIGHT + (this.extraBefore[this.tallBefore(index)] ?? 0);
  }

  /** The row under pixel `y`, its detail included, within 0..total-1. */
  indexAt(y: number): number {
    let low = 0;
    let high = this.tall.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const row = this.tall[middle];
      if (row !== undefined && this.top(row.index) <= y) low = middle + 1;
      else high = middle;
    }
    const above = this.tall[low - 1];
    const index =
      above === undefined
        ? Math.floor(y / ROW_HEIGHT)
        : Math.max(above.index, Math.floor((y - (this.extraBefore[low] ?? 0)) / ROW_HEIGHT));
    return Math.max(0, Math.min(this.total - 1, index));
  }

  /** Number of tall rows with an index below `index`, by binary search. */
  private tallBefore(index: number): number {
    let low = 0;
    let high = this.tall.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const row = this.tall[middle];
      if (row !== undefined && row.index < index) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/**
 * Maps the scroll position of an element, capped in height, to a position in the whole tree.
 *
 * Below the cap they are the same. Above it a scroll smaller than the viewport moves by the same
 * pixels, a larger one (a drag of the scroll bar) in proportion; both ends snap.
 */
export class ScrollMap {
  private shift = 0;
  private scrollTop = 0;
  private height = 0;
  private viewport = 0;

  get scrollHeight(): number {
    return Math.min(this.height, MAX_SCROLL_HEIGHT);
  }

  /** Pixel of the whole tree at the top of the viewport. */
  get position(): number {
    return this.scrollTop + this.shift;
  }

  /** What to subtract from a position in the tree to place it in the scrolled element. */
  get offset(): number {
    return this.shift;
  }

  resize(height: number, viewport: number): void {
    this.height = height;
    this.viewport = viewport;
    if (height <= MAX_SCROLL_HEIGHT) this.shift = 0;
  }

  /** Takes a scroll event's position; returns the position in the whole tree. */
  scrolled(scrollTop: number): number {
    const distance = Math.abs(scrollTop - this.scrollTop);
    this.scrollTop = scrollTop;
    if (this.height <= MAX_SCROLL_HEIGHT) return scrollTop;
    let position = distance < this.viewport ? this.position : scrollTop * this.scale;
    if (scrollTop <= 0) position = 0;
    if (scrollTop >= this.lastScrollTop) position = this.lastPosition;
    this.shift = clamp(position, 0, this.lastPosition) - scrollTop;
    return this.position;
  }

  /** The scroll position that shows `position` of the tree at the top of the viewport. */
  scrollTo(position: number): number {
    const target = clamp(position, 0, this.lastPosition);
    this.scrollTop = this.height <= MAX_SCROLL_HEIGHT ? target : target / this.scale;
    this.shift = target - this.scrollTop;
    return this.scrollTop;
  }

  private get lastPosition(): number {
    return Math.max(0, this.height - this.viewport);
  }

  private get lastScrollTop(): number {
    return Math.max(0, this.scrollHeight - this.viewport);
  }

  private get scale(): number {
    return this.lastScrollTop > 0 ? this.lastPosition / this.lastScrollTop : 1;
  }
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, value));
}

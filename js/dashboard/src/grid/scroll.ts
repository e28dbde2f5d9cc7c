/** The scroll position of a tree, and the row that holds it when rows come or go. */

import { keyOf, type TreeRow } from "../tree";
import { type Layout, ROW_HEIGHT, ScrollMap } from "./window";

/** The rows of a tree, loaded or not. */
export interface RowSource {
  total: number;
  at(index: number): TreeRow | undefined;
  /** Index of a loaded row, or -1. */
  indexOf(key: string): number;
}

export interface Scene {
  rows: RowSource;
  layout: Layout;
  /** Pixels of the viewport below the header. */
  height: number;
}

/** The row that must not move, and how far below its top the viewport begins. */
interface Anchor {
  key: string;
  within: number;
}

export class Scroll {
  readonly map = new ScrollMap();
  private scene: Scene;
  private anchor: Anchor | null = null;

  constructor(
    scene: Scene,
    private readonly element: () => HTMLElement | null,
  ) {
    this.scene = scene;
  }

  show(scene: Scene): void {
    this.scene = scene;
    this.map.resize(scene.layout.height, scene.height);
  }

  /** Indexes of the first and the last row in sight. */
  get range(): { first: number; last: number } {
    const { layout, height } = this.scene;
    if (layout.total === 0) return { first: 0, last: -1 };
    const { position } = this.map;
    return { first: layout.indexAt(position), last: layout.indexAt(position + height) };
  }

  /** Differs when the rows have to be drawn anew. */
  get signature(): string {
    const { first, last } = this.range;
    return `${first} ${last} ${this.map.offset}`;
  }

  moveTo(position: number): void {
    const target = this.map.scrollTo(position);
    const element = this.element();
    if (element !== null) element.scrollTop = target;
  }

  /** Scrolls just as far as needed to show a row and `extra` pixels below it. */
  reveal(index: number, extra: number): void {
    const { layout, height } = this.scene;
    const top = layout.top(index);
    const bottom = top + ROW_HEIGHT + extra;
    if (top < this.map.position) this.moveTo(top);
    else if (bottom > this.map.position + height) this.moveTo(Math.min(top, bottom - height));
  }

  /**
   * Chooses the row that must not move: the one with the keyboard if it is in sight, else the
   * topmost, except at the very top, where new runs should be seen to arrive.
   */
  remember(focusedKey: string | null): void {
    const { rows, layout } = this.scene;
    const { first, last } = this.range;
    const focused = focusedKey === null ? -1 : rows.indexOf(focusedKey);
    const isFocusSeen = focused >= first && focused <= last;
    const index = isFocusSeen ? focused : first;
    const row = isFocusSeen || this.map.position > 0 ? rows.at(index) : undefined;
    this.anchor =
      row === undefined ? null : { key: keyOf(row), within: this.map.position - layout.top(index) };
  }

  /** Brings the remembered row back to where it was. */
  restore(): void {
    if (this.anchor === null) return;
    const index = this.scene.rows.indexOf(this.anchor.key);
    if (index < 0) return;
    const target = this.scene.layout.top(index) + this.anchor.within;
    if (Math.abs(target - this.map.position) >= 1) this.moveTo(target);
  }
}

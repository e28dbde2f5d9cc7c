/** What can be done with the grid's columns: each change is kept with the view. */

import { MAX_COLUMN_WIDTH, MIN_COLUMN_WIDTH, usuallyPinned } from "../grid/columns";
import type { Direction, View } from "../protocol";
import type { Session } from "../state/session";

export class ColumnCommands {
  constructor(private readonly session: Session) {}

  sort(column: string, descending: boolean): void {
    this.update({ sort: [{ column, descending }] });
  }

  clearSort(column: string): void {
    const sort = (this.view.sort ?? []).filter((key) => key.column !== column);
    this.update({ sort: sort.length > 0 ? sort : undefined });
  }

  groupBy(column: string): void {
    const groups = this.view.group_by ?? [];
    if (!groups.includes(column)) this.update({ group_by: [...groups, column] });
  }

  hide(column: string): void {
    const shown = this.session.shownColumns().filter((id) => id !== column);
    if (shown.length > 0) this.update({ columns: shown });
  }

  pin(column: string, isPinned: boolean): void {
    const others = this.pinned.filter((id) => id !== column);
    this.arrange(isPinned ? [...others, column] : others, this.order);
  }

  /** Moves a column by so many places, among those pinned or among the others. */
  moveBy(column: string, steps: number): void {
    const target = this.order[this.order.indexOf(column) + steps];
    if (target !== undefined) this.move(column, target, steps < 0 ? "before" : "after");
  }

  canMoveBy(column: string, steps: number): boolean {
    return this.order[this.order.indexOf(column) + steps] !== undefined;
  }

  /** Moves a column to another, which also says whether it is pinned. */
  move(column: string, target: string, side: "before" | "after"): void {
    const others = this.order.filter((id) => id !== column);
    const place = others.indexOf(target) + (side === "after" ? 1 : 0);
    others.splice(place, 0, column);
    const pinned = this.pinned.filter((id) => id !== column);
    this.arrange(this.pinned.includes(target) ? [...pinned, column] : pinned, others);
  }

  resize(column: string, width: number): void {
    const bounded = Math.round(Math.max(MIN_COLUMN_WIDTH, Math.min(MAX_COLUMN_WIDTH, width)));
    this.update({ widths: { ...this.view.widths, [column]: bounded } });
  }

  /** Makes a column as wide as its contents need. */
  resetWidth(column: string): void {
    const { [column]: _width, ...widths } = this.view.widths ?? {};
    this.update({ widths: Object.keys(widths).length > 0 ? widths : undefined });
  }

  setDirection(column: string, direction: Direction): void {
    this.update({ directions: { ...this.view.directions, [column]: direction } });
  }

  isPinned(column: string): boolean {
    return this.pinned.includes(column);
  }

  /** Whether the runs are sorted by a column, and how. */
  sortOf(column: string): "ascending" | "descending" | null {
    const key = (this.view.sort ?? []).find((other) => other.column === column);
    return key === undefined ? null : key.descending ? "descending" : "ascending";
  }

  private get view(): View {
    return this.session.view.current.get();
  }

  private get pinned(): string[] {
    return pinnedColumns(this.view, this.session.shownColumns());
  }

  /** As on screen: those pinned first. */
  private get order(): string[] {
    const { pinned } = this;
    return [...pinned, ...this.session.shownColumns().filter((id) => !pinned.includes(id))];
  }

  private arrange(pinned: readonly string[], order: readonly string[]): void {
    const first = order.filter((id) => pinned.includes(id));
    const rest = order.filter((id) => !pinned.includes(id));
    this.update({ columns: [...first, ...rest], pinned: first });
  }

  private update(patch: Parameters<Session["view"]["update"]>[0]): void {
    this.session.view.update(patch);
  }
}

export function pinnedColumns(view: View, shown: readonly string[]): string[] {
  return view.pinned?.filter((id) => shown.includes(id)) ?? usuallyPinned(shown);
}

/** The columns that runs are grouped by: part of the view. */

import { type GroupOptions, MAX_GROUP_LEVELS } from "../protocol";
import type { ViewState } from "./view";

export class GroupsState {
  constructor(private readonly view: ViewState) {}

  get all(): readonly string[] {
    return this.view.current.get().group_by ?? [];
  }

  get isFull(): boolean {
    return this.all.length >= MAX_GROUP_LEVELS;
  }

  /** The outermost first; options of groups that are gone are forgotten. */
  set(columns: readonly string[]): void {
    const { group_options = {} } = this.view.current.get();
    const kept = Object.entries(group_options).filter(([column]) => columns.includes(column));
    this.view.update({
      group_by: columns.length > 0 ? [...columns] : undefined,
      group_options: kept.length > 0 ? Object.fromEntries(kept) : undefined,
    });
  }

  add(column: string): void {
    if (!this.all.includes(column) && !this.isFull) this.set([...this.all, column]);
  }

  remove(column: string): void {
    this.set(this.all.filter((other) => other !== column));
  }

  /** Puts a column, grouped by already or not, at a place among the others. */
  put(column: string, place: number): void {
    if (!this.all.includes(column) && this.isFull) return;
    this.set(moved(this.all, column, place));
  }

  options(column: string): GroupOptions {
    return this.view.current.get().group_options?.[column] ?? {};
  }

  setOptions(column: string, options: GroupOptions): void {
    const { [column]: _old, ...others } = this.view.current.get().group_options ?? {};
    const given = Object.entries(options).filter(([, value]) => value !== undefined);
    const next = given.length > 0 ? { ...others, [column]: Object.fromEntries(given) } : others;
    this.view.update({ group_options: Object.keys(next).length > 0 ? next : undefined });
  }
}

/** The items with one of them, or a new one, at a place counted without it. */
export function moved(items: readonly string[], item: string, place: number): string[] {
  const others = items.filter((other) => other !== item);
  others.splice(Math.max(0, Math.min(others.length, place)), 0, item);
  return others;
}

/** The filters in force: part of the view. */

import type { Filter, StatusName } from "../protocol";
import type { ViewState } from "./view";

export const STATUS_COLUMN = "attributes.status";

export class FiltersState {
  constructor(private readonly view: ViewState) {}

  get all(): readonly Filter[] {
    return this.view.current.get().filters ?? [];
  }

  /** Where the first filter of a column stands, or -1. */
  placeOf(column: string): number {
    return this.all.findIndex((filter) => filter.column === column);
  }

  /** Puts a filter in the place of another, or after all. */
  set(filter: Filter, place: number): void {
    const filters = [...this.all];
    if (place >= 0 && place < filters.length) filters[place] = filter;
    else filters.push(filter);
    this.put(filters);
  }

  remove(place: number): void {
    this.put(this.all.filter((_, other) => other !== place));
  }

  clear(): void {
    this.put([]);
  }

  /** The statuses that are let through; none means all. */
  get statuses(): readonly string[] {
    const filter = this.all[this.placeOf(STATUS_COLUMN)];
    return filter?.operator === "in" ? filter.values.map(String) : [];
  }

  toggleStatus(status: StatusName): void {
    const { statuses } = this;
    const next = statuses.includes(status)
      ? statuses.filter((other) => other !== status)
      : [...statuses, status];
    const place = this.placeOf(STATUS_COLUMN);
    if (next.length === 0) this.remove(place);
    else this.set({ column: STATUS_COLUMN, operator: "in", values: next }, place);
  }

  private put(filters: Filter[]): void {
    this.view.update({ filters: filters.length > 0 ? filters : undefined });
  }
}

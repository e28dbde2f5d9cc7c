/** Numbers of groups and of the whole view: fetched once the rows are painted, kept until newer. */

import type { Client } from "../client";
import { RequestError } from "../errors";
import { Observable, type Readable } from "../observable";
import type { ColumnInfo, Direction, View } from "../protocol";
import { type ColumnAggregates, type GroupPath, pathKey } from "../tree";
import type { RowsState } from "./rows";

interface Known {
  /** The refresh and the columns that they were asked for. */
  request: string;
  columns: ColumnAggregates;
}

export interface ColumnSource {
  readonly view: { current: Readable<View> };
  columnInfo(id: string): ColumnInfo;
}

/** Rows around those on screen, which are drawn too. */
const MARGIN = 6;

/** Of runs with the same attempt number there is no mean worth a look. */
const NOT_AGGREGATED: ReadonlySet<string> = new Set(["attributes.attempt"]);

export class AggregatesState {
  /** By the key of the group's path; `[]` is the whole view. */
  readonly current = new Observable<ReadonlyMap<string, ColumnAggregates>>(new Map());
  private readonly known = new Map<string, Known>();
  private range = { first: 0, last: -1 };
  private groupedBy = "";

  constructor(
    private readonly client: Client,
    private readonly rows: RowsState,
    private readonly source: ColumnSource,
  ) {}

  /** Says which rows are on screen. */
  show(first: number, last: number): void {
    this.range = { first, last };
    void this.update();
  }

  /** Asks for what is missing or outdated; never throws. */
  async update(): Promise<void> {
    this.forgetOtherGroups();
    await Promise.all([this.updateGroups(), this.updateWhole()]);
  }

  private async updateGroups(): Promise<void> {
    const columns = this.numericColumns();
    const request = this.requestOf(columns);
    const paths = this.visibleGroups().filter(
      (path) => this.known.get(pathKey(path))?.request !== request,
    );
    if (columns.length > 0 && paths.length > 0) await this.fetch("groups", columns, paths, request);
  }

  private async updateWhole(): Promise<void> {
    const { directions } = this.source.view.current.get();
    const columns = this.numericColumns().filter(
      (column) => directionOf(this.source.columnInfo(column), directions) !== "none",
    );
    const request = this.requestOf(columns);
    const isKnown = this.known.get(pathKey([]))?.request === request;
    if (columns.length > 0 && !isKnown) await this.fetch("whole", columns, [[]], request);
  }

  private async fetch(
    part: "groups" | "whole",
    columns: string[],
    paths: GroupPath[],
    request: string,
  ): Promise<void> {
    const { view, utc_offset } = this.rows.tree;
    const groupedBy = this.groupedBy;
    const args = { view, utc_offset, columns, paths: paths.map((path) => [...path]) };
    try {
      const reply = await this.client.latest(`aggregates ${part}`, "aggregates", args);
      if (groupedBy !== this.groupedBy) return;
      for (const { path, cells } of reply.groups) {
        const byColumn = new Map(columns.map((column, index) => [column, cells[index] ?? null]));
        this.known.set(pathKey(path), { request, columns: byColumn });
      }
      this.publish();
    } catch (reason) {
      // Groups without numbers can be read; they are asked for again with the next refresh.
      if (!(reason instanceof RequestError)) throw reason;
    }
  }

  private publish(): void {
    this.current.set(new Map([...this.known].map(([key, { columns }]) => [key, columns])));
  }

  private forgetOtherGroups(): void {
    const { group_by = [], group_options = {} } = this.rows.tree.view;
    const groupedBy = JSON.stringify([group_by, group_options]);
    if (groupedBy === this.groupedBy) return;
    this.groupedBy = groupedBy;
    this.known.clear();
    this.publish();
  }

  private requestOf(columns: readonly string[]): string {
    const { queryText, stamp } = this.rows.snapshot.get();
    return JSON.stringify([queryText, stamp, columns]);
  }

  private numericColumns(): string[] {
    return this.rows.snapshot
      .get()
      .columns.filter((id) => !NOT_AGGREGATED.has(id) && isNumber(this.source.columnInfo(id)));
  }

  private visibleGroups(): GroupPath[] {
    const { blocks } = this.rows.snapshot.get();
    const paths: GroupPath[] = [];
    const { first, last } = this.range;
    for (let index = first - MARGIN; index <= last + MARGIN; index += 1) {
      const row = blocks.at(index);
      if (row?.kind === "group") paths.push(row.path);
    }
    return paths;
  }
}

/** Which values of a column are good: as the view says, else as its name does. */
export function directionOf(info: ColumnInfo, directions: View["directions"]): Direction {
  return directions?.[info.id] ?? info.direction;
}

function isNumber({ type }: ColumnInfo): boolean {
  return type === "number" || type === "duration";
}

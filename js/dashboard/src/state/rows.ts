/** The rows on screen: fetched by window, replaced only when their successors are there. */

import type { Client } from "../client";
import { RequestError } from "../errors";
import { Observable } from "../observable";
import type { View } from "../protocol";
import { BLOCK, type BlockSpan, Blocks } from "./blocks";
import { queryOf } from "./view";

export interface RowsSnapshot {
  /** What the rows answer; another text means other rows or another order. */
  queryText: string;
  /** Counts changes of query or columns. */
  query: number;
  columns: readonly string[];
  blocks: Blocks;
  /** False until the first answer ever. */
  loaded: boolean;
  error: RequestError | null;
}

export class RowsState {
  readonly snapshot = new Observable<RowsSnapshot>({
    queryText: "",
    query: 0,
    columns: [],
    blocks: Blocks.empty,
    loaded: false,
    error: null,
  });
  private view: View = {};
  private columns: readonly string[] = [];
  private queryText: string | null = null;
  private query = 0;
  private stamp = 0;
  private range = { first: 0, last: BLOCK - 1 };

  constructor(private readonly client: Client) {}

  /** Shows other rows, another order or other columns; the old rows stay until they are there. */
  setQuery(view: View, columns: readonly string[]): Promise<void> {
    const text = queryOf(view);
    const sameColumns = columns.join("\n") === this.columns.join("\n");
    if (text === this.queryText && sameColumns) return Promise.resolve();
    if (text !== this.queryText) this.range = { first: 0, last: BLOCK - 1 };
    this.view = view;
    this.columns = columns;
    this.queryText = text;
    this.query += 1;
    return this.refresh();
  }

  /** Says which rows are on screen; fetches those that are not loaded. */
  show(first: number, last: number): void {
    this.range = { first, last };
    if (this.queryText !== null && this.isCurrent) void this.fill();
  }

  /** Fetches the visible rows anew. */
  refresh(): Promise<void> {
    if (this.queryText === null) return Promise.resolve();
    this.stamp += 1;
    return this.fill();
  }

  private get isCurrent(): boolean {
    return this.snapshot.get().query === this.query;
  }

  private async fill(): Promise<void> {
    const span = this.wanted();
    if (span === null) return;
    try {
      if (await this.fetch(span)) await this.fill();
    } catch (reason) {
      const error = RequestError.from(reason);
      if (!error.isQuiet) this.snapshot.update((snapshot) => ({ ...snapshot, error }));
    }
  }

  private wanted(): BlockSpan | null {
    const blocks = this.isCurrent ? this.snapshot.get().blocks : Blocks.empty;
    const end = this.isCurrent ? Math.max(0, blocks.total - 1) : this.range.last;
    const first = Math.min(this.range.first, end);
    const last = Math.min(this.range.last, end);
    const visible = blocks.missing(first, last, this.stamp);
    if (visible !== null || !this.isCurrent) return visible;
    return blocks.missing(Math.max(0, first - BLOCK), Math.min(end, last + BLOCK), 0);
  }

  /** Returns false when the answer came too late to be of use. */
  private async fetch(span: BlockSpan): Promise<boolean> {
    const { query, stamp, columns, queryText } = this;
    const reply = await this.client.latest("rows", "rows", {
      view: this.view,
      columns: [...columns],
      offset: span.first * BLOCK,
      limit: (span.last - span.first + 1) * BLOCK,
    });
    if (query !== this.query) return false;
    const base = this.isCurrent ? this.snapshot.get().blocks : Blocks.empty;
    const blocks = base.with(span, reply.rows, reply.total, stamp);
    this.snapshot.set({
      queryText: queryText ?? "",
      query,
      columns,
      blocks,
      loaded: true,
      error: null,
    });
    return true;
  }
}

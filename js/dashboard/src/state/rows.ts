/** The rows on screen: fetched by window, replaced only when their successors are there. */

import type { Client } from "../client";
import { RequestError } from "../errors";
import { Observable } from "../observable";
import type { Expansion, View } from "../protocol";
import { BLOCK, type BlockSpan, Blocks } from "./blocks";
import { queryOf, queryViewOf } from "./view";

export interface RowsSnapshot {
  /** What the rows answer; another text means other rows or another order. */
  queryText: string;
  /** Counts changes of query, open groups or columns. */
  query: number;
  /** Counts refreshes: how new the newest rows are. */
  stamp: number;
  /** What the cells of the rows stand for. */
  columns: readonly string[];
  blocks: Blocks;
  /** Runs that match, in open groups or not. */
  runs: number;
  /** False until the first answer ever. */
  loaded: boolean;
  error: RequestError | null;
}

/** Up to here all columns are fetched; of more, those in sight. */
const MAX_COLUMNS_AT_ONCE = 40;
const FIRST_COLUMNS = 24;
const ALL_CLOSED: Expansion = { all: false, paths: [] };

export class RowsState {
  readonly snapshot = new Observable<RowsSnapshot>({
    queryText: "",
    query: 0,
    stamp: 0,
    columns: [],
    blocks: Blocks.empty,
    runs: 0,
    loaded: false,
    error: null,
  });
  private view: View = {};
  private expansion = ALL_CLOSED;
  private shown: readonly string[] = [];
  private inSight: readonly string[] = [];
  private columns: readonly string[] = [];
  private queryText: string | null = null;
  private treeText = "";
  private query = 0;
  private stamp = 0;
  private range = { first: 0, last: BLOCK - 1 };

  constructor(private readonly client: Client) {}

  /** What names the visible tree in a request. */
  get tree(): { view: View; expanded: Expansion; utc_offset: number } {
    const { view, expansion } = this;
    return { view, expanded: expansion, utc_offset: -new Date().getTimezoneOffset() };
  }

  /**
   * Shows other rows, another order, other open groups or columns; the old rows stay until they
   * are there.
   */
  setQuery(view: View, columns: readonly string[], expansion = ALL_CLOSED): Promise<void> {
    const text = queryOf(view);
    const treeText = `${text} ${JSON.stringify(expansion)}`;
    this.shown = columns;
    this.view = queryViewOf(view);
    if (treeText === this.treeText && !this.lacksColumns) return Promise.resolve();
    if (text !== this.queryText) this.range = { first: 0, last: BLOCK - 1 };
    this.expansion = expansion;
    this.queryText = text;
    this.treeText = treeText;
    return this.renew();
  }

  /** Says which rows are on screen; fetches those that are not loaded. */
  show(first: number, last: number): void {
    this.range = { first, last };
    if (this.queryText !== null && this.isCurrent) void this.fill();
  }

  /** Says which columns are on screen, where there are too many to fetch all. */
  showColumns(columns: readonly string[]): void {
    this.inSight = columns;
    if (this.queryText !== null && this.lacksColumns) void this.renew();
  }

  /** Fetches the visible rows anew. */
  refresh(): Promise<void> {
    if (this.queryText === null) return Promise.resolve();
    this.stamp += 1;
    return this.fill();
  }

  private renew(): Promise<void> {
    this.columns = this.needed;
    this.query += 1;
    return this.refresh();
  }

  private get needed(): readonly string[] {
    if (this.shown.length <= MAX_COLUMNS_AT_ONCE) return this.shown;
    const inSight = new Set(this.inSight);
    const needed = this.shown.filter((column) => inSight.has(column));
    return needed.length > 0 ? needed : this.shown.slice(0, FIRST_COLUMNS);
  }

  private get lacksColumns(): boolean {
    const there = new Set(this.columns);
    return this.needed.some((column) => !there.has(column));
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
      ...this.tree,
      columns: [...columns],
      offset: span.first * BLOCK,
      limit: (span.last - span.first + 1) * BLOCK,
    });
    if (query !== this.query) return false;
    const base = this.isCurrent ? this.snapshot.get().blocks : Blocks.empty;
    this.snapshot.set({
      queryText: queryText ?? "",
      query,
      stamp,
      columns,
      blocks: base.with(span, reply.rows, reply.total, stamp),
      runs: reply.runs,
      loaded: true,
      error: null,
    });
    return true;
  }
}

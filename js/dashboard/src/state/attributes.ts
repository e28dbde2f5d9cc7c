/** All attributes that runs have, by pages: there may be very many metrics. */

import type { Client } from "../client";
import { RequestError } from "../errors";
import { Observable } from "../observable";
import { type ColumnInfo, MAX_COLUMN_PAGE, type View } from "../protocol";

export const KINDS = ["attributes", "params", "metrics", "tags"] as const;
export type Kind = (typeof KINDS)[number];

export interface AttributeQuery {
  search: string;
  /** Only those that differ between the runs of the view. */
  differing: boolean;
}

export interface AttributePages {
  query: AttributeQuery;
  /** How many there are of each kind, in the order of the kinds. */
  totals: ReadonlyMap<Kind, number>;
  total: number;
  pages: ReadonlyMap<number, readonly ColumnInfo[]>;
  loaded: boolean;
  error: RequestError | null;
}

const EVERYTHING: AttributeQuery = { search: "", differing: false };

export class AttributesState {
  readonly current = new Observable<AttributePages>({
    query: EVERYTHING,
    totals: new Map(),
    total: 0,
    pages: new Map(),
    loaded: false,
    error: null,
  });
  private query = EVERYTHING;
  private range = { first: 0, last: 0 };

  constructor(
    private readonly client: Client,
    private readonly view: View,
    private readonly onColumns: (columns: readonly ColumnInfo[]) => void,
  ) {}

  /** Looks for others; what was found before stays until they are there. */
  setQuery(query: AttributeQuery): Promise<void> {
    this.query = query;
    this.range = { first: 0, last: 0 };
    return this.fill();
  }

  /** Says which of them are in sight. */
  show(first: number, last: number): Promise<void> {
    this.range = { first, last };
    return this.isCurrent ? this.fill() : Promise.resolve();
  }

  at(index: number): ColumnInfo | undefined {
    const page = this.current.get().pages.get(Math.floor(index / MAX_COLUMN_PAGE));
    return page?.[index % MAX_COLUMN_PAGE];
  }

  /** The first columns of a kind that match, at most `limit` of them. */
  async allOf(kind: Kind, limit: number): Promise<ColumnInfo[]> {
    const found: ColumnInfo[] = [];
    let isWhole = false;
    while (!isWhole && found.length < limit) {
      const reply = await this.client.request("list_columns", {
        ...this.args(found.length, Math.min(MAX_COLUMN_PAGE, limit - found.length)),
        kinds: [kind],
      });
      found.push(...reply.columns);
      isWhole = reply.columns.length === 0 || found.length >= reply.total;
    }
    this.onColumns(found);
    return found;
  }

  private get isCurrent(): boolean {
    const { query, loaded } = this.current.get();
    return loaded && query === this.query;
  }

  private async fill(): Promise<void> {
    const page = this.missing();
    if (page === null) return;
    try {
      if (await this.fetch(page)) await this.fill();
    } catch (reason) {
      const error = RequestError.from(reason);
      if (!error.isQuiet) this.current.update((pages) => ({ ...pages, error }));
    }
  }

  private missing(): number | null {
    if (!this.isCurrent) return 0;
    const { pages, total } = this.current.get();
    const last = Math.floor(Math.min(this.range.last, total - 1) / MAX_COLUMN_PAGE);
    for (let page = Math.floor(this.range.first / MAX_COLUMN_PAGE); page <= last; page += 1) {
      if (!pages.has(page)) return page;
    }
    return null;
  }

  /** Returns false when the answer came too late to be of use. */
  private async fetch(page: number): Promise<boolean> {
    const { query } = this;
    const args = this.args(page * MAX_COLUMN_PAGE, MAX_COLUMN_PAGE);
    const reply = await this.client.latest("list_columns", "list_columns", args);
    if (query !== this.query) return false;
    this.onColumns(reply.columns);
    const pages = new Map(this.isCurrent ? this.current.get().pages : []);
    pages.set(page, reply.columns);
    const totals = new Map(KINDS.map((kind) => [kind, reply.totals[kind] ?? 0]));
    this.current.set({ query, totals, total: reply.total, pages, loaded: true, error: null });
    return true;
  }

  private args(offset: number, limit: number) {
    const { search, differing } = this.query;
    return { view: this.view, search, differing, kinds: [...KINDS], offset, limit };
  }
}

/** All that one displayed dashboard knows: the root of its state, one per view on the page. */

import type { Client } from "../client";
import { RequestError } from "../errors";
import { Observable } from "../observable";
import type {
  ColumnInfo,
  ColumnsResult,
  StoreResult,
  SummaryResult,
  TabName,
  View,
} from "../protocol";
import { AggregatesState } from "./aggregates";
import { DetailsState } from "./details";
import { DialogsState } from "./dialogs";
import { ExpansionState } from "./expansion";
import { ExperimentsState } from "./experiments";
import { FiltersState } from "./filters";
import { GroupMarksState } from "./groupMarks";
import { GroupsState } from "./groups";
import { MarksState } from "./marks";
import { RemovalState } from "./removal";
import { RowsState } from "./rows";
import { Throttle } from "./throttle";
import { queryOf, ViewState } from "./view";

export type TabId = TabName;

export const REFRESH_INTERVAL_MS = 1_000;

const NO_COLUMNS: ColumnsResult = { columns: [], default: [] };

export class Session {
  readonly view: ViewState;
  readonly filters: FiltersState;
  readonly groups: GroupsState;
  readonly rows: RowsState;
  readonly expansion = new ExpansionState();
  readonly marks: MarksState;
  readonly groupMarks: GroupMarksState;
  readonly aggregates: AggregatesState;
  readonly details = new DetailsState();
  readonly dialogs = new DialogsState();
  readonly removal: RemovalState;
  readonly experiments: ExperimentsState;
  readonly store = new Observable<StoreResult | null>(null);
  readonly summary = new Observable<SummaryResult | null>(null);
  readonly columns = new Observable<ColumnsResult>(NO_COLUMNS);
  /** Why the dashboard could not start; null once it has. */
  readonly startError = new Observable<RequestError | null>(null);
  readonly autoRefresh = new Observable(true);
  /** Of the grid where the dashboard fills its frame; null where people choose the height. */
  readonly filledHeight = new Observable<number | null>(null);
  /** The tab in front; kept in the view. */
  readonly tab = new Observable<TabId>("runs");
  /** Where this dashboard is a page of its own: its address, to which links lead. */
  readonly pageAddress = new Observable<string | null>(null);
  /** Counts refreshes, for parts that fetch for themselves. */
  readonly refreshes = new Observable(0);
  private readonly throttle = new Throttle(() => this.refresh(), REFRESH_INTERVAL_MS);
  private readonly stops: (() => void)[];
  private starting = false;
  private started = false;
  private missedChange = false;
  private readonly met = new Map<string, ColumnInfo>();
  private query = "";
  private usedColumns = "";
  private groupedBy = "";

  constructor(
    readonly client: Client,
    viewId: string,
    initial: View = {},
  ) {
    this.view = new ViewState(client, viewId, initial);
    this.filters = new FiltersState(this.view);
    this.groups = new GroupsState(this.view);
    this.rows = new RowsState(client);
    this.marks = new MarksState(client, this.view, this.rows);
    this.groupMarks = new GroupMarksState(client, this.rows, this.marks);
    this.aggregates = new AggregatesState(client, this.rows, this);
    this.removal = new RemovalState(
      client,
      () => this.refresh(),
      () => this.marks.clear(),
    );
    this.experiments = new ExperimentsState(client, this.view, this.removal);
    this.stops = [
      client.onChanged(() => this.onChanged()),
      client.onRecovered(() => this.retry()),
      this.view.current.subscribe(() => this.onViewChanged()),
      this.tab.subscribe(() => this.keepTab()),
      this.expansion.current.subscribe(() => void this.askRows()),
      this.rows.snapshot.subscribe(() => {
        void this.aggregates.update();
        void this.groupMarks.update();
      }),
    ];
  }

  async start(): Promise<void> {
    if (this.starting) return;
    this.starting = true;
    try {
      await this.view.load();
      await Promise.all([this.loadStore(), this.loadColumns(), this.loadSummary()]);
      this.groupedBy = groupingOf(this.view.current.get());
      this.started = true;
      this.startError.set(null);
      await this.askRows();
    } catch (reason) {
      const error = RequestError.from(reason);
      if (!error.isQuiet) this.startError.set(error);
    } finally {
      this.starting = false;
    }
  }

  /** Asks again for all that is on screen; never throws. */
  async refresh(): Promise<void> {
    if (!this.started) return;
    this.missedChange = false;
    const parts = [this.view.load(), this.loadColumns(), this.loadSummary()];
    await Promise.allSettled([...parts, this.rows.refresh()]);
    this.refreshes.update((count) => count + 1);
    await this.askRows();
  }

  retry(): void {
    if (this.started) this.throttle.trigger();
    else void this.start();
  }

  setAutoRefresh(on: boolean): void {
    this.autoRefresh.set(on);
    if (on && this.missedChange) this.throttle.trigger();
  }

  /** Shows the runs marked as deleted, or the active ones; none of the others stays selected. */
  showDeleted(on: boolean): void {
    this.view.update({ deleted: on || undefined, selected: undefined });
  }

  /** Shows runs side by side: those given or, with null, those selected. */
  compare(runIds: readonly string[] | null): void {
    const compare = runIds === null ? undefined : [...runIds];
    this.view.update({ compare, tab: "compare", run: undefined });
  }

  /** Opens the page of a run over the dashboard, or closes it. */
  openRun(runId: string | null): void {
    this.view.update({ run: runId ?? undefined });
  }

  /** Shows the runs of all experiments that used some data. */
  showRunsWithData(digest: string): void {
    const text = digest.replace(/(['\\])/g, "\\$1");
    this.view.update({
      search: text === digest ? `datasets.digest = '${digest}'` : `datasets.digest = E'${text}'`,
      experiments: undefined,
      filters: undefined,
      group_by: undefined,
      selected: undefined,
      tab: undefined,
      run: undefined,
    });
  }

  /** The columns on screen, in order. */
  shownColumns(): string[] {
    return this.view.current.get().columns ?? this.columns.get().default;
  }

  columnInfo(id: string): ColumnInfo {
    const known = this.columns.get().columns.find((column) => column.id === id);
    return known ?? this.met.get(id) ?? unknownColumn(id);
  }

  /** Remembers columns that were met in a list of all. */
  meet(columns: readonly ColumnInfo[]): void {
    for (const column of columns) this.met.set(column.id, column);
  }

  close(): void {
    for (const stop of this.stops) stop();
    this.throttle.close();
    this.view.close();
    this.client.close();
  }

  private onChanged(): void {
    if (this.autoRefresh.get()) this.throttle.trigger();
    else this.missedChange = true;
  }

  private keepTab(): void {
    const tab = this.tab.get();
    if (tab === (this.view.current.get().tab ?? "runs")) return;
    this.view.update({ tab: tab === "runs" ? undefined : tab });
  }

  private onViewChanged(): void {
    this.tab.set(this.view.current.get().tab ?? "runs");
    if (!this.started) return;
    const view = this.view.current.get();
    this.forgetOtherGroups();
    void this.askRows();
    void this.groupMarks.update();
    const query = queryOf(view);
    if (query !== this.query) void this.loadSummary().catch(ignoreRequestError);
    this.query = query;
    const used = JSON.stringify(columnsOf(view));
    if (used !== this.usedColumns) void this.loadColumns().catch(ignoreRequestError);
    this.usedColumns = used;
  }

  /** Summary and columns are those of all runs in view, whatever is being searched for. */
  private searchless(): View {
    const { search: _search, ...view } = this.view.current.get();
    return view;
  }

  private askRows(): Promise<void> {
    if (!this.started) return Promise.resolve();
    const expansion = this.expansion.current.get();
    return this.rows.setQuery(this.view.current.get(), this.shownColumns(), expansion);
  }

  /** Groups by other columns have other paths. */
  private forgetOtherGroups(): void {
    const groupedBy = groupingOf(this.view.current.get());
    if (groupedBy !== this.groupedBy) this.expansion.collapseAll();
    this.groupedBy = groupedBy;
  }

  private async loadStore(): Promise<void> {
    this.store.set(await this.client.request("store", {}));
  }

  private async loadColumns(): Promise<void> {
    const view = this.searchless();
    const result = await this.client.latest("columns", "columns", { view });
    if (JSON.stringify(result) !== JSON.stringify(this.columns.get())) this.columns.set(result);
  }

  private async loadSummary(): Promise<void> {
    const view = this.searchless();
    this.summary.set(await this.client.latest("summary", "summary", { view }));
  }
}

/** A column that no run has, or not yet. */
function unknownColumn(id: string): ColumnInfo {
  const label = id.slice(id.indexOf(".") + 1);
  return { id, label, type: "text", operators: [], direction: "none" };
}

/** The columns that a view is about, which is what their descriptions are needed for. */
function columnsOf({ columns = [], sort = [], group_by = [], filters = [] }: View): string[] {
  const others = [...sort, ...filters].map(({ column }) => column);
  return [...new Set([...columns, ...group_by, ...others])].sort();
}

/** A strip that could not be renewed keeps what it shows. */
function ignoreRequestError(reason: unknown): void {
  if (!(reason instanceof RequestError)) throw reason;
}

function groupingOf(view: View): string {
  return (view.group_by ?? []).join("\n");
}

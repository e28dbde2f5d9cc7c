/** Which rows are open, and how each of them is shown. */

import { Observable } from "../observable";

export const MIN_DETAIL_HEIGHT = 120;

/** Bounds of a height that follows from the content; by hand it can be made any other. */
const FITTED = { minimum: 160, maximum: 360 };
const FIRST_TAB = "overview";

export interface OpenDetail {
  height: number;
  /** Whether the height is more than a guess. */
  isSettled: boolean;
  tab: string;
}

export type OpenDetails = ReadonlyMap<string, OpenDetail>;

/** Heights of one run's details, kept while they are closed. */
interface Heights {
  /** By tab, as its content needs it. */
  fitted: Map<string, number>;
  chosen: number | null;
}

export class DetailsState {
  readonly open = new Observable<OpenDetails>(new Map());
  /** The run to go to; another object for each time. */
  readonly target = new Observable<{ runId: string } | null>(null);
  /** The tab in front on the page of a run. */
  readonly pageTab = new Observable(FIRST_TAB);
  /** What is being typed about runs, by run and field: it outlives what shows it. */
  readonly drafts = new Map<string, unknown>();
  private readonly heights = new Map<string, Heights>();
  /** What the last run's details needed: the best guess until others are there. */
  private usualHeight = 240;

  isOpen(runId: string): boolean {
    return this.open.get().has(runId);
  }

  toggle(runId: string, open = !this.isOpen(runId)): void {
    if (open === this.isOpen(runId)) return;
    this.change((details) => {
      if (open) {
        const height = this.heightOf(runId, FIRST_TAB);
        details.set(runId, {
          height: height ?? this.usualHeight,
          isSettled: height !== null,
          tab: FIRST_TAB,
        });
      } else details.delete(runId);
    });
  }

  /** Opens a run that is among the rows, and goes there. */
  goTo(runId: string): void {
    this.toggle(runId, true);
    this.target.set({ runId });
  }

  select(runId: string, tab: string): void {
    const height = this.heightOf(runId, tab);
    this.set(runId, height === null ? { tab } : { tab, height, isSettled: true });
  }

  /** Takes the height that the chosen tab's content needs; only the first time. */
  fit(runId: string, needed: number): void {
    const tab = this.open.get().get(runId)?.tab;
    if (tab === undefined || this.heightOf(runId, tab) !== null) return;
    const height = Math.ceil(Math.max(FITTED.minimum, Math.min(FITTED.maximum, needed)));
    this.heightsOf(runId).fitted.set(tab, height);
    if (tab === FIRST_TAB) this.usualHeight = height;
    this.set(runId, { height, isSettled: true });
  }

  /** Sets a height for all tabs of a run. */
  resize(runId: string, height: number): void {
    this.heightsOf(runId).chosen = height;
    this.set(runId, { height, isSettled: true });
  }

  private heightOf(runId: string, tab: string): number | null {
    const heights = this.heights.get(runId);
    return heights?.chosen ?? heights?.fitted.get(tab) ?? null;
  }

  private heightsOf(runId: string): Heights {
    const heights = this.heights.get(runId) ?? { fitted: new Map(), chosen: null };
    this.heights.set(runId, heights);
    return heights;
  }

  private set(runId: string, patch: Partial<OpenDetail>): void {
    this.change((details) => {
      const detail = details.get(runId);
      if (detail !== undefined) details.set(runId, { ...detail, ...patch });
    });
  }

  private change(edit: (details: Map<string, OpenDetail>) => void): void {
    const details = new Map(this.open.get());
    edit(details);
    this.open.set(details);
  }
}

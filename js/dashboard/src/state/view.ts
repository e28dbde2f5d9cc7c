/** The view (search, sort, columns, ...): kept with the store, changed here or from Python. */

import type { Client } from "../client";
import { RequestError } from "../errors";
import { Observable } from "../observable";
import type { View } from "../protocol";

const SAVE_DELAY_MS = 300;

/** Keys to change; undefined takes one away. */
export type ViewPatch = { [Key in keyof View]?: View[Key] | undefined };

/**
 * Only what was changed here is written over what is stored, so that changes made meanwhile by
 * Python or by another page stay.
 */
export class ViewState {
  readonly current = new Observable<View>({});
  private timer: ReturnType<typeof setTimeout> | null = null;
  /** Changes made here that are not stored yet: those waiting, and those on their way. */
  private waiting: ViewPatch = {};
  private sending: ViewPatch = {};
  private saving: Promise<void> | null = null;
  /** Counts saves: what was read before one may be outdated after it. */
  private saves = 0;

  constructor(
    private readonly client: Client,
    readonly viewId: string,
    /** What a view is that nobody has changed yet. */
    private readonly initial: View = {},
  ) {}

  /** Reads the stored view; changes made here that are still on their way remain. */
  async load(): Promise<void> {
    if (this.viewId === "") return;
    const { saves } = this;
    const { view } = await this.client.latest("view", "view", { view_id: this.viewId });
    if (saves === this.saves) this.follow(this.orInitial(view));
  }

  update(patch: ViewPatch): void {
    this.waiting = { ...this.waiting, ...patch };
    this.current.set(patched(this.current.get(), patch));
    this.scheduleSave();
  }

  /** Stores now what was changed; never throws. */
  async flush(): Promise<void> {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    if (this.viewId !== "") await this.save();
  }

  close(): void {
    if (this.timer === null) return;
    clearTimeout(this.timer);
    this.timer = null;
    const args = { view_id: this.viewId, view: this.current.get() };
    this.client.request("set_view", args).catch(ignoreRequestError);
  }

  private orInitial(stored: View): View {
    return Object.keys(stored).length > 0 ? stored : this.initial;
  }

  private follow(stored: View): void {
    const view = patched(patched(stored, this.sending), this.waiting);
    if (!sameView(view, this.current.get())) this.current.set(view);
  }

  private scheduleSave(): void {
    if (this.viewId === "") return;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.timer = null;
      void this.save();
    }, SAVE_DELAY_MS);
  }

  private save(): Promise<void> {
    this.saving ??= this.storeAll().finally(() => {
      this.saving = null;
    });
    return this.saving;
  }

  private async storeAll(): Promise<void> {
    let isStored = true;
    while (isStored && this.timer === null && Object.keys(this.waiting).length > 0) {
      isStored = await this.store();
    }
  }

  private async store(): Promise<boolean> {
    this.sending = this.waiting;
    this.waiting = {};
    try {
      const { view } = await this.client.request("view", { view_id: this.viewId });
      const stored = this.orInitial(view);
      this.follow(stored);
      const next = patched(stored, this.sending);
      await this.client.request("set_view", { view_id: this.viewId, view: next });
      return true;
    } catch (reason) {
      // The view on screen stays right; what is not stored goes with the next change.
      ignoreRequestError(reason);
      this.waiting = { ...this.sending, ...this.waiting };
      return false;
    } finally {
      this.saves += 1;
      this.sending = {};
    }
  }
}

function patched(view: View, patch: ViewPatch): View {
  const next = Object.entries({ ...view, ...patch }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(next);
}

function ignoreRequestError(reason: unknown): void {
  if (!(reason instanceof RequestError)) throw reason;
}

/** Equal whatever the order of keys, since the store need not keep it. */
export function sameView(left: View, right: View): boolean {
  return canonical(left) === canonical(right);
}

/** What a view says of how rows are shown, not of which. */
const NOT_OF_THE_QUERY: ReadonlySet<string> = new Set<keyof View>([
  "columns",
  "pinned",
  "widths",
  "directions",
  "hidden",
  "selected",
  "sidebar",
  "height",
  "tab",
  "run",
  "compare",
]);

/** The part of a view that decides which rows there are and in which order. */
export function queryViewOf(view: View): View {
  return Object.fromEntries(Object.entries(view).filter(([key]) => !NOT_OF_THE_QUERY.has(key)));
}

/** Equal for views that differ only in how rows are shown. */
export function queryOf(view: View): string {
  return canonical(queryViewOf(view));
}

function canonical(view: View): string {
  return JSON.stringify(Object.entries(view).sort(([left], [right]) => (left < right ? -1 : 1)));
}

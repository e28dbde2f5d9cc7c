/** The view (search, sort, columns, ...): kept with the store, changed here or from Python. */

import type { Client } from "../client";
import { RequestError } from "../errors";
import { Observable } from "../observable";
import type { View } from "../protocol";

const SAVE_DELAY_MS = 300;

export class ViewState {
  readonly current = new Observable<View>({});
  private timer: ReturnType<typeof setTimeout> | null = null;
  private unsaved = 0;

  constructor(
    private readonly client: Client,
    private readonly viewId: string,
  ) {}

  /** Reads the stored view, unless a change made here is still on its way to the store. */
  async load(): Promise<void> {
    if (this.viewId === "" || this.unsaved > 0) return;
    const { view } = await this.client.latest("view", "view", { view_id: this.viewId });
    if (this.unsaved === 0 && !sameView(view, this.current.get())) this.current.set(view);
  }

  update(patch: { [Key in keyof View]?: View[Key] | undefined }): void {
    const next = { ...this.current.get(), ...patch } as Record<string, unknown>;
    for (const key of Object.keys(next)) if (next[key] === undefined) delete next[key];
    this.current.set(next as View);
    this.scheduleSave();
  }

  close(): void {
    if (this.timer === null) return;
    clearTimeout(this.timer);
    this.timer = null;
    void this.save();
  }

  private scheduleSave(): void {
    if (this.viewId === "") return;
    if (this.timer === null) this.unsaved += 1;
    else clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.timer = null;
      void this.save();
    }, SAVE_DELAY_MS);
  }

  private async save(): Promise<void> {
    try {
      const args = { view_id: this.viewId, view: this.current.get() };
      await this.client.latest("set_view", "set_view", args);
    } catch (reason) {
      // The view on screen stays right; only its memory is lost until the next change.
      if (!(reason instanceof RequestError)) throw reason;
    } finally {
      this.unsaved -= 1;
    }
  }
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

/** Which experiments are shown, and changes of the list of them. */

import type { Client } from "../client";
import { RequestError } from "../errors";
import type { View } from "../protocol";
import { countOf, type RemovalState } from "./removal";
import type { ViewPatch, ViewState } from "./view";

export interface ExperimentRef {
  experimentId: number;
  name: string;
  runs: number;
}

/** What is remembered of a view for the experiment that it shows. */
const KEPT = [
  "columns",
  "sort",
  "group_by",
  "group_options",
  "filters",
  "pinned",
  "widths",
  "directions",
] as const satisfies readonly (keyof View)[];

export class ExperimentsState {
  constructor(
    private readonly client: Client,
    private readonly view: ViewState,
    private readonly removal: RemovalState,
  ) {}

  /** Ids; none means all. */
  get shown(): readonly number[] {
    return this.view.current.get().experiments ?? [];
  }

  showAll(): void {
    this.view.update({ experiments: undefined, selected: undefined });
  }

  /** Shows one alone, as it was left when it was last seen alone. */
  async showOnly(experimentId: number): Promise<void> {
    await this.view.flush();
    const remembered = await this.remembered(experimentId);
    this.view.update({ experiments: [experimentId], selected: undefined, ...remembered });
  }

  async toggle(experimentId: number, on: boolean): Promise<void> {
    const others = this.shown.filter((other) => other !== experimentId);
    const next = on ? [...others, experimentId] : others;
    const [only] = next;
    if (next.length === 1 && only !== undefined) await this.showOnly(only);
    else if (next.length === 0) this.showAll();
    else this.view.update({ experiments: next, selected: undefined });
  }

  async create(name: string): Promise<void> {
    const { experiment_id } = await this.client.request("create_experiment", { name });
    await this.showOnly(experiment_id);
  }

  async rename(experimentId: number, name: string): Promise<void> {
    await this.client.request("rename_experiment", { experiment_id: experimentId, name });
  }

  remove(experiment: ExperimentRef): Promise<void> {
    const { experimentId, name, runs } = experiment;
    return this.removal.attempt(`delete ${name}`, async () => {
      await this.client.request("delete_experiment", { experiment_id: experimentId });
      if (this.shown.includes(experimentId)) await this.toggle(experimentId, false);
      this.removal.notice.set({
        kind: "done",
        text: `Deleted ${name} with ${countOf(runs)}`,
        undo: () => this.restore(experiment),
      });
    });
  }

  restore({ experimentId, name }: ExperimentRef): Promise<void> {
    return this.removal.attempt(`restore ${name}`, async () => {
      await this.client.request("restore_experiment", { experiment_id: experimentId });
      this.removal.notice.set({ kind: "done", text: `Restored ${name}` });
    });
  }

  private async remembered(experimentId: number): Promise<ViewPatch> {
    try {
      const { view } = await this.client.request("view", { view_id: `experiment:${experimentId}` });
      return Object.fromEntries(KEPT.map((key) => [key, view[key]]));
    } catch (reason) {
      // Seen for the first time, or out of reach: the columns stay as they are.
      if (!(reason instanceof RequestError)) throw reason;
      return {};
    }
  }
}

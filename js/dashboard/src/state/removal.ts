/** Delete with a question, undo, and restore: of one run, or of all that are selected. */

import type { Client } from "../client";
import { RequestError } from "../errors";
import { Observable } from "../observable";
import type { ChangedRunsResult, RestoreArgs, RunsArgs } from "../protocol";

export interface RunRef {
  runId: string;
  runName: string;
}

/** Several runs, as requests name them. */
export interface RunSet {
  args: RunsArgs;
  count: number;
}

export interface Notice {
  kind: "done" | "failed";
  text: string;
  undo?: () => Promise<void>;
}

/** What is to be deleted; a name where it is one run. */
export interface RemovalQuestion extends RunSet {
  name: string | null;
}

export class RemovalState {
  /** The runs whose deletion is being asked about. */
  readonly question = new Observable<RemovalQuestion | null>(null);
  readonly notice = new Observable<Notice | null>(null);

  constructor(
    private readonly client: Client,
    private readonly onDone: () => Promise<void>,
    /** Called when runs have changed their place, so that none stays selected. */
    private readonly onMoved: () => void = () => {},
  ) {}

  ask(run: RunRef): void {
    this.question.set(single(run));
  }

  askAll(runs: RunSet): void {
    this.question.set({ ...runs, name: null });
  }

  cancel(): void {
    this.question.set(null);
  }

  async confirm(): Promise<void> {
    const asked = this.question.get();
    this.question.set(null);
    if (asked === null) return;
    await this.attempt(`delete ${wordsOf(asked)}`, async () => {
      const reply = await this.client.request("delete", asked.args);
      if (asked.name === null) this.onMoved();
      const what = asked.name ?? countOf(reply.count);
      this.notice.set({
        kind: "done",
        text: `Deleted ${what}`,
        undo: () => this.put(undoing(asked, reply), asked),
      });
    });
  }

  restore(run: RunRef): Promise<void> {
    const asked = single(run);
    return this.put(asked.args, asked);
  }

  async restoreAll(runs: RunSet): Promise<void> {
    await this.put(runs.args, { ...runs, name: null });
    this.onMoved();
  }

  /** Does something, and says it where it failed. */
  async attempt(what: string, action: () => Promise<unknown>): Promise<void> {
    try {
      await action();
    } catch (reason) {
      const error = RequestError.from(reason);
      if (error.isQuiet) return;
      this.notice.set({ kind: "failed", text: `Could not ${what}: ${error.message}` });
    }
    await this.onDone();
  }

  private put(args: RestoreArgs, asked: RemovalQuestion): Promise<void> {
    return this.attempt(`restore ${wordsOf(asked)}`, async () => {
      const { count } = await this.client.request("restore", args);
      this.notice.set({ kind: "done", text: `Restored ${asked.name ?? countOf(count)}` });
    });
  }
}

function single({ runId, runName }: RunRef): RemovalQuestion {
  return { args: { run_ids: [runId] }, count: 1, name: runName };
}

/** Brings back what a deletion has really marked, and no run that was deleted before. */
function undoing({ args }: RemovalQuestion, reply: ChangedRunsResult): RestoreArgs {
  return reply.deletion === undefined ? args : { deletion: reply.deletion };
}

function wordsOf({ name, count }: RemovalQuestion): string {
  return name ?? countOf(count);
}

export function countOf(runs: number): string {
  return `${runs.toLocaleString("en-US")} ${runs === 1 ? "run" : "runs"}`;
}

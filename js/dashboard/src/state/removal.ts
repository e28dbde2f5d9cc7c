/** Delete with a question, undo, and restore of single runs. */

import type { Client } from "../client";
import { RequestError } from "../errors";
import { Observable } from "../observable";

export interface RunRef {
  runId: string;
  runName: string;
}

export interface Notice {
  kind: "done" | "failed";
  text: string;
  undo?: () => Promise<void>;
}

export class RemovalState {
  /** The run whose deletion is being asked about. */
  readonly question = new Observable<RunRef | null>(null);
  readonly notice = new Observable<Notice | null>(null);

  constructor(
    private readonly client: Client,
    private readonly onDone: () => Promise<void>,
  ) {}

  ask(run: RunRef): void {
    this.question.set(run);
  }

  cancel(): void {
    this.question.set(null);
  }

  async confirm(): Promise<void> {
    const run = this.question.get();
    this.question.set(null);
    if (run === null) return;
    await this.change("delete", run, {
      kind: "done",
      text: `Deleted ${run.runName}`,
      undo: () => this.restore(run),
    });
  }

  async restore(run: RunRef): Promise<void> {
    await this.change("restore", run, { kind: "done", text: `Restored ${run.runName}` });
  }

  private async change(op: "delete" | "restore", run: RunRef, done: Notice): Promise<void> {
    try {
      await this.client.request(op, { run_ids: [run.runId] });
      this.notice.set(done);
    } catch (reason) {
      const error = RequestError.from(reason);
      if (error.isQuiet) return;
      this.notice.set({ kind: "failed", text: `Could not ${op} ${run.runName}: ${error.message}` });
    }
    await this.onDone();
  }
}

/** What goes on in the server's store, for what JupyterLab shows outside of dashboards. */

import { Client } from "../../dashboard/src/client";
import { RequestError } from "../../dashboard/src/errors";
import { Observable } from "../../dashboard/src/observable";
import type { ActivityResult } from "../../dashboard/src/protocol";
import { headersFor, pageServer, serverUrl } from "../../dashboard/src/server";
import { Throttle } from "../../dashboard/src/state/throttle";
import { wiresTo } from "../../dashboard/src/wires";

const INTERVAL_MS = 1_000;

export class StoreWatch {
  readonly client = new Client(wiresTo(null));
  /** Null as long as no server has answered. */
  readonly activity = new Observable<ActivityResult | null>(null);
  /** Counts the times that something may have changed. */
  readonly changes = new Observable(0);
  private readonly throttle = new Throttle(() => this.refresh(), INTERVAL_MS);
  private root: Promise<string | null> | null = null;

  constructor() {
    this.client.onChanged(() => this.throttle.trigger());
    this.client.onRecovered(() => this.throttle.trigger());
  }

  /** The path by which runs know a notebook; null where the server does not say its folder. */
  async notebookPath(localPath: string): Promise<string | null> {
    const root = await this.rootFolder();
    if (root === null) return null;
    const separator = root.includes("\\") ? "\\" : "/";
    const parts = localPath.split("/").filter((part) => part !== "");
    return [root.replace(/[\\/]+$/, ""), ...parts].join(separator);
  }

  /** The path by which JupyterLab knows a notebook; null for one that is elsewhere. */
  async localPath(notebook: string): Promise<string | null> {
    const root = await this.rootFolder();
    if (root === null) return null;
    const separator = root.includes("\\") ? "\\" : "/";
    const folder = `${root.replace(/[\\/]+$/, "")}${separator}`;
    if (!notebook.startsWith(folder)) return null;
    return notebook.slice(folder.length).replaceAll(separator, "/");
  }

  private rootFolder(): Promise<string | null> {
    this.root ??= askRoot().catch(() => {
      this.root = null;
      return null;
    });
    return this.root;
  }

  private async refresh(): Promise<void> {
    try {
      this.activity.set(await this.client.request("activity", {}));
    } catch (reason) {
      if (!(reason instanceof RequestError)) throw reason;
      this.activity.set(null);
    }
    this.changes.update((count) => count + 1);
  }
}

async function askRoot(): Promise<string | null> {
  const server = pageServer();
  if (server === null) return null;
  const response = await fetch(serverUrl(server, "api/info"), {
    credentials: "same-origin",
    headers: headersFor(server),
  });
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  const { root } = (await response.json()) as { root?: unknown };
  return typeof root === "string" ? root : null;
}

/** The transport of pages that a Jupyter Server answers: requests by HTTP, changes by asking. */

import { PROTOCOL_VERSION, type Request } from "./protocol";
import type { Transport } from "./transport";

/** Sends one request and returns the reply's body; rejects when the server does not answer. */
export type Post = (request: Request) => Promise<unknown>;

export const WATCH_INTERVAL_MS = 1_000;
export const HIDDEN_INTERVAL_MS = 10_000;

export class HttpTransport implements Transport {
  private readonly messageHandlers = new Set<(message: unknown) => void>();
  private readonly breakHandlers = new Set<() => void>();
  private timer: ReturnType<typeof setTimeout> | null = null;
  /** The last one told; before the first look, the oldest that any answer was about. */
  private revision: number | null = null;
  private hasLooked = false;
  private broken = false;
  private closed = false;

  constructor(private readonly post: Post) {
    this.scheduleWatch();
  }

  send(request: Request): void {
    if (this.broken) throw new Error("the server does not answer");
    this.post(request).then(
      (reply) => {
        if (!this.hasLooked) this.revision = older(this.revision, revisionOf(reply));
        this.deliver(reply);
      },
      () => this.setBroken(true),
    );
  }

  onMessage(handler: (message: unknown) => void): () => void {
    this.messageHandlers.add(handler);
    return () => this.messageHandlers.delete(handler);
  }

  onBreak(handler: () => void): () => void {
    this.breakHandlers.add(handler);
    return () => this.breakHandlers.delete(handler);
  }

  close(): void {
    this.closed = true;
    if (this.timer !== null) clearTimeout(this.timer);
    this.messageHandlers.clear();
    this.breakHandlers.clear();
  }

  private scheduleWatch(): void {
    if (this.closed) return;
    const hidden = document.visibilityState === "hidden";
    this.timer = setTimeout(
      () => void this.watch(),
      hidden ? HIDDEN_INTERVAL_MS : WATCH_INTERVAL_MS,
    );
  }

  private async watch(): Promise<void> {
    const request: Request = { v: PROTOCOL_VERSION, id: "watch", op: "store", args: {} };
    try {
      const revision = revisionOf(await this.post(request));
      this.setBroken(false);
      if (revision !== null && this.revision !== null && revision !== this.revision)
        this.deliver({ event: "changed", revision });
      this.revision = revision ?? this.revision;
      this.hasLooked = true;
    } catch {
      this.setBroken(true);
    }
    this.scheduleWatch();
  }

  private deliver(message: unknown): void {
    for (const handler of [...this.messageHandlers]) handler(message);
  }

  private setBroken(broken: boolean): void {
    if (broken === this.broken) return;
    this.broken = broken;
    for (const handler of [...this.breakHandlers]) handler();
  }
}

function older(left: number | null, right: number | null): number | null {
  return left === null || right === null ? (left ?? right) : Math.min(left, right);
}

/** The store's revision in a reply, or null where there is none. */
function revisionOf(reply: unknown): number | null {
  const result = (reply as { result?: { revision?: unknown } } | null)?.result;
  return typeof result?.revision === "number" ? result.revision : null;
}

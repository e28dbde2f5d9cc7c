/** The wire to a Jupyter Server: requests by HTTP, changes by asking for the revision. */

import { isReply, revisionOf } from "./messages";
import { Observable } from "./observable";
import { PROTOCOL_VERSION, type Request, type StoreResult } from "./protocol";
import type { Wire, WireState } from "./transport";

/** Why a post was rejected by a server that can be reached: it has no such address, or a login. */
export class Refused extends Error {}

/** Sends one request and returns the reply's body; rejects when the server does not answer. */
export type Post = (request: Request, signal: AbortSignal) => Promise<unknown>;

export const WATCH_INTERVAL_MS = 1_000;
export const HIDDEN_INTERVAL_MS = 10_000;
/** An answer that comes later than this is no longer waited for. */
export const ANSWER_TIMEOUT_MS = 60_000;
const LOOK_TIMEOUT_MS = 10_000;
/** How long the first look may take before other wires are used meanwhile. */
const UNDECIDED_MS = 1_500;
/** Pauses between looks at a server that does not answer, or has another store. */
const AWAY_PAUSES_MS = [1_000, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000];
const OTHER_STORE_PAUSE_MS = 30_000;

export class HttpWire implements Wire {
  readonly name = "server";
  readonly state = new Observable<WireState>("unknown");
  private readonly handlers = new Set<(message: unknown) => void>();
  private readonly closing = new AbortController();
  private readonly undecided: ReturnType<typeof setTimeout>;
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** The last one told; before the first look, the oldest that any answer was about. */
  private revision: number | null = null;
  private hasLooked = false;
  private isLooking = false;
  private failures = 0;

  /** Without a `storeId`, the server may have any store. */
  constructor(
    private readonly post: Post,
    private readonly storeId: string | null = null,
  ) {
    this.undecided = setTimeout(() => {
      if (this.state.get() === "unknown") this.state.set("silent");
    }, UNDECIDED_MS);
    const wake = () => {
      if (document.visibilityState !== "hidden") this.look();
    };
    document.addEventListener("visibilitychange", wake, { signal: this.closing.signal });
    window.addEventListener("online", wake, { signal: this.closing.signal });
    window.addEventListener("pageshow", wake, { signal: this.closing.signal });
    this.look();
  }

  send(request: Request): void {
    this.ask(request, ANSWER_TIMEOUT_MS).then(
      (reply) => {
        if (!this.hasLooked) this.revision = older(this.revision, revisionOf(reply));
        this.deliver(reply);
      },
      (reason) => {
        this.fail(reason instanceof Refused ? "down" : "away");
        this.look();
      },
    );
  }

  onMessage(handler: (message: unknown) => void): () => void {
    this.handlers.add(handler);
    return () => this.handlers.delete(handler);
  }

  look(): void {
    if (this.isLooking || this.closing.signal.aborted) return;
    clearTimeout(this.timer);
    this.isLooking = true;
    void this.watch().then((pause) => {
      this.isLooking = false;
      if (this.closing.signal.aborted) return;
      this.timer = setTimeout(() => this.look(), pause);
    });
  }

  /** What was sent goes on its way: the view as it was left, among others. */
  close(): void {
    this.closing.abort();
    clearTimeout(this.timer);
    clearTimeout(this.undecided);
    this.handlers.clear();
  }

  /** Looks once and returns how long to wait until the next look. */
  private async watch(): Promise<number> {
    const request: Request = { v: PROTOCOL_VERSION, id: "watch", op: "store", args: {} };
    try {
      const reply = await this.ask(request, LOOK_TIMEOUT_MS);
      const store = storeOf(reply);
      if (store === null || (this.storeId !== null && store.store_id !== this.storeId)) {
        this.fail("down");
        return store === null ? this.pause() : OTHER_STORE_PAUSE_MS;
      }
      this.failures = 0;
      this.state.set("up");
      this.tell(store.revision);
      return document.visibilityState === "hidden" ? HIDDEN_INTERVAL_MS : WATCH_INTERVAL_MS;
    } catch (reason) {
      this.fail(reason instanceof Refused ? "down" : "away");
      return this.pause();
    }
  }

  private tell(revision: number): void {
    if (this.revision !== null && revision !== this.revision)
      this.deliver({ event: "changed", revision });
    this.revision = revision;
    this.hasLooked = true;
  }

  private fail(state: "down" | "away"): void {
    if (!this.closing.signal.aborted) this.state.set(state);
  }

  private pause(): number {
    const pause = AWAY_PAUSES_MS[this.failures] ?? AWAY_PAUSES_MS.at(-1) ?? 0;
    this.failures += 1;
    return pause;
  }

  private ask(request: Request, timeoutMs: number): Promise<unknown> {
    return this.post(request, AbortSignal.timeout(timeoutMs));
  }

  private deliver(message: unknown): void {
    for (const handler of [...this.handlers]) handler(message);
  }
}

function older(left: number | null, right: number | null): number | null {
  return left === null || right === null ? (left ?? right) : Math.min(left, right);
}

function storeOf(reply: unknown): StoreResult | null {
  if (!isReply(reply) || !reply.ok) return null;
  const store = reply.result as Partial<StoreResult> | null;
  const isStore = typeof store?.store_id === "string" && typeof store.revision === "number";
  return isStore ? (store as StoreResult) : null;
}

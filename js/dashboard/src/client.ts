/** Requests and replies over a transport: every request settles, by reply, time-out or close. */

import { RequestError } from "./errors";
import { Lanes } from "./lanes";
import { Observable } from "./observable";
import {
  type ChangedEvent,
  type ErrorReply,
  type Operations,
  PROTOCOL_VERSION,
  type SuccessReply,
} from "./protocol";
import type { Transport } from "./transport";

export type Operation = keyof Operations;
export type Args<Op extends Operation> = Operations[Op]["args"];
export type Result<Op extends Operation> = Operations[Op]["result"];

/**
 * `waiting`: an answer is overdue, as when a kernel without subshells runs a cell.
 * `lost`: the other side has gone; whatever arrives makes it `live` again.
 */
export type LinkState = "live" | "waiting" | "lost";

export interface ClientOptions {
  timeoutMs?: number;
  overdueMs?: number;
}

export interface RequestOptions {
  signal?: AbortSignal | undefined;
}

interface Pending {
  settle(reply: SuccessReply | RequestError): void;
}

export class Client {
  readonly link = new Observable<LinkState>("live");
  private readonly pending = new Map<string, Pending>();
  private readonly expired = new Set<string>();
  private readonly lanes = new Lanes();
  private readonly changedHandlers = new Set<(revision: number) => void>();
  private readonly recoveredHandlers = new Set<() => void>();
  /** Unlike that of any other client on the page. */
  readonly prefix = randomPrefix();
  private readonly timeoutMs: number;
  private readonly overdueMs: number;
  private readonly stops: (() => void)[];
  private lastId = 0;
  private closed = false;

  constructor(
    private readonly transport: Transport,
    options: ClientOptions = {},
  ) {
    this.timeoutMs = options.timeoutMs ?? 30_000;
    this.overdueMs = options.overdueMs ?? 1_500;
    this.stops = [
      transport.onMessage((message) => this.receive(message)),
      transport.onBreak(() => this.onBreak()),
    ];
  }

  request<Op extends Operation>(
    op: Op,
    args: Args<Op>,
    options: RequestOptions = {},
  ): Promise<Result<Op>> {
    if (this.closed) return Promise.reject(closedError());
    if (options.signal?.aborted) return Promise.reject(abortedError());
    this.lastId += 1;
    const id = `${this.prefix}${this.lastId}`;
    const promise = this.await(id, options.signal);
    try {
      this.transport.send({ v: PROTOCOL_VERSION, id, op, args: { ...args } });
    } catch {
      this.link.set("lost");
      this.pending.get(id)?.settle(disconnectedError());
    }
    return promise.then((reply) => reply.result as Result<Op>);
  }

  /** Like `request`, but of several on one lane only the running and the newest are sent. */
  latest<Op extends Operation>(lane: string, op: Op, args: Args<Op>): Promise<Result<Op>> {
    if (this.closed) return Promise.reject(closedError());
    return this.lanes.run(lane, () => this.request(op, args));
  }

  /** Calls `handler` when the store has changed. */
  onChanged(handler: (revision: number) => void): () => void {
    this.changedHandlers.add(handler);
    return () => this.changedHandlers.delete(handler);
  }

  /** Calls `handler` when answers can be had again: after a time-out, or after a break. */
  onRecovered(handler: () => void): () => void {
    this.recoveredHandlers.add(handler);
    return () => this.recoveredHandlers.delete(handler);
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    for (const stop of this.stops) stop();
    this.lanes.close();
    for (const { settle } of [...this.pending.values()]) settle(closedError());
    this.transport.close();
  }

  private await(id: string, signal: AbortSignal | undefined): Promise<SuccessReply> {
    return new Promise((resolve, reject) => {
      const abort = () => this.pending.get(id)?.settle(abortedError());
      const overdue = setTimeout(() => {
        if (this.link.get() === "live") this.link.set("waiting");
      }, this.overdueMs);
      const timeout = setTimeout(() => {
        this.expired.add(id);
        const isLost = this.link.get() === "lost";
        this.pending.get(id)?.settle(isLost ? disconnectedError() : timeoutError(this.timeoutMs));
      }, this.timeoutMs);
      const settle = (reply: SuccessReply | RequestError) => {
        this.pending.delete(id);
        clearTimeout(overdue);
        clearTimeout(timeout);
        signal?.removeEventListener("abort", abort);
        if (reply instanceof RequestError) reject(reply);
        else resolve(reply);
      };
      signal?.addEventListener("abort", abort);
      this.pending.set(id, { settle });
    });
  }

  private onBreak(): void {
    this.link.set("lost");
    for (const { settle } of [...this.pending.values()]) settle(disconnectedError());
    for (const handler of [...this.recoveredHandlers]) handler();
  }

  private receive(message: unknown): void {
    if (isChanged(message)) {
      this.link.set("live");
      for (const handler of [...this.changedHandlers]) handler(message.revision);
      return;
    }
    if (!isReply(message) || typeof message.id !== "string") return;
    if (this.expired.delete(message.id)) {
      this.link.set("live");
      for (const handler of [...this.recoveredHandlers]) handler();
      return;
    }
    const pending = this.pending.get(message.id);
    if (pending === undefined) return;
    this.link.set("live");
    pending.settle(message.ok ? message : new RequestError(message.error));
  }
}

function isChanged(message: unknown): message is ChangedEvent {
  const event = message as Partial<ChangedEvent> | null;
  return event?.event === "changed" && typeof event.revision === "number";
}

function isReply(message: unknown): message is SuccessReply | ErrorReply {
  const reply = message as Partial<SuccessReply | ErrorReply> | null;
  return typeof reply?.ok === "boolean" && reply.id !== undefined;
}

/** Two views of one widget model hear each other's replies; the prefix tells them apart. */
function randomPrefix(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(6));
  return `${Array.from(bytes, (byte) => byte.toString(36).padStart(2, "0")).join("")}-`;
}

function closedError(): RequestError {
  return RequestError.local("closed", "The dashboard was closed.");
}

function abortedError(): RequestError {
  return RequestError.local("aborted", "The request was cancelled.");
}

function disconnectedError(): RequestError {
  return RequestError.local(
    "disconnected",
    "The kernel of this dashboard is gone.",
    "Run the cell again to connect it to a living kernel.",
  );
}

function timeoutError(timeoutMs: number): RequestError {
  return RequestError.local(
    "timeout",
    `No answer within ${Math.round(timeoutMs / 1000)} s.`,
    "The kernel is busy; it answers when the running cell ends.",
  );
}

/** Requests and replies over a transport: every request settles, by reply, time-out or close. */

import { RequestError } from "./errors";
import { Lanes } from "./lanes";
import { isChanged, isReply, randomPrefix } from "./messages";
import type { Readable } from "./observable";
import { type Operations, PROTOCOL_VERSION, type SuccessReply } from "./protocol";
import type { LinkState, Transport, WireName } from "./transport";

export type Operation = keyof Operations;
export type Args<Op extends Operation> = Operations[Op]["args"];
export type Result<Op extends Operation> = Operations[Op]["result"];

export interface ClientOptions {
  timeoutMs?: number;
}

export interface RequestOptions {
  signal?: AbortSignal | undefined;
}

interface Pending {
  settle(reply: SuccessReply | RequestError): void;
}

export class Client {
  readonly link: Readable<LinkState>;
  readonly wire: Readable<WireName | null>;
  private readonly pending = new Map<string, Pending>();
  private readonly expired = new Set<string>();
  private readonly lanes = new Lanes();
  private readonly changedHandlers = new Set<(revision: number) => void>();
  private readonly recoveredHandlers = new Set<() => void>();
  /** Unlike that of any other client on the page. */
  readonly prefix = randomPrefix();
  private readonly timeoutMs: number;
  private readonly stops: (() => void)[];
  private lastId = 0;
  private lastWire: WireName | null = null;
  private closed = false;

  constructor(
    private readonly transport: Transport,
    options: ClientOptions = {},
  ) {
    this.timeoutMs = options.timeoutMs ?? 30_000;
    this.link = transport.link;
    this.wire = transport.wire;
    this.stops = [
      transport.onMessage((message) => this.receive(message)),
      transport.link.subscribe(() => this.onLink()),
      transport.wire.subscribe(() => this.onWire()),
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
    this.transport.send({ v: PROTOCOL_VERSION, id, op, args: { ...args } });
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

  /** Calls `handler` when answers can be had again: after a time-out, or over another wire. */
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
      const timeout = setTimeout(() => {
        this.expired.add(id);
        const isBusy = this.link.get() === "waiting";
        this.pending.get(id)?.settle(timeoutError(this.timeoutMs, isBusy));
      }, this.timeoutMs);
      const settle = (reply: SuccessReply | RequestError) => {
        this.pending.delete(id);
        clearTimeout(timeout);
        signal?.removeEventListener("abort", abort);
        if (reply instanceof RequestError) reject(reply);
        else resolve(reply);
      };
      signal?.addEventListener("abort", abort);
      this.pending.set(id, { settle });
    });
  }

  private onLink(): void {
    if (this.link.get() === "lost") this.lastWire = null;
  }

  private onWire(): void {
    const wire = this.wire.get();
    if (wire === null || wire === this.lastWire) return;
    this.lastWire = wire;
    this.recover();
  }

  private recover(): void {
    for (const handler of [...this.recoveredHandlers]) handler();
  }

  private receive(message: unknown): void {
    if (isChanged(message)) {
      for (const handler of [...this.changedHandlers]) handler(message.revision);
      return;
    }
    if (!isReply(message) || typeof message.id !== "string") return;
    if (this.expired.delete(message.id)) {
      if (message.ok) this.recover();
      return;
    }
    this.pending.get(message.id)?.settle(message.ok ? message : new RequestError(message.error));
  }
}

function closedError(): RequestError {
  return RequestError.local("closed", "The dashboard was closed.");
}

function abortedError(): RequestError {
  return RequestError.local("aborted", "The request was cancelled.");
}

function timeoutError(timeoutMs: number, isBusy: boolean): RequestError {
  return RequestError.local(
    "timeout",
    `No answer within ${Math.round(timeoutMs / 1000)} s.`,
    isBusy ? "The kernel is busy; it answers when the running cell ends." : undefined,
  );
}

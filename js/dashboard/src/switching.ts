/**
 * The transport of every dashboard: the best wire that is there. When that breaks, what was on
 * its way goes to the next; when it comes back, so do the requests. Each request is answered.
 */

import { isChanged, isReply, refusal } from "./messages";
import { Observable } from "./observable";
import { type ErrorBody, READ_OPERATIONS, type Request } from "./protocol";
import type { LinkState, Transport, Wire, WireName } from "./transport";

/** How long a request waits for some wire to be there. */
export const PATIENCE_MS = 5_000;
/** A kernel says nothing when it goes; whoever relies on one has to look. */
export const CHECK_INTERVAL_MS = 5_000;

interface Flight {
  request: Request;
  /** Null: it waits for one. */
  wire: Wire | null;
  wasSentBefore: boolean;
  patience: ReturnType<typeof setTimeout> | undefined;
}

export class SwitchingTransport implements Transport {
  readonly link = new Observable<LinkState>("live");
  readonly wire = new Observable<WireName | null>(null);
  private readonly flights = new Map<number | string, Flight>();
  private readonly handlers = new Set<(message: unknown) => void>();
  private readonly stops: (() => void)[];
  private readonly checks: ReturnType<typeof setInterval>;
  private revision: number | null = null;

  /** The best first. */
  constructor(private readonly wires: readonly Wire[]) {
    this.stops = wires.flatMap((wire) => [
      wire.onMessage((message) => this.receive(message)),
      wire.state.subscribe(() => this.onState(wire)),
    ]);
    this.checks = setInterval(() => {
      const chosen = this.chosen();
      if (chosen?.name === "kernel" && !document.hidden) chosen.look();
    }, CHECK_INTERVAL_MS);
    this.show();
  }

  send(request: Request): void {
    const flight: Flight = { request, wire: null, wasSentBefore: false, patience: undefined };
    this.flights.set(request.id, flight);
    this.dispatch(flight);
  }

  onMessage(handler: (message: unknown) => void): () => void {
    this.handlers.add(handler);
    return () => this.handlers.delete(handler);
  }

  close(): void {
    clearInterval(this.checks);
    for (const stop of this.stops) stop();
    for (const wire of this.wires) wire.close();
    for (const { patience } of this.flights.values()) clearTimeout(patience);
    this.flights.clear();
    this.handlers.clear();
  }

  /** The best wire that may answer; null as long as that has to be found out. */
  private chosen(): Wire | null {
    for (const wire of this.wires) {
      const state = wire.state.get();
      if (state === "up") return wire;
      if (state === "unknown") return null;
    }
    // a silent kernel is not busy, but out of reach as well
    if (this.wires.some((wire) => wire.state.get() === "away")) return null;
    return this.wires.find((wire) => wire.state.get() === "silent") ?? null;
  }

  private dispatch(flight: Flight): void {
    const wire = this.chosen();
    if (wire === null) {
      flight.patience ??= setTimeout(
        () => this.refuse(flight, NOBODY_ANSWERS),
        this.isHopeless() ? 0 : PATIENCE_MS,
      );
      return;
    }
    clearTimeout(flight.patience);
    flight.patience = undefined;
    flight.wire = wire;
    wire.send(flight.request);
  }

  /** There is nothing that could come back, such as a server that restarts. */
  private isHopeless(): boolean {
    return this.wires.length === 0;
  }

  private onState(wire: Wire): void {
    if (isGone(wire)) this.reroute(wire);
    for (const flight of [...this.flights.values()])
      if (flight.wire === null) this.dispatch(flight);
    this.show();
  }

  /** What only reads may be asked again, once; whether a change was made is not known. */
  private reroute(broken: Wire): void {
    for (const flight of [...this.flights.values()]) {
      if (flight.wire !== broken) continue;
      flight.wire = null;
      if (!READ_OPERATIONS.has(flight.request.op)) this.refuse(flight, CHANGE_IN_DOUBT);
      else if (flight.wasSentBefore) this.refuse(flight, NOBODY_ANSWERS);
      flight.wasSentBefore = true;
    }
  }

  private refuse(flight: Flight, error: ErrorBody): void {
    this.receive(refusal(flight.request.id, error));
  }

  private receive(message: unknown): void {
    if (isChanged(message)) {
      if (message.revision === this.revision) return;
      this.revision = message.revision;
    } else if (isReply(message) && message.id !== null) {
      const flight = this.flights.get(message.id);
      if (flight === undefined) return;
      clearTimeout(flight.patience);
      this.flights.delete(message.id);
    }
    for (const handler of [...this.handlers]) handler(message);
  }

  private show(): void {
    const chosen = this.chosen();
    const isFindingOut = this.wires.some((wire) => wire.state.get() === "unknown");
    this.wire.set(chosen?.name ?? null);
    if (chosen !== null) this.link.set(chosen.state.get() === "up" ? "live" : "waiting");
    else if (!isFindingOut) this.link.set("lost");
  }
}

function isGone(wire: Wire): boolean {
  const state = wire.state.get();
  return state === "down" || state === "away";
}

const NOBODY_ANSWERS: ErrorBody = {
  code: "disconnected",
  message: "Neither a Jupyter server nor the kernel answers.",
  hint: "It goes on by itself when one of them is back; or run the cell again.",
};

const CHANGE_IN_DOUBT: ErrorBody = {
  code: "disconnected",
  message: "The connection broke before the answer came.",
  hint: "Look whether the change was made before you make it again.",
};

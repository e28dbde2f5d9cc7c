/** The border between the dashboard and whatever carries its requests to a service. */

import type { Readable } from "./observable";
import type { Request } from "./protocol";

/**
 * `waiting`: answers are late, as when a kernel without subshells runs a cell.
 * `lost`: nothing answers; it becomes `live` by itself when something does.
 */
export type LinkState = "live" | "waiting" | "lost";

export type WireName = "server" | "kernel";

export interface Transport {
  readonly link: Readable<LinkState>;
  /** What carries the requests now; null where nothing does, or nobody knows. */
  readonly wire: Readable<WireName | null>;
  /** Hands a request over; its reply, whatever comes of it, arrives as a message. */
  send(request: Request): void;
  /** Calls `handler` with every message that arrives; returns how to stop it. */
  onMessage(handler: (message: unknown) => void): () => void;
  close(): void;
}

/**
 * `unknown`: it is being found out. `silent`: it was asked and has not answered yet.
 * `down`: nobody is there, or somebody who has another store. `away`: its host cannot be reached.
 */
export type WireState = "unknown" | "up" | "silent" | "down" | "away";

/** One way to a service; it looks by itself whether anybody is there. */
export interface Wire {
  readonly name: WireName;
  readonly state: Readable<WireState>;
  /** Hands a request over. Nothing may come back: then the state becomes `down` or `silent`. */
  send(request: Request): void;
  onMessage(handler: (message: unknown) => void): () => void;
  /** Looks at once, as after a sleep. */
  look(): void;
  close(): void;
}

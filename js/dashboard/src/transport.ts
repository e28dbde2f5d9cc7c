/** The border between the dashboard and whatever carries its requests to a service. */

import type { Request } from "./protocol";

export interface Transport {
  /** Hands a request over; throws when the other side is known to be gone. */
  send(request: Request): void;
  /** Calls `handler` with every message that arrives; returns how to stop it. */
  onMessage(handler: (message: unknown) => void): () => void;
  /** Calls `handler` when the other side may have gone or come back; returns how to stop it. */
  onBreak(handler: () => void): () => void;
  close(): void;
}

/** What arrives over a wire, told apart; and ids that no other asker uses. */

import type { ChangedEvent, ErrorBody, ErrorReply, SnapshotEvent, SuccessReply } from "./protocol";

export type Reply = SuccessReply | ErrorReply;

export function isChanged(message: unknown): message is ChangedEvent {
  const event = message as Partial<ChangedEvent> | null;
  return event?.event === "changed" && typeof event.revision === "number";
}

export function isSnapshot(message: unknown): message is SnapshotEvent {
  const event = message as Partial<SnapshotEvent> | null;
  return event?.event === "snapshot" && Array.isArray(event.answers);
}

export function isReply(message: unknown): message is Reply {
  const reply = message as Partial<Reply> | null;
  return typeof reply?.ok === "boolean" && reply.id !== undefined;
}

export function refusal(id: number | string, error: ErrorBody): ErrorReply {
  return { id, ok: false, error };
}

/** The store's revision in a reply, or null where there is none. */
export function revisionOf(message: unknown): number | null {
  const result = (message as { result?: { revision?: unknown } } | null)?.result;
  return typeof result?.revision === "number" ? result.revision : null;
}

/** Two views of one widget model hear each other's replies; the prefix tells them apart. */
export function randomPrefix(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(6));
  return `${Array.from(bytes, (byte) => byte.toString(36).padStart(2, "0")).join("")}-`;
}

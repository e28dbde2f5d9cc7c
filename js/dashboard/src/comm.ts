/** The wire to a kernel: custom messages on the comm of the dashboard's widget. */

import type { AnyModel } from "@anywidget/types";
import { isChanged, isReply, isSnapshot, randomPrefix, revisionOf } from "./messages";
import { Observable } from "./observable";
import { PROTOCOL_VERSION, READ_OPERATIONS, type Request, type SnapshotEvent } from "./protocol";
import type { Wire, WireState } from "./transport";

/** A kernel that has not answered by then runs a cell, or is gone. */
export const OVERDUE_MS = 1_500;
const LOOK_INTERVAL_MS = 5_000;
/** A kernel that was heard of so lately need not be asked whether it is there. */
const HEARD_MS = 10_000;
const EVENTS = ["msg:custom", "comm_live_update"] as const;

/** A request on its way, and who else waits for the same answer. */
interface Question {
  key: string;
  askers: Set<number | string>;
}

export class CommWire implements Wire {
  readonly name = "kernel";
  readonly state = new Observable<WireState>("down");
  private readonly handlers = new Set<(message: unknown) => void>();
  private readonly prefix = `look-${randomPrefix()}`;
  private readonly listeners: Record<(typeof EVENTS)[number], (message: unknown) => void>;
  private model: AnyModel | null = null;
  /** By the id under which the kernel was asked. */
  private readonly questions = new Map<number | string, Question>();
  /** Answers that the kernel gave unasked, right as long as the store does not change. */
  private readonly given = new Map<string, unknown>();
  private givenRevision: number | null = null;
  private overdue: ReturnType<typeof setTimeout> | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private looks = 0;
  private heard = 0;

  constructor(model: AnyModel | null = null) {
    this.listeners = {
      "msg:custom": (message) => this.receive(message),
      // the widget manager says so when a kernel restarts, dies or is connected again
      comm_live_update: () => this.connect(this.model),
    };
    if (model !== null) this.connect(model);
  }

  /** Goes on with another model of the same dashboard, or with none. */
  connect(model: AnyModel | null): void {
    this.disconnect();
    this.model = model;
    if (model === null) {
      this.state.set("down");
      return;
    }
    for (const event of EVENTS) model.on(event, this.listeners[event]);
    this.state.set("down"); // whoever waits for the former one is told
    this.state.set("unknown");
    this.look();
  }

  send(request: Request): void {
    const key = keyOf(request);
    const reads = READ_OPERATIONS.has(request.op);
    if (reads && this.given.has(key)) {
      const result = this.given.get(key);
      queueMicrotask(() => this.deliver({ id: request.id, ok: true, result }));
      return;
    }
    // a kernel that runs a cell must not find hundreds of the same question after it
    const same = reads ? this.questionOf(key) : undefined;
    if (same !== undefined) {
      same.askers.add(request.id);
      return;
    }
    this.questions.set(request.id, { key, askers: new Set([request.id]) });
    this.hand(request);
  }

  onMessage(handler: (message: unknown) => void): () => void {
    this.handlers.add(handler);
    return () => this.handlers.delete(handler);
  }

  look(): void {
    clearTimeout(this.timer);
    if (this.model === null) return;
    this.timer = setTimeout(() => {
      if (this.state.get() !== "up") this.look();
    }, LOOK_INTERVAL_MS);
    const isAsked = [...this.questions.keys()].some((id) => String(id).startsWith(this.prefix));
    const wasHeard = this.state.get() === "up" && Date.now() - this.heard < HEARD_MS;
    if (isAsked || wasHeard) return;
    this.looks += 1;
    const id = `${this.prefix}${this.looks}`;
    this.questions.set(id, { key: id, askers: new Set() });
    this.hand({ v: PROTOCOL_VERSION, id, op: "store", args: {} });
  }

  close(): void {
    this.disconnect();
    this.model = null;
    this.handlers.clear();
  }

  private disconnect(): void {
    clearTimeout(this.overdue);
    clearTimeout(this.timer);
    this.overdue = undefined;
    this.questions.clear();
    this.given.clear();
    for (const event of EVENTS) this.model?.off(event, this.listeners[event]);
  }

  private hand(request: Request): void {
    try {
      this.model?.send(request);
    } catch {
      this.questions.clear();
      this.state.set("down");
      return;
    }
    this.overdue ??= setTimeout(() => this.state.set("silent"), OVERDUE_MS);
  }

  private receive(message: unknown): void {
    if (isSnapshot(message)) this.take(message);
    else if (isChanged(message)) this.forgetBefore(message.revision);
    else if (isReply(message) && message.id !== null) {
      this.answer(message.id, message);
      return;
    }
    this.deliver(message);
  }

  private answer(id: number | string, reply: object): void {
    const question = this.questions.get(id);
    if (question === undefined) return; // that of another view of the same widget
    this.questions.delete(id);
    clearTimeout(this.overdue);
    this.overdue = undefined;
    if (this.questions.size > 0)
      this.overdue = setTimeout(() => this.state.set("silent"), OVERDUE_MS);
    this.forgetBefore(revisionOf(reply));
    this.heard = Date.now();
    this.state.set("up");
    for (const asker of question.askers) this.deliver({ ...reply, id: asker });
  }

  /** Answers what is waiting from what a busy kernel gave unasked. */
  private take({ revision, answers }: SnapshotEvent): void {
    this.given.clear();
    this.givenRevision = revision;
    for (const { op, args, result } of answers) {
      const key = keyOf({ op, args });
      this.given.set(key, result);
      const askers = this.questionOf(key)?.askers ?? new Set();
      for (const asker of askers) this.deliver({ id: asker, ok: true, result });
      askers.clear();
    }
  }

  private forgetBefore(revision: number | null): void {
    if (revision !== null && revision !== this.givenRevision) this.given.clear();
  }

  private questionOf(key: string): Question | undefined {
    for (const question of this.questions.values()) if (question.key === key) return question;
    return undefined;
  }

  private deliver(message: unknown): void {
    for (const handler of [...this.handlers]) handler(message);
  }
}

/** Equal for requests that have the same answer, whatever the order of keys. */
function keyOf({ op, args }: Pick<Request, "op" | "args">): string {
  return JSON.stringify([op, args], (_key, value: unknown) =>
    value !== null && typeof value === "object" && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1)))
      : value,
  );
}

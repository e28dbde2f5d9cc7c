import type { AnyModel } from "@anywidget/types";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { CommWire, OVERDUE_MS } from "../src/comm";
import type { Request } from "../src/protocol";

/** The page's end of a widget, and a kernel that answers when the test says so. */
class Kernel {
  readonly sent: Request[] = [];
  isGone = false;
  readonly listeners = new Map<string, Set<(message?: unknown) => void>>();
  readonly model = {
    send: (message: Request) => {
      if (this.isGone) throw new Error("Cannot send");
      this.sent.push(message);
    },
    on: (name: string, listener: (message?: unknown) => void) => {
      this.listeners.set(name, (this.listeners.get(name) ?? new Set()).add(listener));
    },
    off: (name: string, listener: (message?: unknown) => void) => {
      this.listeners.get(name)?.delete(listener);
    },
  } as unknown as AnyModel;

  fire(name: string, message?: unknown): void {
    for (const listener of [...(this.listeners.get(name) ?? [])]) listener(message);
  }

  push(message: unknown): void {
    this.fire("msg:custom", message);
  }

  /** Answers everything that was sent so far. */
  answer(result: unknown = {}): void {
    for (const { id } of this.sent.splice(0)) this.push({ id, ok: true, result });
  }

  get ops(): string[] {
    return this.sent.map(({ op }) => op);
  }
}

let kernel: Kernel;
let wire: CommWire;
let messages: unknown[];

beforeEach(() => {
  vi.useFakeTimers();
  kernel = new Kernel();
  wire = new CommWire(kernel.model);
  messages = [];
  wire.onMessage((message) => messages.push(message));
});

afterEach(() => {
  wire.close();
  vi.useRealTimers();
});

function ask(id: string, op = "rows", args: Record<string, unknown> = { offset: 0 }): void {
  wire.send({ v: 1, id, op, args });
}

describe("the state", () => {
  test("is up once the kernel answers", () => {
    expect(wire.state.get()).toBe("unknown");
    expect(kernel.ops).toEqual(["store"]);
    kernel.answer();
    expect(wire.state.get()).toBe("up");
    expect(messages).toEqual([]);
  });

  test("is silent while the kernel runs a cell, and up when that has ended", async () => {
    kernel.answer();
    ask("a");
    await vi.advanceTimersByTimeAsync(OVERDUE_MS);
    expect(wire.state.get()).toBe("silent");
    kernel.answer({ total: 1 });
    expect(wire.state.get()).toBe("up");
    expect(messages).toEqual([{ id: "a", ok: true, result: { total: 1 } }]);
  });

  test("is down when the comm is dead, and up with the next model", () => {
    kernel.answer();
    kernel.isGone = true;
    ask("a");
    expect(wire.state.get()).toBe("down");
    const next = new Kernel();
    wire.connect(next.model);
    next.answer();
    expect(wire.state.get()).toBe("up");
    expect([...(kernel.listeners.get("msg:custom") ?? [])]).toEqual([]);
  });

  test("is found out again when the widget manager reports a change", () => {
    kernel.answer();
    const states: string[] = [];
    wire.state.subscribe(() => states.push(wire.state.get()));
    kernel.fire("comm_live_update");
    kernel.answer();
    expect(states).toEqual(["down", "unknown", "up"]);
  });

  test("of a kernel that went without a word is found out by looking", async () => {
    kernel.answer();
    wire.look();
    expect(kernel.sent).toEqual([]);
    kernel.isGone = true;
    await vi.advanceTimersByTimeAsync(11_000);
    expect(wire.state.get()).toBe("up");
    wire.look();
    expect(wire.state.get()).toBe("down");
  });

  test("without a model is down", () => {
    expect(new CommWire().state.get()).toBe("down");
  });
});

describe("a kernel that cannot hear", () => {
  beforeEach(() => {
    kernel.answer();
  });

  test("gets a question once, and each asker its answer", () => {
    ask("a");
    ask("b");
    ask("c", "rows", { offset: 50 });
    expect(kernel.sent).toHaveLength(2);
    kernel.answer({ total: 3 });
    expect(messages).toMatchObject([{ id: "a" }, { id: "b" }, { id: "c" }]);
  });

  test("gets each change, even if they are alike", () => {
    ask("a", "delete", { run_ids: ["r"] });
    ask("b", "delete", { run_ids: ["r"] });
    expect(kernel.sent).toHaveLength(2);
  });

  test("answers what waits by a snapshot, and its own late answer is nobody's", () => {
    ask("a", "rows", { view: { search: "x" }, offset: 0 });
    const args = { offset: 0, view: { search: "x" } };
    const answers = [{ op: "rows", args, result: { total: 7 } }];
    kernel.push({ event: "snapshot", revision: 5, sequence: 1, answers });
    expect(messages).toContainEqual({ id: "a", ok: true, result: { total: 7 } });
    messages.length = 0;
    kernel.answer({ total: 7 });
    expect(messages).toEqual([]);
  });

  test("has answered what is asked after a snapshot, until the store changes", async () => {
    const answers = [{ op: "rows", args: { offset: 0 }, result: { total: 7 } }];
    kernel.push({ event: "snapshot", revision: 5, sequence: 1, answers });
    messages.length = 0;
    ask("a");
    await vi.advanceTimersByTimeAsync(0);
    expect(messages).toEqual([{ id: "a", ok: true, result: { total: 7 } }]);
    expect(kernel.sent).toEqual([]);
    kernel.push({ event: "changed", revision: 6 });
    ask("b");
    expect(kernel.ops).toEqual(["rows"]);
  });
});

test("replies to another view of the same widget are nobody's", () => {
  kernel.answer();
  kernel.push({ id: "theirs-1", ok: true, result: {} });
  expect(messages).toEqual([]);
});

test("a closed wire leaves the model alone", () => {
  wire.close();
  expect([...kernel.listeners.values()].every((listeners) => listeners.size === 0)).toBe(true);
});

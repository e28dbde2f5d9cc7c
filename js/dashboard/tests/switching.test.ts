import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Observable } from "../src/observable";
import type { Request } from "../src/protocol";
import { CHECK_INTERVAL_MS, PATIENCE_MS, SwitchingTransport } from "../src/switching";
import type { Wire, WireName, WireState } from "../src/transport";

class ManualWire implements Wire {
  readonly state = new Observable<WireState>("unknown");
  readonly sent: Request[] = [];
  isClosed = false;
  private handler: (message: unknown) => void = () => {};

  constructor(readonly name: WireName) {}

  send(request: Request): void {
    this.sent.push(request);
  }

  onMessage(handler: (message: unknown) => void): () => void {
    this.handler = handler;
    return () => {};
  }

  looks = 0;

  look(): void {
    this.looks += 1;
  }

  close(): void {
    this.isClosed = true;
  }

  receive(message: unknown): void {
    this.handler(message);
  }

  answer(): void {
    for (const { id } of this.sent.splice(0)) this.receive({ id, ok: true, result: this.name });
  }

  get ids(): unknown[] {
    return this.sent.map(({ id }) => id);
  }
}

let server: ManualWire;
let kernel: ManualWire;
let transport: SwitchingTransport;
let messages: unknown[];

beforeEach(() => {
  vi.useFakeTimers();
  server = new ManualWire("server");
  kernel = new ManualWire("kernel");
  transport = new SwitchingTransport([server, kernel]);
  messages = [];
  transport.onMessage((message) => messages.push(message));
});

afterEach(() => {
  transport.close();
  vi.useRealTimers();
});

function ask(id: string, op = "rows"): void {
  transport.send({ v: 1, id, op, args: {} });
}

describe("the choice", () => {
  test("is the server where both answer", () => {
    kernel.state.set("up");
    ask("a");
    expect([server.ids, kernel.ids]).toEqual([[], []]);
    server.state.set("up");
    expect([server.ids, kernel.ids]).toEqual([["a"], []]);
    expect(transport.wire.get()).toBe("server");
  });

  test("is the kernel where the server has another store", () => {
    ask("a");
    server.state.set("down");
    kernel.state.set("up");
    expect([server.ids, kernel.ids]).toEqual([[], ["a"]]);
    expect([transport.wire.get(), transport.link.get()]).toEqual(["kernel", "live"]);
  });

  test("is a busy kernel where there is nothing better, and that shows", () => {
    server.state.set("down");
    kernel.state.set("silent");
    ask("a");
    expect(kernel.ids).toEqual(["a"]);
    expect(transport.link.get()).toBe("waiting");
  });

  test("is nobody where the server, and so the kernel, is out of reach", () => {
    kernel.state.set("silent");
    server.state.set("away");
    ask("a");
    expect(kernel.ids).toEqual([]);
    expect([transport.wire.get(), transport.link.get()]).toEqual([null, "lost"]);
  });

  test("returns to the server when that is back", () => {
    server.state.set("down");
    kernel.state.set("up");
    server.state.set("up");
    ask("a");
    expect(server.ids).toEqual(["a"]);
  });
});

describe("when a wire breaks", () => {
  beforeEach(() => {
    server.state.set("up");
  });

  test("what reads goes to the next, once", () => {
    kernel.state.set("up");
    ask("a");
    server.state.set("down");
    expect(kernel.ids).toEqual(["a"]);
    kernel.answer();
    expect(messages).toEqual([{ id: "a", ok: true, result: "kernel" }]);
    server.answer();
    expect(messages).toHaveLength(1);
  });

  test("what reads is not tried a third time", () => {
    kernel.state.set("up");
    ask("a");
    server.state.set("down");
    kernel.state.set("down");
    expect(messages).toMatchObject([{ id: "a", ok: false, error: { code: "disconnected" } }]);
  });

  test("a change is refused, since nobody knows whether it was made", () => {
    kernel.state.set("up");
    ask("a", "delete");
    server.state.set("down");
    expect(kernel.ids).toEqual([]);
    expect(messages).toMatchObject([{ id: "a", ok: false, error: { code: "disconnected" } }]);
  });

  test("a request waits for its return", () => {
    kernel.state.set("down");
    server.state.set("down");
    expect(transport.link.get()).toBe("lost");
    ask("a", "delete");
    server.state.set("up");
    expect(server.ids).toEqual(["a"]);
    expect(transport.link.get()).toBe("live");
  });

  test("a request does not wait for ever", async () => {
    kernel.state.set("down");
    server.state.set("down");
    ask("a");
    await vi.advanceTimersByTimeAsync(PATIENCE_MS);
    expect(messages).toMatchObject([{ id: "a", ok: false, error: { code: "disconnected" } }]);
    server.state.set("up");
    expect(server.ids).toEqual([]);
  });

  test("a change on its way to a kernel goes on when only the server returns", () => {
    server.state.set("down");
    kernel.state.set("silent");
    ask("a", "delete");
    server.state.set("up");
    kernel.answer();
    expect(messages).toEqual([{ id: "a", ok: true, result: "kernel" }]);
  });
});

test("a kernel is looked after only while it is relied on", async () => {
  kernel.state.set("up");
  server.state.set("up");
  await vi.advanceTimersByTimeAsync(2 * CHECK_INTERVAL_MS);
  expect(kernel.looks).toBe(0);
  server.state.set("down");
  await vi.advanceTimersByTimeAsync(2 * CHECK_INTERVAL_MS);
  expect(kernel.looks).toBe(2);
});

test("a change of the store that both wires tell of is told once", () => {
  server.receive({ event: "changed", revision: 4 });
  kernel.receive({ event: "changed", revision: 4 });
  expect(messages).toEqual([{ event: "changed", revision: 4 }]);
});

test("without any wire a request is refused at once", async () => {
  const nowhere = new SwitchingTransport([]);
  const heard = vi.fn();
  nowhere.onMessage(heard);
  nowhere.send({ v: 1, id: "a", op: "rows", args: {} });
  await vi.advanceTimersByTimeAsync(0);
  expect(heard).toHaveBeenCalledOnce();
  expect(nowhere.link.get()).toBe("lost");
  nowhere.close();
});

test("closing closes the wires", () => {
  transport.close();
  expect([server.isClosed, kernel.isClosed]).toEqual([true, true]);
});

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Client } from "../src/client";
import { Observable } from "../src/observable";
import type { Request } from "../src/protocol";
import type { LinkState, Transport, WireName } from "../src/transport";

class ManualTransport implements Transport {
  readonly link = new Observable<LinkState>("live");
  readonly wire = new Observable<WireName | null>("server");
  readonly sent: Request[] = [];
  isClosed = false;
  private handler: (message: unknown) => void = () => {};

  send(request: Request): void {
    this.sent.push(request);
  }

  onMessage(handler: (message: unknown) => void): () => void {
    this.handler = handler;
    return () => {
      this.handler = () => {};
    };
  }

  close(): void {
    this.isClosed = true;
  }

  receive(message: unknown): void {
    this.handler(message);
  }

  answer(index: number, result: unknown): void {
    this.receive({ id: this.sent[index]?.id, ok: true, result });
  }
}

let transport: ManualTransport;
let client: Client;

beforeEach(() => {
  vi.useFakeTimers();
  transport = new ManualTransport();
  client = new Client(transport);
});

afterEach(() => {
  client.close();
  vi.useRealTimers();
});

describe("a request", () => {
  test("gets the reply with its own id, whatever the order", async () => {
    const first = client.request("store", {});
    const second = client.request("experiments", {});
    transport.answer(1, { experiments: [] });
    transport.answer(0, { store_id: "s" });
    expect(await first).toEqual({ store_id: "s" });
    expect(await second).toEqual({ experiments: [] });
  });

  test("is rejected with the service's error", async () => {
    const request = client.request("store", {});
    const error = { code: "query", message: "No such metric.", hint: "acc?", span: [3, 6] };
    transport.receive({ id: transport.sent[0]?.id, ok: false, error });
    await expect(request).rejects.toMatchObject(error);
  });

  test("times out, and a late answer is reported as recovery", async () => {
    const recovered = vi.fn();
    client.onRecovered(recovered);
    const request = client.request("store", {});
    const outcome = expect(request).rejects.toMatchObject({ code: "timeout" });
    await vi.advanceTimersByTimeAsync(30_000);
    await outcome;
    expect(recovered).not.toHaveBeenCalled();
    transport.answer(0, {});
    expect(recovered).toHaveBeenCalledOnce();
    expect(client.link.get()).toBe("live");
  });

  test("that a busy kernel does not answer in time says so", async () => {
    transport.link.set("waiting");
    const request = client.request("store", {});
    const outcome = expect(request).rejects.toMatchObject({
      hint: expect.stringContaining("kernel is busy"),
    });
    await vi.advanceTimersByTimeAsync(30_000);
    await outcome;
  });

  test("late and in vain is no recovery", async () => {
    const recovered = vi.fn();
    client.onRecovered(recovered);
    const outcome = Promise.allSettled([client.request("store", {})]);
    await vi.advanceTimersByTimeAsync(30_000);
    await outcome;
    const error = { code: "disconnected", message: "gone" };
    transport.receive({ id: transport.sent[0]?.id, ok: false, error });
    expect(recovered).not.toHaveBeenCalled();
  });

  test("is rejected when aborted, before and after sending", async () => {
    const controller = new AbortController();
    const request = client.request("store", {}, { signal: controller.signal });
    controller.abort();
    await expect(request).rejects.toMatchObject({ code: "aborted" });
    const late = client.request("store", {}, { signal: controller.signal });
    await expect(late).rejects.toMatchObject({ code: "aborted" });
    expect(transport.sent).toHaveLength(1);
  });

  test("is rejected by close, sent or waiting, and afterwards", async () => {
    const requests = [
      client.request("store", {}),
      client.latest("lane", "store", {}),
      client.latest("lane", "store", {}),
    ];
    const outcomes = Promise.allSettled(requests);
    client.close();
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: "rejected", reason: { code: "closed" } });
    }
    await expect(client.request("store", {})).rejects.toMatchObject({ code: "closed" });
    expect(transport.isClosed).toBe(true);
  });
});

describe("latest", () => {
  test("keeps one in flight and the newest waiting", async () => {
    const asked = [1, 2, 3, 4].map((offset) =>
      client.latest("rows", "rows", { view: {}, columns: [], offset, limit: 1 }),
    );
    const outcomes = Promise.allSettled(asked);
    expect(transport.sent).toMatchObject([{ args: { offset: 1 } }]);
    transport.answer(0, "first");
    await vi.advanceTimersByTimeAsync(0);
    expect(transport.sent).toMatchObject([{ args: { offset: 1 } }, { args: { offset: 4 } }]);
    transport.answer(1, "last");
    expect(await outcomes).toMatchObject([
      { status: "fulfilled", value: "first" },
      { status: "rejected", reason: { code: "superseded" } },
      { status: "rejected", reason: { code: "superseded" } },
      { status: "fulfilled", value: "last" },
    ]);
  });

  test("goes on after an error", async () => {
    const first = client.latest("rows", "store", {});
    const second = client.latest("rows", "store", {});
    transport.receive({
      id: transport.sent[0]?.id,
      ok: false,
      error: { code: "store", message: "away" },
    });
    await expect(first).rejects.toMatchObject({ code: "store" });
    await vi.advanceTimersByTimeAsync(0);
    transport.answer(1, {});
    expect(await second).toEqual({});
  });
});

describe("messages", () => {
  test("of change fan out to every listener until it stops", () => {
    const one = vi.fn();
    const two = vi.fn();
    const stop = client.onChanged(one);
    client.onChanged(two);
    transport.receive({ event: "changed", revision: 7 });
    stop();
    transport.receive({ event: "changed", revision: 8 });
    expect(one.mock.calls).toEqual([[7]]);
    expect(two.mock.calls).toEqual([[7], [8]]);
  });

  test.each([null, 3, "text", {}, { ok: true }, { id: 1, ok: true }, { event: "changed" }])(
    "of no known shape (%j) are ignored",
    (message) => {
      expect(() => transport.receive(message)).not.toThrow();
    },
  );

  test("for another view of the same widget are ignored", async () => {
    const other = new ManualTransport();
    const neighbour = new Client(other);
    const mine = client.request("store", {});
    const theirs = neighbour.request("store", {});
    expect(transport.sent[0]?.id).not.toBe(other.sent[0]?.id);
    other.receive({ id: transport.sent[0]?.id, ok: true, result: "mine" });
    other.receive({ id: other.sent[0]?.id, ok: true, result: "theirs" });
    transport.answer(0, "mine");
    expect(await theirs).toBe("theirs");
    expect(await mine).toBe("mine");
    neighbour.close();
  });
});

describe("recovery", () => {
  test("is told when another wire takes over, and when one is back", () => {
    const recovered = vi.fn();
    transport.wire.set("kernel");
    client.onRecovered(recovered);
    transport.wire.set("server");
    expect(recovered).toHaveBeenCalledTimes(1);
    transport.wire.set(null);
    transport.link.set("lost");
    expect(recovered).toHaveBeenCalledTimes(1);
    transport.wire.set("server");
    transport.link.set("live");
    expect(recovered).toHaveBeenCalledTimes(2);
  });

  test("is not told when the same wire is merely looked for", () => {
    transport.wire.set("kernel");
    const recovered = vi.fn();
    client.onRecovered(recovered);
    transport.wire.set(null);
    transport.wire.set("kernel");
    expect(recovered).not.toHaveBeenCalled();
  });
});

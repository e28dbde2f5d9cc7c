import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { HttpWire, Refused, WATCH_INTERVAL_MS } from "../src/http";
import type { Request } from "../src/protocol";

const REQUEST: Request = { v: 1, id: "a1", op: "summary", args: {} };
const STORE = { store_id: "s", name: "runs.db", version: "1", schema: "1" };

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** A server whose answers the test decides; it counts what it was asked. */
class Server {
  revision = 1;
  away = false;
  hangs = false;
  storeId = "s";
  asked = 0;

  readonly post = async (request: Request, signal: AbortSignal): Promise<unknown> => {
    this.asked += 1;
    if (this.away) throw new Error("away");
    if (this.hangs) {
      await new Promise((_resolve, reject) => signal.addEventListener("abort", reject));
    }
    const result = { ...STORE, store_id: this.storeId, revision: this.revision };
    return { id: request.id, ok: true, result };
  };
}

function wireTo(server: Server): { wire: HttpWire; messages: unknown[] } {
  const wire = new HttpWire(server.post, "s");
  const messages: unknown[] = [];
  wire.onMessage((message) => messages.push(message));
  return { wire, messages };
}

const settle = () => vi.advanceTimersByTimeAsync(0);

test("a reply reaches the asker", async () => {
  const { wire, messages } = wireTo(new Server());
  wire.send(REQUEST);
  await settle();
  expect(messages).toMatchObject([{ id: "a1", ok: true, result: { revision: 1 } }]);
  wire.close();
});

test("a server with the store is up at the first look", async () => {
  const { wire } = wireTo(new Server());
  expect(wire.state.get()).toBe("unknown");
  await settle();
  expect(wire.state.get()).toBe("up");
  wire.close();
});

test("a server with another store is down, and is asked seldom", async () => {
  const server = new Server();
  server.storeId = "other";
  const { wire } = wireTo(server);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(wire.state.get()).toBe("down");
  expect(server.asked).toBe(1);
  server.storeId = "s";
  await vi.advanceTimersByTimeAsync(20_000);
  expect(wire.state.get()).toBe("up");
  wire.close();
});

test("a server that refuses to tell its store is down", async () => {
  const refused = { id: "watch", ok: false, error: { code: "permission", message: "no" } };
  const wire = new HttpWire(async () => refused, "s");
  await settle();
  expect(wire.state.get()).toBe("down");
  wire.close();
});

test("a server without the extension is down", async () => {
  const wire = new HttpWire(() => Promise.reject(new Refused("404")), "s");
  await settle();
  expect(wire.state.get()).toBe("down");
  wire.close();
});

test("a slow first look lets others go first meanwhile", async () => {
  const server = new Server();
  server.hangs = true;
  const { wire } = wireTo(server);
  await vi.advanceTimersByTimeAsync(1_600);
  expect(wire.state.get()).toBe("silent");
  wire.close();
});

test("a grown revision is told once", async () => {
  const server = new Server();
  const { wire, messages } = wireTo(server);
  await vi.advanceTimersByTimeAsync(WATCH_INTERVAL_MS);
  expect(messages).toEqual([]);
  server.revision = 7;
  await vi.advanceTimersByTimeAsync(3 * WATCH_INTERVAL_MS);
  expect(messages).toEqual([{ event: "changed", revision: 7 }]);
  wire.close();
});

test("a server that goes away and comes back is noticed both times", async () => {
  const server = new Server();
  const { wire, messages } = wireTo(server);
  await settle();
  server.away = true;
  await vi.advanceTimersByTimeAsync(WATCH_INTERVAL_MS);
  expect(wire.state.get()).toBe("away");
  server.away = false;
  server.revision = 3;
  await vi.advanceTimersByTimeAsync(WATCH_INTERVAL_MS);
  expect(wire.state.get()).toBe("up");
  expect(messages).toEqual([{ event: "changed", revision: 3 }]);
  wire.close();
});

test("one request that fails makes it look again at once", async () => {
  const server = new Server();
  const { wire } = wireTo(server);
  await settle();
  const states: string[] = [];
  wire.state.subscribe(() => states.push(wire.state.get()));
  server.away = true;
  wire.send(REQUEST);
  server.away = false;
  await settle();
  expect(states).toEqual(["away", "up"]);
  wire.close();
});

test("after a sleep it looks at once", async () => {
  const server = new Server();
  const { wire, messages } = wireTo(server);
  await settle();
  server.revision = 9;
  document.dispatchEvent(new Event("visibilitychange"));
  await settle();
  expect(messages).toEqual([{ event: "changed", revision: 9 }]);
  wire.close();
});

test("a closed wire asks no more", async () => {
  const server = new Server();
  const { wire } = wireTo(server);
  await settle();
  wire.close();
  await vi.advanceTimersByTimeAsync(10 * WATCH_INTERVAL_MS);
  expect(server.asked).toBe(1);
});

test("closing does not call back what was sent", async () => {
  let signal: AbortSignal | undefined;
  const wire = new HttpWire((request, given) => {
    if (request.id === "a1") signal = given;
    return new Promise(() => {});
  }, "s");
  wire.send(REQUEST);
  wire.close();
  expect(signal?.aborted).toBe(false);
});

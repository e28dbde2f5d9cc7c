import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { HttpTransport, WATCH_INTERVAL_MS } from "../src/http";
import type { Request } from "../src/protocol";

const REQUEST: Request = { v: 1, id: "a1", op: "store", args: {} };

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
  asked = 0;

  readonly post = async (request: Request): Promise<unknown> => {
    this.asked += 1;
    if (this.away) throw new Error("away");
    return { id: request.id, ok: true, result: { revision: this.revision } };
  };
}

function listen(transport: HttpTransport): unknown[] {
  const messages: unknown[] = [];
  transport.onMessage((message) => messages.push(message));
  return messages;
}

test("a reply reaches the client", async () => {
  const transport = new HttpTransport(new Server().post);
  const messages = listen(transport);
  transport.send(REQUEST);
  await vi.advanceTimersByTimeAsync(0);
  expect(messages).toEqual([{ id: "a1", ok: true, result: { revision: 1 } }]);
  transport.close();
});

test("a grown revision is told once", async () => {
  const server = new Server();
  const transport = new HttpTransport(server.post);
  const messages = listen(transport);
  await vi.advanceTimersByTimeAsync(WATCH_INTERVAL_MS);
  expect(messages).toEqual([]);
  server.revision = 7;
  await vi.advanceTimersByTimeAsync(3 * WATCH_INTERVAL_MS);
  expect(messages).toEqual([{ event: "changed", revision: 7 }]);
  transport.close();
});

test("a change between the first answers and the first look is told", async () => {
  const server = new Server();
  const transport = new HttpTransport(server.post);
  transport.send(REQUEST);
  await vi.advanceTimersByTimeAsync(0);
  server.revision = 2;
  transport.send(REQUEST);
  const messages = listen(transport);
  await vi.advanceTimersByTimeAsync(WATCH_INTERVAL_MS);
  expect(messages).toContainEqual({ event: "changed", revision: 2 });
  transport.close();
});

test("a server that goes away and comes back is noticed both times", async () => {
  const server = new Server();
  const transport = new HttpTransport(server.post);
  const breaks = vi.fn();
  transport.onBreak(breaks);
  server.away = true;
  transport.send(REQUEST);
  await vi.advanceTimersByTimeAsync(0);
  expect(breaks).toHaveBeenCalledTimes(1);
  expect(() => transport.send(REQUEST)).toThrow("does not answer");
  server.away = false;
  await vi.advanceTimersByTimeAsync(WATCH_INTERVAL_MS);
  expect(breaks).toHaveBeenCalledTimes(2);
  expect(() => transport.send(REQUEST)).not.toThrow();
  transport.close();
});

test("a closed transport asks no more", async () => {
  const server = new Server();
  const transport = new HttpTransport(server.post);
  transport.close();
  await vi.advanceTimersByTimeAsync(10 * WATCH_INTERVAL_MS);
  expect(server.asked).toBe(0);
});

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Client } from "../src/client";
import { RowsState } from "../src/state/rows";
import { Session } from "../src/state/session";
import { Throttle } from "../src/state/throttle";
import { ViewState } from "../src/state/view";
import { MemoryService, nameAt, testRun } from "./service";

const COLUMNS = ["attributes.run_name"];

let service: MemoryService;
let client: Client;

beforeEach(() => {
  vi.useFakeTimers();
  service = new MemoryService(Array.from({ length: 1_000 }, (_, index) => testRun(index)));
  client = new Client(service);
});

afterEach(() => {
  client.close();
  vi.useRealTimers();
});

async function settle(): Promise<void> {
  await vi.advanceTimersByTimeAsync(0);
}

function offsets(): number[] {
  return service.sent("rows").map(({ offset }) => offset);
}

describe("rows", () => {
  test("are fetched around the window, and no farther", async () => {
    const rows = new RowsState(client);
    await rows.setQuery({}, COLUMNS);
    expect(offsets()).toEqual([0, 100]);
    rows.show(520, 540);
    await settle();
    expect(offsets()).toEqual([0, 100, 500, 400, 600]);
    rows.show(530, 550);
    await settle();
    expect(offsets()).toHaveLength(5);
    expect(nameAt(rows.snapshot.get().blocks, 545)).toBe("run-545");
  });

  test("of an older query are dropped when they come late", async () => {
    const rows = new RowsState(client);
    await rows.setQuery({}, COLUMNS);
    service.isHeld = true;
    void rows.setQuery({ search: "run-1" }, COLUMNS);
    void rows.setQuery({ search: "run-99" }, COLUMNS);
    expect(rows.snapshot.get().blocks.total).toBe(1_000);
    const seen: number[] = [];
    rows.snapshot.subscribe(() => seen.push(rows.snapshot.get().blocks.total));
    service.release();
    await settle();
    expect(new Set(seen)).toEqual(new Set([11]));
  });

  test("stay on screen while they are renewed, and when that fails", async () => {
    const rows = new RowsState(client);
    await rows.setQuery({}, COLUMNS);
    service.failures.set("rows", { code: "store", message: "The store is away." });
    await rows.refresh();
    expect(rows.snapshot.get().error?.message).toBe("The store is away.");
    expect(nameAt(rows.snapshot.get().blocks, 0)).toBe("run-0");
    service.failures.clear();
    service.runs.unshift(testRun(5_000));
    await rows.refresh();
    expect(rows.snapshot.get().error).toBeNull();
    expect(nameAt(rows.snapshot.get().blocks, 0)).toBe("run-5000");
  });

  test("of a tree that has shrunk are asked for within it", async () => {
    const rows = new RowsState(client);
    await rows.setQuery({}, COLUMNS);
    rows.show(980, 999);
    await settle();
    service.runs.length = 20;
    await rows.refresh();
    await settle();
    expect(rows.snapshot.get().blocks.total).toBe(20);
    expect(nameAt(rows.snapshot.get().blocks, 19)).toBe("run-19");
  });
});

describe("the view", () => {
  test("is saved once after a burst of changes, as it stands then", async () => {
    const view = new ViewState(client, "v");
    view.update({ search: "a" });
    view.update({ search: "ab" });
    view.update({ search: undefined, deleted: true });
    await vi.advanceTimersByTimeAsync(300);
    expect(service.sent("set_view")).toHaveLength(1);
    expect(service.view).toEqual({ deleted: true });
  });

  test("is adopted from the store, unless a change made here is not yet saved", async () => {
    const view = new ViewState(client, "v");
    service.view = { search: "theirs" };
    await view.load();
    expect(view.current.get()).toEqual({ search: "theirs" });
    view.update({ search: "mine" });
    await view.load();
    expect(view.current.get()).toEqual({ search: "mine" });
    await vi.advanceTimersByTimeAsync(300);
    expect(service.view).toEqual({ search: "mine" });
    service.view = { search: "theirs again" };
    await view.load();
    expect(view.current.get()).toEqual({ search: "theirs again" });
  });

  test("leaves alone what others have changed meanwhile, and keeps up with it", async () => {
    const view = new ViewState(client, "v");
    await view.load();
    service.view = { search: "theirs", sort: [{ column: "metrics.acc", descending: true }] };
    view.update({ height: 300 });
    await vi.advanceTimersByTimeAsync(400);
    expect(service.view).toEqual({ ...service.view, search: "theirs", height: 300 });
    expect(view.current.get()).toEqual(service.view);
  });

  test("that could not be saved is saved with the next change", async () => {
    const view = new ViewState(client, "v");
    service.failures.set("set_view", { code: "store", message: "The store is away." });
    view.update({ search: "a" });
    await vi.advanceTimersByTimeAsync(400);
    service.failures.clear();
    view.update({ height: 300 });
    await vi.advanceTimersByTimeAsync(400);
    expect(service.view).toEqual({ search: "a", height: 300 });
  });

  test("read before a save does not undo what was saved", async () => {
    const view = new ViewState(client, "v");
    service.isHeld = true;
    const loading = view.load();
    view.update({ search: "mine" });
    await vi.advanceTimersByTimeAsync(400);
    service.release();
    await loading;
    await vi.advanceTimersByTimeAsync(10);
    expect(view.current.get()).toEqual({ search: "mine" });
    expect(service.view).toEqual({ search: "mine" });
  });

  test("is saved at once when the dashboard closes", () => {
    const view = new ViewState(client, "v");
    view.update({ height: 300 });
    view.close();
    expect(service.sent("set_view")[0]?.view).toEqual({ height: 300 });
  });
});

describe("a session", () => {
  test("refreshes at most once a second, and once more after the last change", async () => {
    const session = new Session(client, "v");
    await session.start();
    await settle();
    service.requests.length = 0;
    for (let event = 0; event < 20; event += 1) {
      service.change();
      await vi.advanceTimersByTimeAsync(100);
    }
    await vi.advanceTimersByTimeAsync(2_000);
    expect(service.sent("rows")).toHaveLength(3);
    session.close();
  });

  test("that is paused catches up when it is resumed", async () => {
    const session = new Session(client, "v");
    await session.start();
    session.setAutoRefresh(false);
    service.runs.unshift(testRun(7_000));
    service.change();
    await vi.advanceTimersByTimeAsync(3_000);
    expect(nameAt(session.rows.snapshot.get().blocks, 0)).toBe("run-0");
    session.setAutoRefresh(true);
    await vi.advanceTimersByTimeAsync(0);
    expect(nameAt(session.rows.snapshot.get().blocks, 0)).toBe("run-7000");
    session.close();
  });

  test("that could not start says why, and starts when the kernel answers after all", async () => {
    service.isHeld = true;
    const session = new Session(client, "v");
    void session.start();
    await vi.advanceTimersByTimeAsync(30_000);
    expect(session.startError.get()?.code).toBe("timeout");
    service.release();
    await vi.advanceTimersByTimeAsync(0);
    expect(session.startError.get()).toBeNull();
    expect(session.rows.snapshot.get().loaded).toBe(true);
    session.close();
  });
});

test("a throttle runs at once, once more for all that came since, and never after its end", async () => {
  const task = vi.fn(() => Promise.resolve());
  const throttle = new Throttle(task, 1_000);
  throttle.trigger();
  throttle.trigger();
  throttle.trigger();
  expect(task).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(task).toHaveBeenCalledTimes(2);
  throttle.trigger();
  throttle.close();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(task).toHaveBeenCalledTimes(2);
});

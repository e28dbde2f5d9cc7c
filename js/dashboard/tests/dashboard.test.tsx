import { cleanup, render, screen, waitFor, within } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Client } from "../src/client";
import { Session } from "../src/state/session";
import { Dashboard } from "../src/views/Dashboard";
import widget from "../src/widget";
import { MemoryService, testRun } from "./service";

let service: MemoryService;
let session: Session;

beforeEach(() => {
  vi.stubGlobal("ResizeObserver", StillObserver);
  HTMLDialogElement.prototype.close = function (this: HTMLDialogElement) {
    this.open = false;
  };
  HTMLDialogElement.prototype.showModal = function (this: HTMLDialogElement) {
    this.open = true;
    this.querySelector("button")?.focus();
  };
  HTMLCanvasElement.prototype.getContext = () => null;
  service = new MemoryService([
    testRun(1, { status: "running" }),
    testRun(2, { status: "failed" }),
    testRun(3),
  ]);
});

afterEach(() => {
  session?.close();
  cleanup();
  vi.unstubAllGlobals();
});

/** jsdom has no layout, so nothing ever changes its size. */
class StillObserver {
  observe(): void {}
  disconnect(): void {}
}

async function open(): Promise<void> {
  session = new Session(new Client(service), "v");
  render(<Dashboard session={session} />);
  await session.start();
  await waitFor(() => expect(session.rows.snapshot.get().loaded).toBe(true));
}

function names(): (string | null | undefined)[] {
  return [...document.querySelectorAll('[role="gridcell"][data-column="attributes.run_name"]')].map(
    (cell) => cell.textContent,
  );
}

describe("the grid", () => {
  test("bears the roles and names that users of screen readers rely on", async () => {
    await open();
    const region = screen.getByRole("region", { name: "nbtrack dashboard" });
    const grid = within(region).getByRole("treegrid", { name: "Runs" });
    expect(grid.getAttribute("aria-rowcount")).toBe("3");
    const [row] = within(grid).getAllByRole("row", { expanded: false });
    expect(row?.getAttribute("data-run-id")).toBe(testRun(1).run_id);
    expect(row?.getAttribute("aria-level")).toBe("1");
    expect(row?.querySelector('[data-column="attributes.status"]')?.textContent).toBe("running");
    expect(screen.getByRole("tab", { name: "Runs", selected: true })).toBeDefined();
    expect(screen.getByRole("searchbox", { name: "Search runs" })).toBeDefined();
  });

  test("is sorted by clicks: ascending, descending, not", async () => {
    const user = userEvent.setup();
    await open();
    const header = screen.getByRole("columnheader", { name: "accuracy" });
    const button = within(header).getByRole("button", { name: "accuracy" });
    for (const [sort, first] of [
      ["ascending", "run-1"],
      ["descending", "run-3"],
      ["none", "run-1"],
    ]) {
      await user.click(button);
      await waitFor(() => expect(header.getAttribute("aria-sort")).toBe(sort));
      await waitFor(() => expect(names()[0]).toBe(first));
    }
  });

  test("opens a row with its details, which keep hostile text as text", async () => {
    const user = userEvent.setup();
    await open();
    await user.click(screen.getByRole("button", { name: "Expand run-2" }));
    expect(await screen.findByText("<img src=x onerror=alert(1)>")).toBeDefined();
    expect(document.querySelector("img")).toBeNull();
    await user.click(screen.getByRole("tab", { name: "Code" }));
    expect(screen.getByText("import").className).toContain("tok-keyword");
    await user.click(screen.getByRole("button", { name: "Collapse run-2" }));
    expect(screen.queryByRole("tab", { name: "Code" })).toBeNull();
  });

  test("leads from a run to its parent, where that is among the rows", async () => {
    const user = userEvent.setup();
    const [first, second] = service.runs;
    if (first) first.parent = testRun(3).run_id;
    if (second) second.parent = "f".repeat(32);
    await open();
    await user.click(screen.getByRole("button", { name: "Expand run-2" }));
    expect((await screen.findByText("ffffffff")).closest("button")).toBeNull();
    await user.click(screen.getByRole("button", { name: "Expand run-1" }));
    await user.click(await screen.findByRole("button", { name: "run-3" }));
    expect(screen.getByRole("button", { name: "Collapse run-3" })).toBeDefined();
    expect(document.activeElement?.getAttribute("data-run-id")).toBe(testRun(3).run_id);
  });

  test("keeps an open row, its tab and the focus over a refresh", async () => {
    const user = userEvent.setup();
    await open();
    await user.click(screen.getByRole("button", { name: "Expand run-2" }));
    await user.click(await screen.findByRole("tab", { name: "Timeline" }));
    service.runs.unshift(testRun(9));
    service.change();
    await waitFor(() => expect(names()[0]).toBe("run-9"));
    expect(document.activeElement?.textContent).toBe("Timeline");
    expect(screen.getByRole("tab", { name: "Timeline", selected: true })).toBeDefined();
    expect(screen.getByRole("button", { name: "Collapse run-2" })).toBeDefined();
  });

  test("is walked by keyboard", async () => {
    const user = userEvent.setup();
    await open();
    document.querySelector<HTMLElement>("[data-run-id]")?.focus();
    await user.keyboard("{ArrowDown}");
    expect(document.activeElement?.getAttribute("data-run-id")).toBe(testRun(2).run_id);
    await user.keyboard("{ArrowRight}");
    expect(screen.getByRole("button", { name: "Collapse run-2" })).toBeDefined();
    await user.keyboard("{ArrowRight}");
    expect(document.activeElement?.getAttribute("aria-label")).toBe("Select run-2");
    await user.keyboard("{ArrowLeft}{Delete}");
    expect(await screen.findByRole("dialog", { name: "Delete run" })).toBeDefined();
  });
});

test("plain keys are kept from JupyterLab's shortcuts, those with Ctrl are not", async () => {
  const user = userEvent.setup();
  await open();
  const row = document.querySelector<HTMLElement>("[data-run-id]");
  const seen: (boolean | undefined)[] = [];
  const onKeyDown = () => seen.push(row?.hasAttribute("data-lm-suppress-shortcuts"));
  document.addEventListener("keydown", onKeyDown, true);
  row?.focus();
  await user.keyboard("x{Control>}s{/Control}");
  document.removeEventListener("keydown", onKeyDown, true);
  expect(seen).toEqual([true, false, false]);
});

describe("deletion", () => {
  test("asks, deletes, and is undone", async () => {
    const user = userEvent.setup();
    await open();
    await user.click(screen.getByRole("button", { name: "Delete run-2" }));
    const dialog = await screen.findByRole("dialog", { name: "Delete run" });
    await user.click(within(dialog).getByRole("button", { name: "Delete" }));
    const status = screen.getByRole("status");
    await waitFor(() => expect(status.textContent).toContain("Deleted run-2"));
    await waitFor(() => expect(names()).toEqual(["run-1", "run-3"]));
    await user.click(within(status).getByRole("button", { name: "Undo" }));
    await waitFor(() => expect(names()).toEqual(["run-1", "run-2", "run-3"]));
    expect(status.textContent).toContain("Restored run-2");
  });

  test("does nothing when cancelled", async () => {
    const user = userEvent.setup();
    await open();
    await user.click(screen.getByRole("button", { name: "Delete run-2" }));
    await user.click(await screen.findByRole("button", { name: "Cancel" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(service.sent("delete")).toEqual([]);
  });

  test("that fails says so and leaves the run", async () => {
    const user = userEvent.setup();
    service.failures.set("delete", { code: "store", message: "The store is read-only." });
    await open();
    await user.click(screen.getByRole("button", { name: "Delete run-2" }));
    await user.click(
      within(await screen.findByRole("dialog")).getByRole("button", { name: "Delete" }),
    );
    await waitFor(() =>
      expect(screen.getByRole("status").textContent).toBe(
        "Could not delete run-2: The store is read-only.",
      ),
    );
    expect(names()).toContain("run-2");
  });

  test("is reversed in the list of deleted runs", async () => {
    const user = userEvent.setup();
    const [, second] = service.runs;
    if (second) second.isDeleted = true;
    await open();
    await user.click(screen.getByRole("switch", { name: "Deleted" }));
    await user.click(await screen.findByRole("button", { name: "Restore run-2" }));
    await waitFor(() => expect(screen.getByText("No deleted runs.")).toBeDefined());
  });
});

describe("the search", () => {
  test("narrows the rows and is kept with the view", async () => {
    const user = userEvent.setup();
    await open();
    await user.type(screen.getByRole("searchbox"), "run-3");
    await waitFor(() => expect(names()).toEqual(["run-3"]));
    await waitFor(() => expect(service.view).toEqual({ search: "run-3" }));
  });

  test("that is not understood says where, and leaves the rows", async () => {
    const user = userEvent.setup();
    await open();
    service.failures.set("rows", {
      code: "query",
      message: "There is no metric acuracy.",
      hint: "Did you mean accuracy?",
      span: [8, 15],
    });
    await user.type(screen.getByRole("searchbox"), "metrics.acuracy > 1");
    const alert = await screen.findByRole("alert");
    expect(alert.textContent).toContain("There is no metric acuracy.");
    expect(alert.textContent).toContain("\n        ^^^^^^^");
    expect(names()).toHaveLength(3);
  });

  test("is reached from anywhere by a slash", async () => {
    const user = userEvent.setup();
    await open();
    document.querySelector<HTMLElement>("[data-run-id]")?.focus();
    await user.keyboard("/");
    expect(document.activeElement).toBe(screen.getByRole("searchbox"));
    expect(screen.getByRole<HTMLInputElement>("searchbox").value).toBe("");
  });
});

test("an empty store shows what to type", async () => {
  service.runs.length = 0;
  await open();
  expect(screen.getByText("No runs yet")).toBeDefined();
  expect(screen.getByText(/%load_ext nbtrack/)).toBeDefined();
});

test("an error takes the place of the rows, with a way to try again", async () => {
  const user = userEvent.setup();
  service.failures.set("rows", { code: "store_unavailable", message: "The store is away." });
  await open().catch(() => {});
  expect((await screen.findByRole("alert")).textContent).toContain("The store is away.");
  service.failures.clear();
  await user.click(screen.getByRole("button", { name: "Retry" }));
  await waitFor(() => expect(names()).toHaveLength(3));
});

test("one widget displayed twice has two dashboards, each disposed for itself", async () => {
  const listeners = new Set<(message: unknown) => void>();
  const model = {
    get: () => "v",
    on: (name: string, listener: (message: unknown) => void) => {
      if (name === "msg:custom") listeners.add(listener);
    },
    off: (_name: string, listener: (message: unknown) => void) => listeners.delete(listener),
    send: (request: Parameters<MemoryService["send"]>[0]) => service.send(request),
  };
  service.onMessage((message) => {
    for (const listener of [...listeners]) listener(message);
  });
  const places = [document.createElement("div"), document.createElement("div")];
  document.body.append(...places);
  const [disposeFirst, disposeSecond] = places.map((el) =>
    widget.render({ model: model as never, el }),
  );
  await waitFor(() => expect(names()).toHaveLength(6));
  disposeFirst?.();
  expect(names()).toHaveLength(3);
  service.runs.unshift(testRun(8));
  service.change();
  await waitFor(() => expect(names()[0]).toBe("run-8"));
  disposeSecond?.();
  expect(names()).toHaveLength(0);
  expect(listeners.size).toBe(0);
});

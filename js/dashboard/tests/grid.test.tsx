import { cleanup, fireEvent, render, screen, waitFor, within } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Client } from "../src/client";
import { Session } from "../src/state/session";
import { Dashboard } from "../src/views/Dashboard";
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
  };
  HTMLCanvasElement.prototype.getContext = () => null;
  service = new MemoryService([
    testRun(1, { status: "failed" }),
    testRun(2),
    testRun(3),
    testRun(4, { accuracy: 0.02 }),
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

async function open(view: MemoryService["view"] = {}): Promise<ReturnType<typeof userEvent.setup>> {
  service.view = view;
  session = new Session(new Client(service), "v");
  render(<Dashboard session={session} />);
  await session.start();
  await waitFor(() => expect(session.rows.snapshot.get().loaded).toBe(true));
  return userEvent.setup();
}

function grid(): HTMLElement {
  return screen.getByRole("treegrid", { name: "Runs" });
}

function group(label: string): HTMLElement {
  const row = grid().querySelector<HTMLElement>(`[data-group="${label}"]`);
  if (row === null) throw new Error(`There is no group ${label}`);
  return row;
}

function runRow(number: number): HTMLElement {
  const row = grid().querySelector<HTMLElement>(`[data-run-id="${testRun(number).run_id}"]`);
  if (row === null) throw new Error(`There is no run ${number}`);
  return row;
}

function headers(): (string | null)[] {
  return [...grid().querySelectorAll("[role=columnheader][data-column]")].map((header) =>
    header.getAttribute("data-column"),
  );
}

const GROUPED = { group_by: ["attributes.status"] };

describe("a group", () => {
  test("says what it holds, and opens in place", async () => {
    const user = await open(GROUPED);
    expect(grid().getAttribute("aria-rowcount")).toBe("2");
    const completed = group("completed");
    expect(completed.getAttribute("aria-level")).toBe("1");
    expect(completed.getAttribute("aria-expanded")).toBe("false");
    expect(completed.textContent).toContain("Status");
    expect(within(completed).getByTitle("3 runs").textContent).toBe("3");
    expect(within(completed).getByTitle("3 completed")).toBeDefined();
    const mean = () => completed.querySelector('[data-column="metrics.accuracy"]')?.textContent;
    await waitFor(() => expect(mean()).toBe("0.02333"));

    await user.click(screen.getByRole("button", { name: "Expand group completed" }));
    await waitFor(() => expect(grid().getAttribute("aria-rowcount")).toBe("5"));
    expect(runRow(2).getAttribute("aria-level")).toBe("2");
    service.change();
    await user.click(screen.getByRole("button", { name: "Collapse group completed" }));
    await waitFor(() => expect(grid().getAttribute("aria-rowcount")).toBe("2"));
  });

  test("is opened, closed and left for by keyboard", async () => {
    const user = await open(GROUPED);
    group("completed").focus();
    await user.keyboard("{ArrowRight}");
    await waitFor(() => expect(group("completed").getAttribute("aria-expanded")).toBe("true"));
    await user.keyboard("{ArrowDown}{ArrowDown}");
    expect(document.activeElement).toBe(runRow(3));
    await user.keyboard("{ArrowLeft}");
    expect(document.activeElement).toBe(group("completed"));
    await user.keyboard("{ArrowLeft}");
    await waitFor(() => expect(group("completed").getAttribute("aria-expanded")).toBe("false"));
    expect(document.activeElement).toBe(group("completed"));
    await user.keyboard("{Enter}{ArrowRight}");
    await waitFor(() => expect(group("completed").getAttribute("aria-expanded")).toBe("true"));
  });

  test("opens with those beside it at *", async () => {
    const user = await open(GROUPED);
    group("completed").focus();
    await user.keyboard("*");
    await waitFor(() => expect(grid().getAttribute("aria-rowcount")).toBe("6"));
    expect(document.activeElement).toBe(group("completed"));
  });

  test("has all its runs selected, some or none", async () => {
    const user = await open(GROUPED);
    const box = (label: string) =>
      screen.getByRole<HTMLInputElement>("checkbox", { name: `Select group ${label}` });
    await user.click(box("completed"));
    expect(box("completed").checked).toBe(true);
    await waitFor(() => expect(session.marks.selectedCount).toBe(3));
    expect(group("completed").getAttribute("aria-selected")).toBe("true");
    session.marks.toggle(testRun(2).run_id);
    await waitFor(() => expect(box("completed").indeterminate).toBe(true));
    expect(group("completed").getAttribute("aria-selected")).toBe("false");
    group("completed").focus();
    await user.keyboard(" ");
    await waitFor(() => expect(box("completed").checked).toBe(true));
    session.marks.selectAllThatMatch();
    await waitFor(() => expect(box("failed").checked).toBe(true));
    await user.click(box("completed"));
    await waitFor(() => expect(box("completed").checked).toBe(false));
    expect([session.marks.selectedCount, box("failed").checked]).toEqual([1, true]);
  });

  test("that has too many runs stays as it was, and says why", async () => {
    const user = await open(GROUPED);
    service.failures.set("ids", { code: "request", message: "Too many." });
    const box = screen.getByRole<HTMLInputElement>("checkbox", { name: "Select group completed" });
    await user.click(box);
    expect((await screen.findByRole("alert")).textContent).toContain("Too many.");
    await waitFor(() => expect(box.checked).toBe(false));
  });

  test("that is refused can be taken back", async () => {
    const user = await open();
    service.failures.set("rows", { code: "request", message: "Too many groups." });
    session.view.update(GROUPED);
    expect((await screen.findByRole("alert")).textContent).toContain("Too many groups.");
    service.failures.clear();
    await user.click(screen.getByRole("button", { name: "Remove grouping" }));
    await waitFor(() => expect(screen.queryByRole("alert")).toBeNull());
    expect(runRow(1)).toBeDefined();
  });
});

describe("runs", () => {
  test("are selected one by one, by range and all", async () => {
    const user = await open();
    await user.click(screen.getByRole("checkbox", { name: "Select run-1" }));
    expect(runRow(1).getAttribute("aria-selected")).toBe("true");
    const third = screen.getByRole("checkbox", { name: "Select run-3" });
    fireEvent.click(third, { shiftKey: true });
    await waitFor(() => expect(session.marks.selectedCount).toBe(3));
    expect(runRow(2).getAttribute("aria-selected")).toBe("true");
    const all = screen.getByRole<HTMLInputElement>("checkbox", { name: "Select all runs" });
    expect(all.indeterminate).toBe(true);
    await user.click(all);
    expect(session.view.current.get().selected).toEqual({ all: true, run_ids: [] });
    await waitFor(() => expect(all.checked).toBe(true));
    await user.click(all);
    expect(session.marks.selectedCount).toBe(0);
  });

  test("are selected by keyboard", async () => {
    const user = await open();
    runRow(2).focus();
    await user.keyboard(" ");
    expect(session.marks.isSelected(testRun(2).run_id)).toBe(true);
    await user.keyboard("{Shift>}{ArrowDown}{/Shift}");
    await waitFor(() => expect(session.marks.selectedCount).toBe(2));
    expect(document.activeElement).toBe(runRow(3));
  });

  test("are hidden and shown by their eyes", async () => {
    const user = await open();
    await user.click(screen.getByRole("button", { name: "Hide run-2" }));
    expect(runRow(2).className).toContain("nbtrack-hidden");
    await user.click(screen.getByRole("button", { name: "Toggle all runs" }));
    expect(screen.getByRole("button", { name: "Hide run-2" })).toBeDefined();
    await user.click(screen.getByRole("button", { name: "Toggle all runs" }));
    expect(screen.getByRole("button", { name: "Show run-4" })).toBeDefined();
  });

  test("with the best value of a metric stand out, whichever way is good", async () => {
    const user = await open();
    const best = () =>
      [...grid().querySelectorAll(".nbtrack-best")].map((cell) => cell.textContent);
    await waitFor(() => expect(best()).toEqual(["0.03000"]));
    await user.click(screen.getByRole("button", { name: "Menu accuracy" }));
    await user.click(screen.getByRole("menuitemradio", { name: "Best is lowest" }));
    await waitFor(() => expect(best()).toEqual(["0.01000"]));
    expect(session.view.current.get().directions).toEqual({ "metrics.accuracy": "min" });
  });

  test("bear marks where the search found its words", async () => {
    await open({ search: "run-3" });
    await waitFor(() => expect(grid().querySelector("mark")?.textContent).toBe("run-3"));
  });

  test("that are none say why, with the way back", async () => {
    const filter = { column: "metrics.accuracy", operator: ">", values: [1] } as const;
    const user = await open({ search: "nothing", filters: [{ ...filter, values: [1] }] });
    expect(await screen.findByText("No run matches this search and these filters.")).toBeDefined();
    await user.click(screen.getByRole("button", { name: "Clear filters" }));
    await user.click(screen.getByRole("button", { name: "Clear search" }));
    await waitFor(() => expect(runRow(1)).toBeDefined());
  });
});

describe("a column", () => {
  async function choose(column: string, item: string): Promise<void> {
    const user = userEvent.setup();
    await user.click(screen.getByRole("button", { name: `Menu ${column}` }));
    await user.click(
      screen.getByRole(/^(Sort|Best)/.test(item) ? "menuitemradio" : "menuitem", { name: item }),
    );
  }

  test("is sorted, grouped, moved, pinned and hidden from its menu", async () => {
    await open();
    await choose("accuracy", "Sort descending");
    const header = screen.getByRole("columnheader", { name: "accuracy" });
    await waitFor(() => expect(header.getAttribute("aria-sort")).toBe("descending"));
    await choose("accuracy", "Clear sort");
    await waitFor(() => expect(header.getAttribute("aria-sort")).toBe("none"));
    await choose("accuracy", "Move left");
    const moved = ["attributes.status", "metrics.accuracy", "attributes.run_name"];
    await waitFor(() => expect(headers()).toEqual(moved));
    await choose("Name", "Unpin");
    expect(session.view.current.get().pinned).toEqual(["attributes.status", "metrics.accuracy"]);
    await choose("Name", "Hide column");
    await waitFor(() => expect(headers()).toEqual(moved.slice(0, 2)));
    await choose("Status", "Group by this");
    await waitFor(() => expect(group("completed")).toBeDefined());
  });

  test("is widened, and its menu opened, by keyboard", async () => {
    const user = await open();
    screen.getByRole("button", { name: "accuracy" }).focus();
    await user.keyboard("{Shift>}{ArrowRight}{/Shift}");
    const width = session.view.current.get().widths?.["metrics.accuracy"] ?? 0;
    expect(width).toBeGreaterThan(0);
    await user.keyboard("{Shift>}{ArrowLeft}{ArrowLeft}{/Shift}");
    expect(session.view.current.get().widths?.["metrics.accuracy"]).toBe(width - 24);
    await user.keyboard("{Alt>}{ArrowDown}{/Alt}");
    const menu = screen.getByRole("menu", { name: "Column accuracy" });
    expect(within(menu).getAllByRole(/menuitem/)[0]).toBe(document.activeElement);
    await user.keyboard("{ArrowDown}");
    expect(document.activeElement?.textContent).toBe("Sort descending");
  });

  test("is reached from the first row, and left for it", async () => {
    const user = await open();
    runRow(1).focus();
    await user.keyboard("{ArrowUp}");
    expect(document.activeElement).toBe(screen.getByRole("button", { name: "Status" }));
    await user.keyboard("{ArrowRight}");
    expect(document.activeElement).toBe(screen.getByRole("button", { name: "Name" }));
    await user.keyboard("{Home}");
    expect(document.activeElement).toBe(screen.getByRole("checkbox", { name: "Select all runs" }));
    await user.keyboard("{ArrowDown}");
    expect(document.activeElement).toBe(runRow(1));
  });
});

test("the focus goes to the neighbour of a run that has gone", async () => {
  await open();
  runRow(2).focus();
  service.runs.splice(1, 1);
  service.change();
  await waitFor(() => expect(document.activeElement).toBe(runRow(3)));
});

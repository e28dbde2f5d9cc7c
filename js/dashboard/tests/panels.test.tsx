import { fireEvent, screen, waitFor, within } from "@testing-library/preact";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ListColumnsArgs, View } from "../src/protocol";
import { column, listed } from "./lists";
import { DashboardPage } from "./page";
import { MemoryService, testRun } from "./service";

let service: MemoryService;
let page: DashboardPage;

beforeEach(() => {
  service = new MemoryService([
    testRun(1, { status: "failed" }),
    testRun(2),
    testRun(3, { status: "dead" }),
    testRun(4),
  ]);
});

afterEach(() => page.close());

async function open(view: View = {}): Promise<DashboardPage["user"]> {
  page = await DashboardPage.open(service, view);
  return page.user;
}

const button = (name: string | RegExp) => screen.getByRole("button", { name });
const dialog = (name: string) => screen.findByRole("dialog", { name });
const view = () => page.view;
const names = () => page.names();

describe("a filter", () => {
  test("is set in a dialog, told by a chip, changed and removed there", async () => {
    const user = await open();
    await user.click(button("Filter accuracy"));
    const first = within(await dialog("Filter accuracy"));
    await user.selectOptions(first.getByRole("combobox", { name: "Operator" }), ">=");
    await user.click(first.getByRole("button", { name: "Apply" }));
    expect(first.getByRole("alert").textContent).toContain("Type a number");
    await user.type(first.getByRole("spinbutton", { name: "Value" }), "0.03{Enter}");
    expect(screen.queryByRole("dialog")).toBeNull();
    await waitFor(() => expect(names()).toEqual(["run-3", "run-4"]));

    await user.click(button("accuracy ≥ 0.03"));
    const second = within(await dialog("Filter accuracy"));
    const value = second.getByRole<HTMLInputElement>("spinbutton", { name: "Value" });
    expect(value.value).toBe("0.03");
    await user.clear(value);
    await user.type(value, "0.04{Enter}");
    await waitFor(() => expect(names()).toEqual(["run-4"]));

    await user.click(button("Remove filter accuracy"));
    await waitFor(() => expect(names()).toHaveLength(4));
    expect(view().filters).toBeUndefined();
  });

  test("is left as it was by Escape, and taken away by Clear", async () => {
    const filter = { column: "attributes.run_name", operator: "contains", values: ["2"] } as const;
    const user = await open({ filters: [{ ...filter, values: ["2"] }] });
    await user.click(await screen.findByRole("button", { name: "Name contains 2" }));
    await user.type(within(await dialog("Filter Name")).getByRole("textbox"), "3{Escape}");
    expect(screen.queryByRole("dialog")).toBeNull();
    expect(view().filters).toEqual([filter]);
    await user.click(button("Filter Name"));
    await user.click(within(await dialog("Filter Name")).getByRole("button", { name: "Clear" }));
    expect(view().filters).toBeUndefined();
  });

  test("by status adds up from the chips on top, as the dialog shows", async () => {
    const user = await open();
    await user.click(button(/^failed/));
    await waitFor(() => expect(names()).toEqual(["run-1"]));
    await user.click(button(/^dead/));
    await waitFor(() => expect(names()).toEqual(["run-1", "run-3"]));
    expect(button(/^dead/).getAttribute("aria-pressed")).toBe("true");
    expect(button(/^completed/).getAttribute("aria-pressed")).toBe("false");
    await user.click(button("Filter Status"));
    const checks = within(await dialog("Filter Status"));
    expect(checks.getByRole<HTMLInputElement>("checkbox", { name: "dead" }).checked).toBe(true);
    await user.keyboard("{Escape}");
    await user.click(button(/^failed/));
    await user.click(button(/^dead/));
    await waitFor(() => expect(names()).toHaveLength(4));
  });

  test("set by Python appears as a chip and in the rows", async () => {
    await open();
    service.view = { filters: [{ column: "metrics.accuracy", operator: "=", values: [0.02] }] };
    service.change();
    await waitFor(() => expect(names()).toEqual(["run-2"]));
    expect(button("Remove filter accuracy")).toBeDefined();
  });
});

describe("groups", () => {
  test("are chosen in order, moved by keyboard, given options, removed", async () => {
    const user = await open();
    await user.click(button("Group by"));
    const chooser = within(await dialog("Group by"));
    await user.click(await chooser.findByRole("checkbox", { name: "metrics.accuracy" }));
    await user.click(chooser.getByRole("checkbox", { name: "attributes.status" }));
    await user.keyboard("{Escape}");
    expect(view().group_by).toEqual(["metrics.accuracy", "attributes.status"]);

    button("Group options Status").focus();
    await user.keyboard("{ArrowLeft}");
    expect(view().group_by).toEqual(["attributes.status", "metrics.accuracy"]);
    await waitFor(() => expect(document.activeElement).toBe(button("Group options Status")));

    await user.click(button("Group options accuracy"));
    const options = within(await dialog("Group options accuracy"));
    fireEvent.change(options.getByRole("spinbutton", { name: "Bucket width" }), {
      target: { value: "0.5" },
    });
    await user.selectOptions(options.getByRole("combobox", { name: "Order by" }), "mean");
    await user.click(options.getByRole("checkbox", { name: "Descending" }));
    expect(view().group_options).toEqual({
      "metrics.accuracy": { bucket: 0.5, order: "mean metrics.accuracy", descending: true },
    });
    await user.keyboard("{Escape}");
    await user.click(button("Expand all"));
    await waitFor(() => expect(page.session.expansion.current.get().all).toBe(true));
    await user.click(button("Remove group accuracy"));
    expect(view().group_options).toBeUndefined();
    await user.click(button("Remove group Status"));
    expect(view().group_by).toBeUndefined();
  });

  test("are made by dropping a header over the tools", async () => {
    await open();
    const header = screen.getByRole("columnheader", { name: "Status" });
    const dataTransfer = new DragData();
    fireEvent(header, dragEvent("dragstart", dataTransfer));
    const target = await screen.findByText("Drop here to group");
    fireEvent(target, dragEvent("drop", dataTransfer));
    expect(view().group_by).toEqual(["attributes.status"]);
    expect(screen.queryByText("Drop here to group")).toBeNull();
  });
});

/** jsdom has no drags; this is what one carries. */
class DragData {
  effectAllowed = "";
  private readonly data = new Map<string, string>();
  get types(): string[] {
    return [...this.data.keys()];
  }
  setData(type: string, value: string): void {
    this.data.set(type, value);
  }
  getData(type: string): string {
    return this.data.get(type) ?? "";
  }
}

function dragEvent(type: string, dataTransfer: DragData): Event {
  return Object.assign(new Event(type, { bubbles: true, cancelable: true }), { dataTransfer });
}

describe("the columns", () => {
  test("are checked, moved by keyboard, removed, and reset", async () => {
    const user = await open();
    await user.click(button("Columns"));
    const chooser = within(await dialog("Columns"));
    await user.click(await chooser.findByRole("checkbox", { name: "attributes.status" }));
    expect(view().columns).toEqual(["attributes.run_name", "metrics.accuracy"]);
    await user.click(chooser.getByRole("checkbox", { name: "All attributes" }));
    await waitFor(() =>
      expect(view().columns).toEqual([
        "attributes.run_name",
        "metrics.accuracy",
        "attributes.status",
      ]),
    );
    chooser.getByRole("button", { name: "Move Status" }).focus();
    await user.keyboard("{ArrowUp}{ArrowUp}");
    expect(view().columns?.[0]).toBe("attributes.status");
    await user.click(chooser.getByRole("button", { name: "Remove accuracy" }));
    expect(view().columns).toEqual(["attributes.status", "attributes.run_name"]);
    await user.click(chooser.getByRole("button", { name: "Reset" }));
    expect(view().columns).toBeUndefined();
  });

  test("of 12,000 metrics are listed about what is in sight, searched, and bounded", async () => {
    const many = Array.from({ length: 12_000 }, (_, number) =>
      column(`metrics.m${number}`, `m${number}`, "number"),
    );
    service.answers.set("list_columns", (args: ListColumnsArgs) =>
      listed(many, { offset: 0, limit: 200, ...args }),
    );
    const user = await open();
    await user.click(button("Columns"));
    const chooser = within(await dialog("Columns"));
    await chooser.findByRole("checkbox", { name: "metrics.m0" });
    expect(chooser.getAllByRole("checkbox").length).toBeLessThan(500);
    expect(service.sent("list_columns").length).toBeLessThan(4);
    await user.type(chooser.getByRole("searchbox"), "m11999");
    await user.click(await chooser.findByRole("checkbox", { name: "metrics.m11999" }));
    expect(view().columns).toContain("metrics.m11999");
    await user.clear(chooser.getByRole("searchbox"));
    await chooser.findByRole("checkbox", { name: "metrics.m0" });
    await user.click(chooser.getByRole("checkbox", { name: "All metrics" }));
    await waitFor(() => expect(view().columns).toHaveLength(500));
    expect(chooser.getByRole("alert").textContent).toBe("At most 500 can be chosen at once.");
  });
});

describe("the search box", () => {
  beforeEach(() => {
    service.answers.set("complete", () => ({
      start: 0,
      end: 3,
      items: [
        { text: "metrics.accuracy", kind: "column", detail: "metric" },
        { text: "metric", kind: "value", detail: null },
      ],
    }));
  });

  test("proposes words, taken by the arrows and Enter, and closes by Escape", async () => {
    const user = await open();
    const box = screen.getByRole<HTMLInputElement>("searchbox", { name: "Search runs" });
    await user.type(box, "met");
    await screen.findByRole("listbox");
    await user.keyboard("{ArrowDown}");
    const [first] = screen.getAllByRole("option");
    expect(first?.getAttribute("aria-selected")).toBe("true");
    expect(box.getAttribute("aria-activedescendant")).toBe(first?.id);
    await user.keyboard("{Enter}");
    expect(box.value).toBe("metrics.accuracy ");
    await screen.findByRole("listbox");
    await user.keyboard("{Escape}");
    expect(screen.queryByRole("listbox")).toBeNull();
    expect(box.value).toBe("metrics.accuracy ");
    await user.keyboard("{Escape}");
    expect(box.value).toBe("");
  });

  test("searches by Enter at once where no proposal is chosen", async () => {
    const user = await open();
    await user.type(screen.getByRole("searchbox"), "run-3{Enter}");
    expect(view().search).toBe("run-3");
    expect(screen.queryByRole("listbox")).toBeNull();
  });

  test("has one request under way and one waiting, however fast the typing is", async () => {
    const user = await open();
    service.isHeld = true;
    await user.type(screen.getByRole("searchbox"), "accuracy");
    expect(service.sent("complete")).toHaveLength(1);
    service.release();
    await waitFor(() => expect(service.sent("complete")).toHaveLength(2));
    expect(service.sent("complete")[1]).toMatchObject({ text: "accuracy", cursor: 8 });
  });

  test("follows Python, also while it has the focus, but not over what is being typed", async () => {
    const user = await open();
    const box = screen.getByRole<HTMLInputElement>("searchbox", { name: "Search runs" });
    await user.click(box);
    page.session.view.current.set({ search: "theirs" });
    await waitFor(() => expect(box.value).toBe("theirs"));
    await user.type(box, "!");
    page.session.view.current.set({ search: "theirs again" });
    await waitFor(() => expect(view().search).toBe("theirs!"));
    expect(box.value).toBe("theirs!");
  });
});

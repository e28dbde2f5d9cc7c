import { screen, waitFor, within } from "@testing-library/preact";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { CompareResult, View } from "../src/protocol";
import { addressOf, placeOf, pythonOf } from "../src/views/compare/links";
import { sideBySide } from "../src/views/compare/pairedLines";
import { DashboardPage } from "./page";
import { MemoryService, testRun } from "./service";

let service: MemoryService;
let page: DashboardPage;

const id = (number: number) => testRun(number).run_id;
const button = (name: string | RegExp) => screen.getByRole("button", { name });
const check = (name: string) => screen.getByRole("checkbox", { name });
const row = (key: string, values: (string | number)[], differs: boolean) =>
  ({ section: "params", key, values, differs }) as const;

const DIFF = "--- run-1\n+++ run-2\n@@ -1,2 +1,3 @@\n-lr = 0.1\n+lr = 0.2\n+depth = 3\n fit()";

function compared(...numbers: number[]): CompareResult {
  return {
    runs: numbers.map((number) => ({
      run_id: id(number),
      run_name: `run-${number}`,
      status: "completed",
      experiment: "digits",
      attempt: number,
      start_time: null,
    })),
    rows: [row("lr", [0.1, 0.2], true), row("seed", ["<b>1", "<b>1"], false)],
    courses: ["loss"],
    diff: DIFF,
  };
}

beforeEach(() => {
  service = new MemoryService([1, 2, 3, 4].map((number) => testRun(number)));
  service.answers.set("compare", ({ run_ids }: { run_ids: string[] }) =>
    compared(...run_ids.map((runId) => Number.parseInt(runId, 16))),
  );
  service.answers.set("code_changes", ({ other }: { other: string }) => ({
    run_id: other,
    run_name: "other",
    attempt: 1,
    diff: DIFF,
  }));
});

afterEach(() => page.close());

async function open(view: View = {}): Promise<DashboardPage["user"]> {
  page = await DashboardPage.open(service, view);
  return page.user;
}

describe("a comparison", () => {
  test("says how to choose runs, then shows them side by side with the code", async () => {
    const user = await open();
    await user.click(screen.getByRole("tab", { name: "Compare" }));
    expect(screen.getByText("No runs selected")).toBeDefined();
    await user.click(button("Select runs"));
    await user.click(check("Select run-1"));
    await user.click(check("Select run-2"));
    await user.click(button("Compare"));
    expect(page.view.tab).toBe("compare");
    expect(await screen.findByRole("columnheader", { name: /run-2/ })).toBeDefined();
    expect(service.sent("compare")[0]?.run_ids).toEqual([id(1), id(2)]);
    expect(screen.getByRole("rowheader", { name: /^lr\s*differs$/ })).toBeDefined();
    expect((await screen.findByText("+lr = 0.2")).className).toContain("added");
    expect(screen.getAllByText("<b>1")).toHaveLength(2);
    await user.click(screen.getByRole("switch", { name: "Only differences" }));
    expect(screen.queryByText("seed")).toBeNull();
    await user.click(button("Leave out run-2"));
    expect(await screen.findByText("One run selected")).toBeDefined();
    expect(screen.getByText(/differs in nothing from itself/)).toBeDefined();
  });

  test("of all that match takes the first of them, without those left out", async () => {
    await open({ selected: { all: true, run_ids: [id(1)] }, group_by: ["attributes.status"] });
    page.session.tab.set("compare");
    await waitFor(() => expect(service.sent("compare")).toHaveLength(1));
    expect(service.sent("compare")[0]?.run_ids).toEqual([id(2), id(3), id(4)]);
  });

  test("named by the view is shown at once, and left for what is selected", async () => {
    const user = await open({
      tab: "compare",
      compare: [id(3), id(4), id(1)],
      selected: { all: false, run_ids: [id(1), id(2)] },
    });
    expect(await screen.findByRole("columnheader", { name: /run-3/ })).toBeDefined();
    await user.click(button("Leave out run-1"));
    await waitFor(() => expect(page.view.compare).toEqual([id(3), id(4)]));
    await user.click(button("Show the 2 selected instead"));
    expect(page.view.compare).toBeUndefined();
    expect(await screen.findByRole("columnheader", { name: /run-2/ })).toBeDefined();
  });

  test("draws the courses of its runs over each other", async () => {
    await open({ tab: "compare", compare: [id(1), id(2)] });
    const chart = await screen.findByRole("img", { name: /^loss of 1 run/ });
    expect(chart.querySelectorAll("path")).toHaveLength(1);
    expect(service.sent("series").at(-1)).toMatchObject({
      run_ids: [id(1), id(2)],
      keys: ["loss"],
    });
  });

  test("shows the code of two chosen runs, one below or beside the other", async () => {
    const user = await open({ tab: "compare", compare: [id(1), id(2), id(3)] });
    const to = await screen.findByRole("combobox", { name: "To run" });
    await user.selectOptions(to, id(3));
    await waitFor(() =>
      expect(service.sent("code_changes").at(-1)).toMatchObject({ run_id: id(3), other: id(1) }),
    );
    await user.click(screen.getByRole("switch", { name: "Side by side" }));
    const rows = within(await screen.findByRole("table", { name: "Code side by side" }))
      .getAllByRole("row")
      .map((line) => [...line.querySelectorAll("td")].map((cell) => cell.textContent));
    expect(rows.slice(1)).toEqual([
      ["@@ -1,2 +1,3 @@"],
      ["1", "removed: lr = 0.1", "1", "added: lr = 0.2"],
      ["", "", "2", "added: depth = 3"],
      ["2", "fit()", "3", "fit()"],
    ]);
    await user.selectOptions(to, id(1));
    expect(screen.getByText(/one and the same run/)).toBeDefined();
  });
});

test("side by side, what was removed stands beside what was added", () => {
  expect(sideBySide("")).toEqual([]);
  const kinds = sideBySide("--- a\n+++ b\n@@ -5 +5,2 @@\n--- a\n+++ b\n+c").slice(1);
  expect(kinds).toEqual([
    { kind: "changed", left: { number: 5, text: "-- a" }, right: { number: 5, text: "++ b" } },
    { kind: "changed", left: null, right: { number: 6, text: "c" } },
  ]);
});

test("a link says which runs, and nothing else is taken from an address", () => {
  expect(pythonOf([id(1), id(2)])).toBe(
    'nbtrack.Dashboard(compare=["000000000000", "000000000000"])',
  );
  const address = addressOf("http://localhost/nbtrack#old", { compare: [id(1), id(2)] });
  expect(address).toBe(`http://localhost/nbtrack#compare=${id(1)},${id(2)}`);
  expect(placeOf(new URL(address).hash)).toEqual({ tab: "compare", compare: [id(1), id(2)] });
  expect(placeOf(`#run=${id(3)}`)).toEqual({ run: id(3) });
  for (const hash of [
    "",
    "#",
    "#compare=",
    "#compare=javascript:alert(1)",
    "#view=x",
    "#run=%00",
  ]) {
    expect(placeOf(hash)).toBeNull();
  }
});

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Client } from "../src/client";
import { MAX_RUN_IDS } from "../src/protocol";
import { ExpansionState } from "../src/state/expansion";
import { groupAbove } from "../src/state/parents";
import { Session } from "../src/state/session";
import { MemoryService, nameAt, testRun } from "./service";

const GROUPED = { group_by: ["attributes.status"] };

let service: MemoryService;
let session: Session;

beforeEach(async () => {
  service = new MemoryService(
    Array.from({ length: 600 }, (_, index) =>
      testRun(index, { status: index % 2 === 0 ? "completed" : "failed" }),
    ),
  );
  session = new Session(new Client(service), "v");
  await session.start();
});

afterEach(() => session.close());

/** Lets all requests under way be answered. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve));
}

async function group(): Promise<void> {
  session.view.update(GROUPED);
  await settle();
}

describe("expansion", () => {
  test("opens and closes single groups, whatever the default", () => {
    const expansion = new ExpansionState();
    expansion.toggle(["a"]);
    expansion.toggle(["a", null]);
    expect(expansion.current.get()).toEqual({ all: false, paths: [["a"], ["a", null]] });
    expansion.toggle(["a"]);
    expect(expansion.isOpen(["a"])).toBe(false);
    expansion.expandAll();
    expect(expansion.isOpen(["b"])).toBe(true);
    expansion.toggle(["b"], false);
    expect(expansion.current.get()).toEqual({ all: true, paths: [["b"]] });
    expansion.toggle(["b"], true);
    expect(expansion.current.get()).toEqual({ all: true, paths: [] });
    expansion.collapseAll();
    expect(expansion.isOpen(["b"])).toBe(false);
  });

  test("opens the groups beside one together, of which single ones can be closed", () => {
    const expansion = new ExpansionState();
    expansion.toggle(["a", "x"]);
    expansion.openSiblings(["a", "y"]);
    expect(expansion.current.get()).toEqual({ all: false, paths: [], within: [["a"]] });
    expect([expansion.isOpen(["a", "z"]), expansion.isOpen(["a"])]).toEqual([true, false]);
    expansion.toggle(["a", "z"]);
    expect(expansion.isOpen(["a", "z"])).toBe(false);
    expansion.openSiblings(["b"]);
    expansion.openSiblings(["b"]);
    expect(expansion.isOpen(["a"])).toBe(true);
    expect(expansion.current.get().within).toEqual([["a"], []]);
    expansion.expandAll();
    expansion.toggle(["b"]);
    expansion.openSiblings(["c"]);
    expect(expansion.current.get()).toEqual({ all: true, paths: [], within: [] });
  });

  test("keeps the old rows until the tree with the group's runs is there", async () => {
    await group();
    const { blocks, runs, queryText } = session.rows.snapshot.get();
    expect([blocks.total, runs]).toEqual([2, 600]);
    service.isHeld = true;
    session.expansion.toggle(["completed"]);
    expect(session.rows.snapshot.get().blocks).toBe(blocks);
    service.release();
    await settle();
    const opened = session.rows.snapshot.get();
    expect([opened.blocks.total, opened.runs]).toEqual([302, 600]);
    expect(opened.queryText).toBe(queryText);
    expect(nameAt(opened.blocks, 1)).toBe("run-0");
  });

  test("leads from a run to its group, however far above", async () => {
    await group();
    session.expansion.toggle(["failed"]);
    await settle();
    expect(await groupAbove(session.client, session.rows, 301)).toBe(1);
    session.expansion.expandAll();
    await settle();
    expect(await groupAbove(session.client, session.rows, 601)).toBe(301);
    expect(await groupAbove(session.client, session.rows, 300)).toBe(0);
  });

  test("survives a refresh, and ends with the grouping", async () => {
    await group();
    session.expansion.toggle(["failed"]);
    await settle();
    await session.refresh();
    expect(session.rows.snapshot.get().blocks.total).toBe(302);
    session.view.update({ group_by: ["attributes.run_name"] });
    await settle();
    expect(session.expansion.current.get()).toEqual({ all: false, paths: [] });
  });
});

describe("aggregates", () => {
  test("come after the rows, for the groups in sight and for the whole", async () => {
    await group();
    session.aggregates.show(0, 1);
    await settle();
    const { current } = session.aggregates;
    const failed = current.get().get('["failed"]')?.get("metrics.accuracy");
    expect(failed).toMatchObject({ min: 0.01, max: 5.99, count: 300 });
    expect(current.get().get("[]")?.get("metrics.accuracy")?.max).toBe(5.99);
    const asked = service.sent("aggregates").length;
    session.aggregates.show(0, 1);
    await settle();
    expect(service.sent("aggregates")).toHaveLength(asked);
    for (const run of service.runs) run.accuracy = 7;
    await session.refresh();
    await settle();
    expect(current.get().get('["failed"]')?.get("metrics.accuracy")?.mean).toBe(7);
  });
});

describe("marks", () => {
  const idOf = (index: number) => testRun(index).run_id;

  test("select a range through rows that are not loaded", async () => {
    session.marks.toggle(idOf(0));
    await session.marks.range(0, 450);
    expect(session.marks.selectedCount).toBe(451);
    expect(session.marks.isSelected(idOf(450))).toBe(true);
    expect(session.rows.snapshot.get().blocks.at(450)).toBeUndefined();
  });

  test("are extended from the run toggled last", async () => {
    session.marks.toggle(idOf(3));
    await session.marks.extendTo(idOf(1));
    expect(session.marks.selected.run_ids.sort()).toEqual([1, 2, 3].map(idOf));
    await session.marks.extendTo(idOf(2), false);
    expect(session.marks.selected.run_ids).toEqual([idOf(1)]);
  });

  test("select all that match but some", () => {
    session.marks.selectAllThatMatch();
    session.marks.toggle(idOf(5));
    expect(session.marks.selectedCount).toBe(599);
    expect(session.marks.isSelected(idOf(5))).toBe(false);
    expect(session.view.current.get().selected).toEqual({ all: true, run_ids: [idOf(5)] });
    session.marks.clear();
    expect(session.view.current.get()).not.toHaveProperty("selected");
  });

  test("hide runs without loading rows anew", async () => {
    const requests = service.sent("rows").length;
    session.marks.toggleHidden(idOf(2));
    expect(session.marks.hiddenCount).toBe(1);
    session.marks.toggleAllHidden();
    expect(session.marks.hiddenCount).toBe(0);
    session.marks.toggleAllHidden();
    expect(session.marks.isHidden(idOf(7))).toBe(true);
    await settle();
    expect(service.sent("rows")).toHaveLength(requests);
  });

  test("of too many rows are refused with the way out", async () => {
    await session.marks.range(0, MAX_RUN_IDS);
    expect(session.marks.problem.get()).toContain("select all that match");
    expect(session.marks.selectedCount).toBe(0);
  });
});

import { screen, waitFor, within } from "@testing-library/preact";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ExperimentRow, View } from "../src/protocol";
import { DashboardPage } from "./page";
import { MemoryService, testRun } from "./service";

let service: MemoryService;
let page: DashboardPage;

beforeEach(() => {
  service = new MemoryService([1, 2, 3, 4].map((number) => testRun(number)));
});

afterEach(() => page.close());

async function open(view: View = {}): Promise<DashboardPage["user"]> {
  page = await DashboardPage.open(service, view);
  return page.user;
}

const button = (name: string | RegExp) => screen.getByRole("button", { name });
const check = (name: string) => screen.getByRole("checkbox", { name });
const id = (number: number) => testRun(number).run_id;

describe("stale runs", () => {
  test("are counted in the strip, and a click selects just them", async () => {
    service.runs.push(
      testRun(5, { status: "dead", accuracy: null }),
      testRun(6, { status: "interrupted", accuracy: null }),
      testRun(7, { status: "dead" }),
    );
    const user = await open();
    await user.click(check("Select run-1"));
    await user.click(
      await screen.findByRole("button", {
        name: "Select 2 dead or interrupted runs without metrics",
      }),
    );
    expect(page.view.selected).toEqual({ all: false, run_ids: [id(5), id(6)] });
  });

  test("are not spoken of where there are none", async () => {
    service.runs.push(testRun(7, { status: "dead" }));
    await open();
    expect(screen.queryByRole("button", { name: /without metrics/ })).toBeNull();
  });
});

describe("selected runs", () => {
  test("are deleted together, which is undone as one", async () => {
    service.answers.set("delete", ({ run_ids }: { run_ids: string[] }) => {
      for (const run of service.runs) run.isDeleted ||= run_ids.includes(run.run_id);
      return { run_ids, count: 2, revision: 2, deletion: 77 };
    });
    service.answers.set("restore", () => {
      for (const run of service.runs) run.isDeleted = false;
      return { run_ids: [], count: 2, revision: 3 };
    });
    const user = await open();
    await user.click(check("Select run-2"));
    await user.click(check("Select run-3"));
    expect(screen.getByRole("group", { name: "Selected runs" }).textContent).toContain(
      "2 selected",
    );
    await user.click(button("Delete"));
    const question = within(await screen.findByRole("dialog", { name: "Delete runs" }));
    expect(question.getByText("2 runs")).toBeDefined();
    await user.click(question.getByRole("button", { name: "Delete" }));
    await waitFor(() => expect(page.names()).toEqual(["run-1", "run-4"]));
    expect(screen.getByRole("status").textContent).toContain("Deleted 2 runs");
    expect(page.view.selected).toBeUndefined();
    await user.click(button("Undo"));
    await waitFor(() => expect(page.names()).toHaveLength(4));
    expect(service.requests.filter(({ op }) => op === "restore")[0]?.args).toEqual({
      deletion: 77,
    });
  });

  test("that are all that match are named by the view", async () => {
    service.answers.set("set_tags", () => ({ run_ids: [], count: 3, revision: 2 }));
    const user = await open({ search: "run" });
    await user.click(check("Select all runs"));
    expect(screen.getByText("All 4 that match")).toBeDefined();
    await user.click(check("Select run-2"));
    await user.click(button("Tag…"));
    const dialog = within(await screen.findByRole("dialog", { name: "Tag runs" }));
    await user.type(dialog.getByRole("textbox", { name: "Tag" }), "team");
    await user.type(dialog.getByRole("textbox", { name: "Value" }), "blue{Enter}");
    await waitFor(() => expect(screen.getByRole("status").textContent).toContain("Tagged 3 runs"));
    expect(service.sent("set_tags")[0]).toEqual({
      view: { search: "run" },
      excluded: [id(2)],
      tags: { team: "blue" },
    });
  });

  test("become a dataset next to the notebook, with the code that loads it", async () => {
    service.answers.set("export", () => ({
      path: "best.parquet",
      size: 2_000,
      rows: 1,
      code: 'pd.read_parquet("best.parquet")',
    }));
    const user = await open();
    await user.click(check("Select run-1"));
    await user.click(button("Create dataset…"));
    const dialog = within(await screen.findByRole("dialog", { name: "Create dataset" }));
    const name = dialog.getByRole("textbox", { name: "Name" });
    await user.clear(name);
    await user.type(name, "best");
    await user.selectOptions(dialog.getByRole("combobox", { name: "Format" }), "parquet");
    await user.click(dialog.getByRole("button", { name: "Create" }));
    expect(await dialog.findByText('pd.read_parquet("best.parquet")')).toBeDefined();
    expect(service.sent("export")[0]).toEqual({
      view_id: "v",
      run_ids: [id(1)],
      name: "best",
      format: "parquet",
      shape: "wide",
    });
  });

  test("that cannot be exported say why, in the dialog", async () => {
    service.failures.set("export", {
      code: "invalid",
      message: "a/b is no name of a file.",
      hint: "Leave out the slash.",
    });
    const user = await open();
    await user.click(check("Select run-1"));
    await user.click(button("Create dataset…"));
    const dialog = within(await screen.findByRole("dialog", { name: "Create dataset" }));
    await user.click(dialog.getByRole("button", { name: "Create" }));
    expect((await dialog.findByRole("alert")).textContent).toBe(
      "a/b is no name of a file. Leave out the slash.",
    );
  });

  test("are forgotten where the deleted ones are shown instead", async () => {
    const user = await open();
    await user.click(check("Select run-1"));
    page.session.showDeleted(true);
    await waitFor(() => expect(screen.queryByText("1 selected")).toBeNull());
  });
});

test("deleted runs are cleared after a question that tells number, size and what stays", async () => {
  const user = await open({ deleted: true });
  const plan = { count: 3, size: 5e6, kept: ["best"], revision: 2, remaining: 0, until: 7 };
  service.answers.set("clear", () => plan);
  await user.click(button("Clear deleted…"));
  const dialog = within(await screen.findByRole("dialog", { name: "Clear deleted runs" }));
  expect(await dialog.findByText("3 runs")).toBeDefined();
  expect(dialog.getByText("5.0 MB")).toBeDefined();
  expect(dialog.getByText(/^best stays/)).toBeDefined();
  expect(service.sent("clear").every((args) => "dry_run" in args)).toBe(true);
  await user.click(dialog.getByRole("button", { name: "Clear" }));
  await waitFor(() =>
    expect(screen.getByRole("status").textContent).toContain("Removed 3 runs and 5.0 MB"),
  );
  expect(service.sent("clear").at(-1)).toEqual({ view: { deleted: true }, until: 7 });
});

describe("many runs", () => {
  test("are cleared by several requests, with progress, until Cancel", async () => {
    const user = await open({ deleted: true });
    let removed = 0;
    const answer = (count: number, size: number) => ({
      count,
      size,
      kept: [],
      revision: 2,
      until: 7,
      remaining: 1000 - removed,
    });
    service.answers.set("clear", () => answer(1000, 0));
    await user.click(button("Clear deleted…"));
    const dialog = within(await screen.findByRole("dialog", { name: "Clear deleted runs" }));
    await dialog.findByText("1,000 runs");
    service.isHeld = true;
    service.answers.set("clear", () => {
      removed += 200;
      service.isHeld = removed === 400;
      return answer(200, 100);
    });
    await user.click(dialog.getByRole("button", { name: "Clear" }));
    service.release();
    expect(await dialog.findByText("400 of 1,000")).toBeDefined();
    expect(dialog.getByRole("progressbar", { name: "Progress" })).toHaveProperty("value", 400);
    await user.click(dialog.getByRole("button", { name: "Cancel" }));
    service.release();
    expect((await screen.findByText(/^Removed/)).textContent).toContain(
      "Removed 600 runs and 300 B of artifacts; 400 runs left",
    );
    expect(screen.queryByRole("dialog")).toBeNull();
  });

  test("are written with progress; Cancel leaves no file", async () => {
    const user = await open();
    service.answers.set("export", () => ({ job: "j", done: 0, total: 0 }));
    service.answers.set("export_progress", () => {
      service.isHeld = true;
      return { job: "j", done: 2000, total: 100_000 };
    });
    await user.click(check("Select run-1"));
    await user.click(button("Create dataset…"));
    const dialog = within(await screen.findByRole("dialog", { name: "Create dataset" }));
    await user.click(dialog.getByRole("button", { name: "Create" }));
    expect(await dialog.findByText("2,000 of 100,000")).toBeDefined();
    await user.click(dialog.getByRole("button", { name: "Cancel" }));
    service.release();
    await waitFor(() =>
      expect(service.sent("export_progress").at(-1)).toEqual({ job: "j", cancel: true }),
    );
    service.release();
    await waitFor(() =>
      expect(dialog.getByRole("button", { name: "Create" })).toHaveProperty("disabled", false),
    );
    expect(dialog.queryByRole("alert")).toBeNull();
  });
});

describe("the experiments", () => {
  let rows: ExperimentRow[];

  beforeEach(() => {
    const active = (experiment_id: number, name: string): ExperimentRow => ({
      experiment_id,
      name,
      stage: "active",
      run_count: 10 * experiment_id,
      last_activity: null,
      description: null,
      tags: { team: "vision", "two\nlines": "kept" },
    });
    rows = [active(1, "digits"), active(2, "faces")];
    service.answers.set("experiments", ({ deleted = false }: { deleted?: boolean }) => ({
      experiments: rows.filter(({ stage }) => (stage === "deleted") === deleted),
    }));
    service.answers.set("view", ({ view_id }: { view_id: string }) => ({
      view_id,
      view: view_id === "experiment:2" ? { columns: ["metrics.accuracy"] } : service.view,
    }));
  });

  const list = () => within(screen.getByRole("navigation", { name: "Experiments" }));
  const mark = (experimentId: number, stage: "active" | "deleted") => {
    rows = rows.map((row) => (row.experiment_id === experimentId ? { ...row, stage } : row));
    return { revision: 9 };
  };

  test("are searched by the service, and a search that cannot be understood says so", async () => {
    rows = Array.from({ length: 7 }, (_, place) => ({
      ...(rows[0] as ExperimentRow),
      experiment_id: place + 1,
      name: `digits-${place}`,
    }));
    const user = await open({ sidebar: true });
    const field = await list().findByRole("searchbox", { name: "Search experiments" });
    await user.type(field, "tags.team = 'a'");
    await waitFor(() =>
      expect(service.sent("experiments").at(-1)).toEqual({ search: "tags.team = 'a'" }),
    );
    service.answers.delete("experiments");
    service.failures.set("experiments", { code: "query", message: "No such name." });
    await user.type(field, "x");
    expect(await list().findByText(/No such name/)).toBeDefined();
    service.failures.delete("experiments");
    service.answers.set("experiments", () => ({ experiments: rows }));
  });

  test("get a description and tags, of which only what was changed is sent", async () => {
    service.answers.set("describe_experiment", () => ({ revision: 9 }));
    const user = await open({ sidebar: true });
    await user.click(await list().findByRole("button", { name: "Menu digits" }));
    await user.click(screen.getByRole("menuitem", { name: "Describe…" }));
    const dialog = within(await screen.findByRole("dialog", { name: "Describe experiment" }));
    await user.type(dialog.getByRole("textbox", { name: "Description" }), "All digits");
    const tags = dialog.getByRole<HTMLTextAreaElement>("textbox", { name: /^Tags/ });
    expect(tags.value).toBe("team=vision");
    await user.clear(tags);
    await user.type(tags, "owner=emmy=e");
    await user.click(dialog.getByRole("button", { name: "Save" }));
    await waitFor(() => expect(service.sent("describe_experiment")).toHaveLength(1));
    expect(service.sent("describe_experiment")[0]).toEqual({
      experiment_id: 1,
      description: "All digits",
      tags: { team: null, owner: "emmy=e" },
    });
  });

  test("are shown alone, as they were left, or several together, or all", async () => {
    const user = await open({ experiments: [1] });
    await user.click(button("Experiments"));
    expect(page.view.sidebar).toBe(true);
    await user.click(await list().findByRole("button", { name: /^faces/ }));
    await waitFor(() => expect(page.view.experiments).toEqual([2]));
    expect(page.view.columns).toEqual(["metrics.accuracy"]);
    page.session.view.update({ height: 300 });
    await page.session.experiments.showOnly(1);
    await waitFor(() => expect(page.view.experiments).toEqual([1]));
    expect(service.sent("set_view").at(-1)?.view).toMatchObject({ experiments: [2], height: 300 });
    await page.session.experiments.showOnly(2);
    await user.click(list().getByRole("checkbox", { name: "Show digits" }));
    expect(page.view.experiments).toEqual([2, 1]);
    await user.click(list().getByRole("button", { name: "All experiments" }));
    expect(page.view.experiments).toBeUndefined();
    await user.click(button("Experiments"));
    expect(screen.queryByRole("navigation")).toBeNull();
  });

  test("are created and renamed in place; a refused name says why", async () => {
    service.answers.set("create_experiment", () => ({ experiment_id: 3 }));
    service.failures.set("rename_experiment", { code: "conflict", message: "faces is taken." });
    const user = await open({ sidebar: true, experiments: [1] });
    await user.click(button("Create experiment"));
    await user.type(list().getByRole("textbox"), "cats{Enter}");
    await waitFor(() => expect(page.view.experiments).toEqual([3]));
    await user.click(button("Menu digits"));
    await user.click(await screen.findByRole("menuitem", { name: "Rename" }));
    const field = list().getByRole("textbox", { name: "New name of digits" });
    await user.clear(field);
    await user.type(field, "faces{Enter}");
    expect((await list().findByRole("alert")).textContent).toContain("faces is taken.");
    await user.type(field, "{Escape}");
    expect(list().getByRole("button", { name: /^digits/ })).toBeDefined();
  });

  test("are deleted after a question, brought back by Undo or from the deleted ones", async () => {
    service.answers.set("delete_experiment", () => mark(2, "deleted"));
    service.answers.set("restore_experiment", () => mark(2, "active"));
    const user = await open({ sidebar: true, experiments: [1, 2] });
    const remove = async () => {
      await user.click(await list().findByRole("button", { name: "Menu faces" }));
      await user.click(await screen.findByRole("menuitem", { name: "Delete…" }));
      const dialog = within(await screen.findByRole("dialog", { name: "Delete experiment" }));
      expect(dialog.getByText(/and its 20 runs/)).toBeDefined();
      await user.click(dialog.getByRole("button", { name: "Delete" }));
      await waitFor(() => expect(list().queryByRole("button", { name: /^faces/ })).toBeNull());
    };
    await remove();
    expect(page.view.experiments).toEqual([1]);
    await user.click(button("Undo"));
    expect(await list().findByRole("button", { name: /^faces/ })).toBeDefined();
    await remove();
    await user.click(list().getByRole("switch", { name: "Show deleted" }));
    await user.click(await list().findByRole("button", { name: "Menu faces" }));
    await user.click(await screen.findByRole("menuitem", { name: "Restore" }));
    await user.click(list().getByRole("switch", { name: "Show deleted" }));
    expect(await list().findByRole("button", { name: /^faces/ })).toBeDefined();
  });
});

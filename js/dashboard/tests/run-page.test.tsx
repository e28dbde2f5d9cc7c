import { screen, waitFor, within } from "@testing-library/preact";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { View } from "../src/protocol";
import { DashboardPage } from "./page";
import { MemoryService, testRun } from "./service";

let service: MemoryService;
let page: DashboardPage;

const id = (number: number) => testRun(number).run_id;
const button = (name: string | RegExp) => screen.getByRole("button", { name });

beforeEach(() => {
  service = new MemoryService([1, 2].map((number) => testRun(number)));
  service.answers.set("run", ({ run_id }: { run_id: string }) => {
    const run = service.runs.find((each) => each.run_id === run_id);
    const models = [{ name: "<b>digits", version: 3, stage: "Production" }];
    const stage = run?.isDeleted ? "deleted" : "active";
    return { ...service.detail(run_id), models, stage };
  });
});

afterEach(() => page.close());

async function open(view: View = {}): Promise<DashboardPage["user"]> {
  page = await DashboardPage.open(service, view);
  return page.user;
}

test("an open row is opened large, and closed again", async () => {
  const user = await open();
  await user.click(button("Expand run-2"));
  await user.click(await screen.findByRole("button", { name: "Open page of run-2" }));
  expect(page.view.run).toBe(id(2));
  expect(await screen.findByRole("heading", { name: "run-2" })).toBeDefined();
  expect(screen.queryByRole("treegrid")).toBeNull();
  expect(document.activeElement).toBe(button("Back to the runs"));
  expect(await screen.findByRole("img", { name: /^loss/ })).toBeDefined();
  expect(screen.getByText("<b>digits")).toBeDefined();
  await user.click(screen.getByRole("tab", { name: "Artifacts" }));
  expect(await screen.findByText(/No artifacts/)).toBeDefined();
  await user.keyboard("{Escape}");
  expect(page.view.run).toBeUndefined();
  expect(await screen.findByRole("treegrid")).toBeDefined();
});

test("a run's page that the view names deletes, restores, tags and exports this run", async () => {
  service.answers.set("set_tags", () => ({ run_ids: [id(1)], count: 1, revision: 2 }));
  service.answers.set("export", () => ({ path: "r.csv", size: 1, rows: 1, code: "pd" }));
  const user = await open({ run: id(1), selected: { all: false, run_ids: [id(2)] } });
  expect(await screen.findByRole("heading", { name: "run-1" })).toBeDefined();
  await user.click(button("Delete"));
  const question = within(await screen.findByRole("dialog", { name: "Delete run" }));
  await user.click(question.getByRole("button", { name: "Delete" }));
  await user.click(await screen.findByRole("button", { name: "Restore" }));
  expect(await screen.findByRole("button", { name: "Delete" })).toBeDefined();
  expect(service.sent("restore").at(-1)).toEqual({ run_ids: [id(1)] });

  await user.click(button("Tag…"));
  const tags = within(await screen.findByRole("dialog", { name: "Tag runs" }));
  await user.type(tags.getByRole("textbox", { name: "Tag" }), "team");
  await user.click(tags.getByRole("button", { name: "Set" }));
  await waitFor(() => expect(service.sent("set_tags")).toHaveLength(1));
  expect(service.sent("set_tags")[0]?.run_ids).toEqual([id(1)]);

  await user.click(button("Create dataset…"));
  const dataset = within(await screen.findByRole("dialog", { name: "Create dataset" }));
  await user.click(dataset.getByRole("button", { name: "Create" }));
  await waitFor(() => expect(service.sent("export")[0]?.run_ids).toEqual([id(1)]));
});

test("a run that is gone says so, with a way back", async () => {
  service.failures.set("run", { code: "not_found", message: "There is no run." });
  const user = await open({ run: id(9) });
  expect(await screen.findByText(/There is no run/)).toBeDefined();
  await user.click(button("Back to the runs"));
  expect(await screen.findByRole("treegrid")).toBeDefined();
});

test("all runs shown are written to a file without being selected", async () => {
  service.answers.set("export", () => ({ path: "r.csv", size: 1, rows: 1, code: "pd" }));
  const user = await open({ search: "run" });
  await user.click(button("Create dataset of all runs shown"));
  const dialog = within(await screen.findByRole("dialog", { name: "Create dataset" }));
  expect(dialog.getByText(/^2 runs/)).toBeDefined();
  await user.selectOptions(dialog.getByRole("combobox", { name: "Shape" }), "history");
  await user.click(dialog.getByRole("button", { name: "Create" }));
  await waitFor(() => expect(service.sent("export")).toHaveLength(1));
  expect(service.sent("export")[0]).toMatchObject({ view: { search: "run" }, shape: "history" });
});

test("from the data of a run, a click shows all runs that used it", async () => {
  const dataset = {
    name: "digits",
    digest: "ab'c",
    source_type: "frame",
    source: null,
    context: "train",
    schema: null,
    profile: { rows: 3 },
    artifact_path: null,
  };
  service.answers.set("run", ({ run_id }: { run_id: string }) => ({
    ...service.detail(run_id),
    datasets: [dataset],
  }));
  const user = await open({ run: id(1), filters: [], experiments: [1] });
  await user.click(await screen.findByRole("tab", { name: "Datasets" }));
  await user.click(await screen.findByRole("button", { name: "Runs with this data" }));
  expect(page.view).toMatchObject({ search: "datasets.digest = E'ab\\'c'" });
  expect(page.view.run).toBeUndefined();
  expect(page.view.experiments).toBeUndefined();
});

import { cleanup, fireEvent, render, screen, waitFor, within } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Client } from "../src/client";
import { RequestError } from "../src/errors";
import type {
  ArtifactArgs,
  ArtifactEntry,
  CodeChangesResult,
  RunDetail,
  SeriesArgs,
  SetDescriptionArgs,
  SetTagsArgs,
} from "../src/protocol";
import { Session } from "../src/state/session";
import { SessionContext } from "../src/views/context";
import { RunDetailView } from "../src/views/detail/RunDetailView";
import { MemoryService, testRun } from "./service";

const RUN = testRun(1);
let service: MemoryService;
let session: Session;
let run: RunDetail;

beforeEach(() => {
  vi.stubGlobal(
    "ResizeObserver",
    class {
      observe(): void {}
      disconnect(): void {}
    },
  );
  service = new MemoryService([RUN]);
  run = { ...service.detail(RUN.run_id), tags: [{ key: "team", value: "vision" }] };
  service.answers.set("run", () => run);
  service.answers.set("set_tags", ({ tags }: SetTagsArgs) => {
    if ("" in tags) throw new RequestError(EMPTY_KEY);
    const values = {
      ...Object.fromEntries(run.tags.map(({ key, value }) => [key, value])),
      ...tags,
    };
    run = {
      ...run,
      tags: Object.entries(values).flatMap(([key, value]) =>
        value === null ? [] : { key, value },
      ),
    };
    return { run_ids: [run.run_id], count: 1, revision: 2 };
  });
  service.answers.set("set_description", ({ description }: SetDescriptionArgs) => {
    run = { ...run, description };
    return { revision: 2 };
  });
});

afterEach(() => {
  session.close();
  cleanup();
  vi.unstubAllGlobals();
});

const EMPTY_KEY = { code: "invalid_key", message: "The tag key '' is empty." };

async function open(tab = "overview"): Promise<void> {
  session = new Session(new Client(service), "v");
  await session.start();
  session.details.toggle(RUN.run_id, true);
  session.details.select(RUN.run_id, tab);
  render(
    <SessionContext.Provider value={session}>
      <RunDetailView runId={RUN.run_id} />
    </SessionContext.Provider>,
  );
  await waitFor(() => expect(document.querySelector(".nbtrack-detail-content *")).not.toBeNull());
}

function button(name: string): HTMLElement {
  return screen.getByRole("button", { name });
}

test("a queued run says where it stands in line", async () => {
  run = {
    ...run,
    status: "queued",
    waiting: { place: 2, expected_start: null, expected_seconds: 64 },
  };
  await open();
  expect(screen.getByText("waits").nextElementSibling?.textContent).toBe(
    "2nd in line, usually takes 1m 04s",
  );
});

describe("tags", () => {
  test("are added, changed, given another key, and removed in place", async () => {
    const user = userEvent.setup();
    await open();
    await user.click(button("Add tag"));
    await user.keyboard("stage{Tab}draft{Enter}");
    await waitFor(() => expect(document.activeElement).toBe(button("Edit tag stage")));
    expect(run.tags).toContainEqual({ key: "stage", value: "draft" });

    await user.click(button("Edit tag stage"));
    const value = screen.getByRole<HTMLInputElement>("textbox", { name: "Value" });
    expect(document.activeElement).toBe(value);
    await user.clear(screen.getByRole("textbox", { name: "Tag" }));
    await user.type(screen.getByRole("textbox", { name: "Tag" }), "phase");
    await user.clear(value);
    await user.type(value, "final{Enter}");
    await waitFor(() => expect(button("Edit tag phase")).toBeDefined());
    expect(run.tags).toEqual([
      { key: "team", value: "vision" },
      { key: "phase", value: "final" },
    ]);

    await user.click(button("Remove tag team"));
    await waitFor(() => expect(screen.queryByText("vision")).toBeNull());
    expect(run.tags).toEqual([{ key: "phase", value: "final" }]);
    expect(document.activeElement).toBe(button("Add tag"));
  });

  test("that the service refuses say why, and keep what was typed", async () => {
    const user = userEvent.setup();
    await open();
    await user.click(button("Add tag"));
    await user.keyboard("{Tab}lost?{Enter}");
    expect((await screen.findByRole("alert")).textContent).toBe(EMPTY_KEY.message);
    expect(screen.getByRole<HTMLInputElement>("textbox", { name: "Value" }).value).toBe("lost?");
    await user.keyboard("{Escape}");
    expect(screen.queryByRole("textbox", { name: "Value" })).toBeNull();
    expect(run.tags).toHaveLength(1);
    expect(document.activeElement).toBe(button("Add tag"));
  });
});

describe("the description", () => {
  test("is saved by Ctrl+Enter and shown as it is", async () => {
    const user = userEvent.setup();
    await open();
    await user.click(button("Edit description"));
    await user.keyboard("**bold** <b>x</b>{Control>}{Enter}{/Control}");
    expect(await screen.findByText("**bold** <b>x</b>")).toBeDefined();
    expect(run.description).toBe("**bold** <b>x</b>");
    expect(document.activeElement).toBe(button("Edit description"));
  });

  test("keeps what was typed, and the focus, over a refresh and another tab", async () => {
    const user = userEvent.setup();
    await open();
    await user.click(button("Edit description"));
    await user.keyboard("half a sen");
    run = { ...run, description: "by someone else", tags: [{ key: "new", value: "tag" }] };
    service.change();
    await screen.findByText("tag");
    const area = screen.getByRole<HTMLTextAreaElement>("textbox", { name: "Description" });
    expect(document.activeElement).toBe(area);
    expect(area.value).toBe("half a sen");

    await user.click(screen.getByRole("tab", { name: "Host" }));
    await user.click(screen.getByRole("tab", { name: "Overview" }));
    expect(screen.getByRole<HTMLTextAreaElement>("textbox", { name: "Description" }).value).toBe(
      "half a sen",
    );
    await user.click(button("Cancel"));
    expect(screen.getByText("by someone else")).toBeDefined();
  });
});

describe("a run with very many metrics", () => {
  beforeEach(() => {
    const metrics = Array.from({ length: 12_000 }, (_, number) => ({
      ...{ key: `metric-${number}`, last: number, step: 1, minimum: 0, maximum: number, count: 2 },
    }));
    run = { ...run, metrics };
  });

  const rows = () => document.querySelectorAll(".nbtrack-metrics tbody tr").length;

  test("shows the first, those that are filtered for, and all of them in a window", async () => {
    const user = userEvent.setup();
    await open();
    expect(rows()).toBe(50);
    await user.type(screen.getByRole("textbox", { name: "Filter metrics" }), "metric-1199");
    await waitFor(() => expect(rows()).toBe(11));
    await user.keyboard("{Escape}");
    await user.click(button("Show all 12,000 metrics"));
    await waitFor(() => expect(screen.queryByRole("button", { name: /Show all/ })).toBeNull());
    expect(rows()).toBeLessThan(150);
    const asked = service.sent("series") as unknown as SeriesArgs[];
    expect(Math.max(...asked.map(({ keys }) => keys.length))).toBeLessThanOrEqual(200);
  });

  test("draws its charts by the page", async () => {
    const user = userEvent.setup();
    await open("charts");
    const charts = () => screen.getAllByRole("img").length;
    expect(charts()).toBe(24);
    await user.click(button("Show 24 more charts of 11,976"));
    expect(charts()).toBe(48);
  });
});

describe("changes of the code", () => {
  const changes: CodeChangesResult = {
    run_id: "f".repeat(32),
    run_name: "earlier",
    attempt: 2,
    diff: "--- a\n+++ b\n@@ -1 +1 @@\n-x = 1\n+x = 2\n",
  };

  test.each([
    [changes, "Changes since attempt 2, earlier"],
    [{ ...changes, diff: "" }, "No changes since attempt 2, earlier"],
    [
      { run_id: null, run_name: null, attempt: null, diff: "" },
      "First attempt: there is nothing to compare it with.",
    ],
  ])("%#: say what they are since", async (answer, text) => {
    service.answers.set("code_changes", () => answer);
    const user = userEvent.setup();
    await open("code");
    expect(service.sent("code_changes")).toHaveLength(0);
    await user.click(screen.getByRole("switch", { name: "Changes since the previous attempt" }));
    await waitFor(() => expect(screen.getByRole("tabpanel").textContent).toContain(text));
    const added = [...document.querySelectorAll(".nbtrack-diff-added")];
    expect(added.map(({ textContent }) => textContent)).toEqual(
      answer.diff === "" ? [] : ["+x = 2\n"],
    );
  });
});

describe("artifacts", () => {
  const files: ArtifactEntry[] = ["a/b/one.txt", "a/two.txt", "gone.txt"].map((path) => ({
    ...{ path, size: 3, digest: path, media_type: "text/plain" },
  }));
  let saved: { name: string; content: Blob }[];

  beforeEach(() => {
    saved = [];
    service.answers.set("artifacts", () => ({ artifacts: files }));
    service.answers.set("artifact", ({ path, offset = 0 }: ArtifactArgs) => {
      if (path === "gone.txt") {
        throw new RequestError({ code: "artifact", message: "The artifact 'gone.txt' is gone." });
      }
      const data = btoa("abc".slice(offset, offset + 2));
      return {
        ...{ path, media_type: "text/plain", size: 3, data },
        next_offset: offset + 2 < 3 ? offset + 2 : null,
      };
    });
    const contents: Blob[] = [];
    vi.spyOn(URL, "createObjectURL").mockImplementation((content) => {
      contents.push(content as Blob);
      return "blob:";
    });
    vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function (
      this: HTMLAnchorElement,
    ) {
      saved.push({ name: this.download, content: contents.at(-1) as Blob });
    });
  });

  afterEach(() => vi.restoreAllMocks());

  test("are walked through by keyboard", async () => {
    const user = userEvent.setup();
    await open("artifacts");
    const tree = screen.getByRole("tree", { name: "Artifacts" });
    const names = () =>
      within(tree)
        .getAllByRole("treeitem")
        .map((item) => item.title);
    expect(names()).toEqual(["a", "a/b", "a/b/one.txt", "a/two.txt", "gone.txt"]);
    tree.querySelector<HTMLElement>('[tabindex="0"]')?.focus();
    expect(document.activeElement).toHaveProperty("title", "a/b/one.txt");
    await user.keyboard("{ArrowLeft}{ArrowLeft}");
    expect(names()).toEqual(["a", "a/b", "a/two.txt", "gone.txt"]);
    await user.keyboard("{ArrowRight}{ArrowRight}");
    expect(document.activeElement).toHaveProperty("title", "a/b/one.txt");
    await user.keyboard("{End}{Enter}");
    const error = await screen.findByText("The artifact 'gone.txt' is gone.");
    expect(error).toBeDefined();
    await user.keyboard("{ArrowUp}{Enter}");
    expect(await screen.findByText("abc")).toBeDefined();
  });

  test("are saved as one zip, which names what it lacks", async () => {
    const user = userEvent.setup();
    await open("artifacts");
    await user.click(button("Download all as zip"));
    const alert = await screen.findByText(/run-1 artifacts.zip lacks gone.txt/);
    expect(alert.getAttribute("role")).toBe("alert");
    const [zip] = saved;
    expect(zip?.name).toBe("run-1 artifacts.zip");
    const bytes = new TextDecoder("latin1").decode(await zip?.content.arrayBuffer());
    expect(bytes.startsWith("PK\u0003\u0004")).toBe(true);
    for (const path of ["a/b/one.txt", "a/two.txt"]) expect(bytes).toContain(path);
    expect(bytes).not.toContain("gone.txt");
  });

  test("are no longer fetched once cancelled", async () => {
    await open("artifacts");
    await screen.findByText("abc");
    service.isHeld = true;
    const before = service.sent("artifact").length;
    fireEvent.click(button("Download all as zip"));
    fireEvent.click(await screen.findByRole("button", { name: "Cancel: Download all as zip" }));
    await waitFor(() => expect(button("Download all as zip")).toBeDefined());
    service.release();
    await session.refresh();
    expect(service.sent("artifact").length).toBeLessThanOrEqual(before + 1);
    expect(saved).toEqual([]);
  });
});

test("Escape leads from the details back to their row", async () => {
  const user = userEvent.setup();
  await open();
  await user.click(screen.getByRole("tab", { name: "Host" }));
  await user.keyboard("{Escape}");
  expect(session.details.target.get()).toEqual({ runId: RUN.run_id });
});

import { beforeEach, expect, test } from "vitest";
import { DetailsState } from "../src/state/details";

let details: DetailsState;

function height(runId: string): number | undefined {
  return details.open.get().get(runId)?.height;
}

beforeEach(() => {
  details = new DetailsState();
  details.toggle("a", true);
});

test("details become as high as their content, within bounds", () => {
  for (const [runId, needed, fitted] of [
    ["a", 40, 160],
    ["b", 247.3, 248],
    ["c", 5000, 360],
  ] as const) {
    details.toggle(runId, true);
    expect(details.open.get().get(runId)?.isSettled).toBe(false);
    details.fit(runId, needed);
    expect(details.open.get().get(runId)).toMatchObject({ height: fitted, isSettled: true });
  }
});

test("a height is kept for each tab, and while the row is closed", () => {
  details.fit("a", 200);
  details.select("a", "code");
  expect(height("a")).toBe(200);
  details.fit("a", 340);
  details.fit("a", 180);
  expect(height("a")).toBe(340);
  details.select("a", "overview");
  expect(height("a")).toBe(200);
  details.toggle("a", false);
  details.toggle("a", true);
  expect(details.open.get().get("a")).toEqual({ height: 200, isSettled: true, tab: "overview" });
});

test("a height chosen by hand stays, whatever the tab", () => {
  details.resize("a", 500);
  details.fit("a", 200);
  details.select("a", "code");
  details.fit("a", 200);
  expect(height("a")).toBe(500);
});

test("another run opens as high as the last one was", () => {
  details.fit("a", 200);
  details.toggle("b", true);
  expect(height("b")).toBe(200);
});

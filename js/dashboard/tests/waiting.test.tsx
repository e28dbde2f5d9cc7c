import { cleanup, render, screen, waitFor } from "@testing-library/preact";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Client } from "../src/client";
import { describeWaiting, formatWaiting } from "../src/grid/waiting";
import type { Waiting } from "../src/protocol";
import { Session } from "../src/state/session";
import { Dashboard } from "../src/views/Dashboard";
import { MemoryService, testRun } from "./service";

const NOW = new Date(2026, 10, 25, 12, 0, 0).getTime();

function waiting(place: number, inSeconds: number | null, lasting: number | null = null): Waiting {
  const start = inSeconds === null ? null : NOW + inSeconds * 1000;
  return { place, expected_start: start, expected_seconds: lasting };
}

describe("a place in line", () => {
  test.each([
    [waiting(1, null), "next in line"],
    [waiting(2, null), "2nd in line"],
    [waiting(3, null), "3rd in line"],
    [waiting(11, null), "11th in line"],
    [waiting(22, null), "22nd in line"],
    [waiting(112, null), "112th in line"],
    [waiting(1, -30), "soon"],
    [waiting(1, 42), "in 40 s"],
    [waiting(2, 185), "in 3 min"],
    [waiting(2, 7_300), "in 2 h"],
    [waiting(2, 180_000), "in 2 d"],
  ])("%j is written %s", (place, text) => {
    expect(formatWaiting(place, NOW)).toBe(text);
  });

  test("is described by all that is known", () => {
    expect(describeWaiting(waiting(2, 180, 64), NOW)).toBe(
      "2nd in line, may begin in 3 min (12:03), usually takes 1m 04s",
    );
    expect(describeWaiting(waiting(1, null), NOW)).toBe("next in line");
  });
});

describe("a queued run in the grid", () => {
  let session: Session;

  beforeEach(() => {
    vi.stubGlobal(
      "ResizeObserver",
      class {
        observe(): void {}
        disconnect(): void {}
      },
    );
  });

  afterEach(() => {
    session.close();
    cleanup();
    vi.unstubAllGlobals();
  });

  test("says where it stands beside its status", async () => {
    const service = new MemoryService([
      testRun(1, { status: "queued", waiting: waiting(2, null) }),
      testRun(2),
    ]);
    session = new Session(new Client(service), "v");
    render(<Dashboard session={session} />);
    await session.start();
    await waitFor(() => expect(screen.getAllByRole("gridcell").length).toBeGreaterThan(4));
    const titles = [
      ...document.querySelectorAll("[data-column='attributes.status'][role=gridcell]"),
    ];
    expect(titles.map((cell) => [cell.textContent, cell.getAttribute("title")])).toEqual([
      ["queued", "queued: 2nd in line"],
      ["completed", "completed"],
    ]);
  });
});

/** What opens the same comparison or run again: a line of Python, or an address of the page. */

import { MAX_COMPARED, type View } from "../../protocol";

/** Digits of a run's id that a line of Python has: enough to mean one run of millions. */
const DIGITS = 12;
const RUN_ID = /^[0-9a-f]{32}$/;

export function pythonOf(runIds: readonly string[]): string {
  const named = runIds.map((runId) => `"${runId.slice(0, DIGITS)}"`);
  return `nbtrack.Dashboard(compare=[${named.join(", ")}])`;
}

type Place = { compare: readonly string[] } | { run: string };

export function addressOf(page: string, place: Place): string {
  const [base] = page.split("#");
  return "run" in place ? `${base}#run=${place.run}` : `${base}#compare=${place.compare.join(",")}`;
}

/** What an address says of the view; null where it says nothing of it. */
export function placeOf(hash: string): Pick<View, "tab" | "run" | "compare"> | null {
  const [name, value = ""] = hash.replace(/^#/, "").split("=");
  const runIds = value.split(",").filter((runId) => RUN_ID.test(runId));
  const [runId] = runIds;
  if (runId === undefined) return null;
  if (name === "run") return { run: runId };
  return name === "compare" ? { tab: "compare", compare: runIds.slice(0, MAX_COMPARED) } : null;
}

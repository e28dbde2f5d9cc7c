/** The visible tree of the service in memory: runs in nested groups, open or not. */

import type { Aggregate, Expansion, GroupRow, StatusName, View } from "../src/protocol";
import { type GroupPath, pathKey } from "../src/tree";
import { type TestRun, valuesOf } from "./service";

export interface TreeRun {
  run: TestRun;
  level: number;
}

export function visibleTree(
  runs: readonly TestRun[],
  view: View,
  expanded: Expansion = { all: false, paths: [] },
): (TreeRun | GroupRow)[] {
  const has = (paths: readonly GroupPath[] = [], path: GroupPath) =>
    paths.some((other) => pathKey(other) === pathKey(path));
  const isOpen = (path: GroupPath) =>
    (expanded.all !== has(expanded.within, path.slice(0, -1))) !== has(expanded.paths, path);
  const groupBy = view.group_by ?? [];
  const branch = (
    within: readonly TestRun[],
    parent: (string | null)[],
  ): (TreeRun | GroupRow)[] => {
    const level = parent.length + 1;
    const column = groupBy[parent.length];
    if (column === undefined) return within.map((run) => ({ run, level }));
    const keys = [...new Set(within.map((run) => keyIn(run, column)))];
    return keys.flatMap((key) => {
      const path = [...parent, key];
      const members = within.filter((run) => keyIn(run, column) === key);
      const group: GroupRow = {
        kind: "group",
        level,
        path,
        column,
        label: key ?? "(none)",
        count: members.length,
        statuses: statusesOf(members),
        expanded: isOpen(path),
      };
      return group.expanded ? [group, ...branch(members, path)] : [group];
    });
  };
  return branch(runs, []);
}

export function membersOf(runs: readonly TestRun[], view: View, path: GroupPath): TestRun[] {
  const groupBy = view.group_by ?? [];
  return runs.filter((run) => path.every((key, place) => keyIn(run, groupBy[place] ?? "") === key));
}

export function aggregateOf(runs: readonly TestRun[], column: string): Aggregate | null {
  const values = runs
    .map((run) => valuesOf(run)[column])
    .filter((value) => typeof value === "number");
  if (values.length === 0) return null;
  const sum = values.reduce((total, value) => total + value, 0);
  return {
    min: Math.min(...values),
    mean: sum / values.length,
    max: Math.max(...values),
    count: values.length,
  };
}

function keyIn(run: TestRun, column: string): string | null {
  const value = valuesOf(run)[column] ?? null;
  return value === null ? null : String(value);
}

export function statusesOf(runs: readonly TestRun[]): Partial<Record<StatusName, number>> {
  const statuses: Partial<Record<StatusName, number>> = {};
  for (const { status } of runs) statuses[status] = (statuses[status] ?? 0) + 1;
  return statuses;
}

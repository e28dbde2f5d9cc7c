/** The keys of the ARIA treegrid pattern, as a pure function. */

/** Where the keyboard is: on a row (`column` null) or in one of its cells. */
export interface Focus {
  row: number;
  column: number | null;
}

export interface KeyContext {
  total: number;
  /** Columns in which the row has a cell, in order. */
  stops: readonly number[];
  /** Rows that fit the viewport. */
  page: number;
  expanded: boolean;
  /** The group that the row is in; -1: none; null: one that is not loaded. */
  parent: number | null;
}

export interface KeyInput {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
}

export type GridAction =
  | { kind: "focus"; focus: Focus }
  | { kind: "extend"; focus: Focus }
  | { kind: "toggle"; open: boolean }
  | { kind: "siblings" }
  | { kind: "select"; isRange: boolean }
  | { kind: "parent" }
  | { kind: "control" }
  | { kind: "delete" };

export function gridAction(input: KeyInput, focus: Focus, context: KeyContext): GridAction | null {
  if (input.altKey) return null;
  if (input.key === "*") return { kind: "siblings" };
  if (input.shiftKey) return shifted(input, focus, context);
  const control = input.ctrlKey || input.metaKey;
  const { row, column } = focus;
  if (control) {
    if (input.key === "Home") return toRow(focus, 0, context);
    return input.key === "End" ? toRow(focus, context.total - 1, context) : null;
  }
  switch (input.key) {
    case "ArrowUp":
      return toRow(focus, row - 1, context);
    case "ArrowDown":
      return toRow(focus, row + 1, context);
    case "PageUp":
      return toRow(focus, row - context.page, context);
    case "PageDown":
      return toRow(focus, row + context.page, context);
    case "Home":
      return column === null ? toRow(focus, 0, context) : toColumn(row, context.stops[0]);
    case "End":
      if (column === null) return toRow(focus, context.total - 1, context);
      return toColumn(row, context.stops.at(-1));
    case "ArrowRight":
      return right(focus, context);
    case "ArrowLeft":
      return left(focus, context);
    case "Enter":
      return { kind: "toggle", open: !context.expanded };
    case " ":
      return { kind: "select", isRange: false };
    case "F2":
      return { kind: "control" };
    case "Escape":
      return column === null ? null : toColumn(row, undefined);
    case "Delete":
      return { kind: "delete" };
    default:
      return null;
  }
}

function shifted(input: KeyInput, focus: Focus, context: KeyContext): GridAction | null {
  if (input.ctrlKey || input.metaKey) return null;
  if (input.key === " ") return { kind: "select", isRange: true };
  const steps = STEPS[input.key];
  if (steps === undefined) return null;
  const row = clampRow(focus.row + steps, context);
  return { kind: "extend", focus: { row, column: focus.column } };
}

const STEPS: Record<string, number> = { ArrowUp: -1, ArrowDown: 1 };

function toRow({ column }: Focus, target: number, context: KeyContext): GridAction {
  return { kind: "focus", focus: { row: clampRow(target, context), column } };
}

function clampRow(target: number, { total }: KeyContext): number {
  return Math.max(0, Math.min(total - 1, target));
}

function toColumn(row: number, column: number | undefined): GridAction {
  return { kind: "focus", focus: { row, column: column ?? null } };
}

function right({ row, column }: Focus, { stops, expanded }: KeyContext): GridAction {
  if (column === null) {
    return expanded ? toColumn(row, stops[0]) : { kind: "toggle", open: true };
  }
  return toColumn(row, stops.find((stop) => stop > column) ?? stops.at(-1));
}

function left(focus: Focus, context: KeyContext): GridAction | null {
  const { row, column } = focus;
  if (column !== null)
    return toColumn(
      row,
      context.stops.findLast((stop) => stop < column),
    );
  if (context.expanded) return { kind: "toggle", open: false };
  if (context.parent === null) return { kind: "parent" };
  return context.parent < 0 ? null : toRow(focus, context.parent, context);
}

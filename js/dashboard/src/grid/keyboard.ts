/** The keys of the ARIA treegrid pattern, as a pure function. */

/** Where the keyboard is: on a row (`column` null) or in one of its cells. */
export interface Focus {
  row: number;
  column: number | null;
}

export interface KeyContext {
  total: number;
  columns: number;
  /** Rows that fit the viewport. */
  page: number;
  expanded: boolean;
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
  | { kind: "toggle"; open: boolean }
  | { kind: "delete" };

export function gridAction(input: KeyInput, focus: Focus, context: KeyContext): GridAction | null {
  if (input.altKey || input.shiftKey) return null;
  const control = input.ctrlKey || input.metaKey;
  const { row, column } = focus;
  const toRow = (target: number): GridAction => ({
    kind: "focus",
    focus: { row: Math.max(0, Math.min(context.total - 1, target)), column },
  });
  if (control) {
    if (input.key === "Home") return toRow(0);
    return input.key === "End" ? toRow(context.total - 1) : null;
  }
  switch (input.key) {
    case "ArrowUp":
      return toRow(row - 1);
    case "ArrowDown":
      return toRow(row + 1);
    case "PageUp":
      return toRow(row - context.page);
    case "PageDown":
      return toRow(row + context.page);
    case "Home":
      return column === null ? toRow(0) : { kind: "focus", focus: { row, column: 0 } };
    case "End":
      if (column === null) return toRow(context.total - 1);
      return { kind: "focus", focus: { row, column: context.columns - 1 } };
    case "ArrowRight":
      return right(focus, context);
    case "ArrowLeft":
      return left(focus, context);
    case "Enter":
      return column === null ? { kind: "toggle", open: !context.expanded } : null;
    case "Delete":
      return { kind: "delete" };
    default:
      return null;
  }
}

function right({ row, column }: Focus, context: KeyContext): GridAction {
  if (column !== null) {
    return { kind: "focus", focus: { row, column: Math.min(context.columns - 1, column + 1) } };
  }
  if (!context.expanded) return { kind: "toggle", open: true };
  return { kind: "focus", focus: { row, column: 0 } };
}

function left({ row, column }: Focus, context: KeyContext): GridAction | null {
  if (column === null) return context.expanded ? { kind: "toggle", open: false } : null;
  return { kind: "focus", focus: { row, column: column === 0 ? null : column - 1 } };
}

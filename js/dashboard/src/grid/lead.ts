/** The narrow columns before all others, and the one at the end. */

export const SELECT_WIDTH = 28;
export const ACTIONS_WIDTH = 28;
/** Columns before those that the user chooses: select, expand, eye. */
export const LEAD_COLUMNS = 3;
const EXPAND_WIDTH = 22;
export const EYE_WIDTH = 26;
const INDENT = 16;

/** Of runs within `depth` levels of groups. */
export function expandWidth(depth: number): number {
  return EXPAND_WIDTH + INDENT * depth;
}

export function leadWidth(depth: number): number {
  return SELECT_WIDTH + expandWidth(depth) + EYE_WIDTH;
}

export function indentOf(level: number): number {
  return INDENT * (level - 1);
}

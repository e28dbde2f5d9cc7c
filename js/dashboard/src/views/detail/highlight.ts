/** Python source as pieces with a class each, for the notebook's own editor colours. */

import { classHighlighter, highlightCode } from "@lezer/highlight";
import { parser } from "@lezer/python";

export interface Piece {
  text: string;
  classes: string;
}

/** Beyond this, parsing would be felt and colours are not worth it. */
const MAX_HIGHLIGHTED = 200_000;

export function highlightPython(code: string): Piece[] {
  if (code.length > MAX_HIGHLIGHTED) return [{ text: code, classes: "" }];
  const pieces: Piece[] = [];
  highlightCode(
    code,
    parser.parse(code),
    classHighlighter,
    (text, classes) => pieces.push({ text, classes }),
    () => pieces.push({ text: "\n", classes: "" }),
  );
  return pieces;
}

/** A unified diff, line by line: what was added, what was removed, and where. */

import { useMemo, useState } from "preact/hooks";
import { formatCount } from "../grid/format";

export type DiffLineKind = "file" | "header" | "place" | "added" | "removed" | "same";

export interface DiffLine {
  text: string;
  kind: DiffLineKind;
}

/** Lines shown before all of them are asked for. */
const FIRST_LINES = 1_000;

export function Diff({ diff }: { diff: string }) {
  const lines = useMemo(() => diffLines(diff), [diff]);
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? lines : lines.slice(0, FIRST_LINES);
  return (
    <>
      <pre class="nbtrack-text nbtrack-diff">
        {shown.map(({ text, kind }) => (
          <span class={`nbtrack-diff-${kind}`}>{`${text}\n`}</span>
        ))}
      </pre>
      {shown.length < lines.length && (
        <button type="button" class="nbtrack-button" onClick={() => setWhole(true)}>
          Show all {formatCount(lines.length, "line")}
        </button>
      )}
    </>
  );
}

/** A file's header ends at its first place; from there on only the first character counts. */
export function diffLines(diff: string): DiffLine[] {
  let isHeader = true;
  return diff
    .replace(/\n$/, "")
    .split("\n")
    .map((text) => {
      if (text.startsWith("diff ")) isHeader = true;
      else if (text.startsWith("@@")) isHeader = false;
      return { text, kind: kindOf(text, isHeader) };
    });
}

function kindOf(text: string, isHeader: boolean): DiffLineKind {
  if (isHeader) return text.startsWith("diff ") ? "file" : "header";
  if (text.startsWith("@@")) return "place";
  if (text.startsWith("+")) return "added";
  return text.startsWith("-") ? "removed" : "same";
}

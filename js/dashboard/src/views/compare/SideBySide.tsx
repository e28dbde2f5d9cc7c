/** Two codes beside each other, where they differ. */

import { useMemo, useState } from "preact/hooks";
import { formatCount } from "../../grid/format";
import { type SideLine, type SideRow, sideBySide } from "./pairedLines";

/** Rows shown before all of them are asked for. */
const FIRST_ROWS = 500;

interface SideBySideProps {
  diff: string;
  leftName: string;
  rightName: string;
}

export function SideBySide({ diff, leftName, rightName }: SideBySideProps) {
  const rows = useMemo(() => sideBySide(diff), [diff]);
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? rows : rows.slice(0, FIRST_ROWS);
  return (
    <>
      <table class="nbtrack-sides" aria-label="Code side by side">
        <colgroup>
          <col class="nbtrack-sides-number" />
          <col />
          <col class="nbtrack-sides-number" />
          <col />
        </colgroup>
        <thead>
          <tr>
            <th scope="col" colSpan={2} class="nbtrack-label" title={leftName}>
              {leftName}
            </th>
            <th scope="col" colSpan={2} class="nbtrack-label" title={rightName}>
              {rightName}
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((row, place) => (
            <Row key={place} row={row} />
          ))}
        </tbody>
      </table>
      {shown.length < rows.length && (
        <button type="button" class="nbtrack-button" onClick={() => setWhole(true)}>
          Show all {formatCount(rows.length, "line")}
        </button>
      )}
    </>
  );
}

function Row({ row }: { row: SideRow }) {
  if (row.kind === "place") {
    return (
      <tr class="nbtrack-sides-place">
        <td colSpan={4}>{row.text}</td>
      </tr>
    );
  }
  const isChanged = row.kind === "changed";
  return (
    <tr>
      <Side line={row.left} kind={isChanged ? "removed" : "same"} />
      <Side line={row.right} kind={isChanged ? "added" : "same"} />
    </tr>
  );
}

function Side({ line, kind }: { line: SideLine | null; kind: "removed" | "added" | "same" }) {
  if (line === null) {
    return (
      <>
        <td class="nbtrack-sides-number" />
        <td class="nbtrack-sides-none" />
      </>
    );
  }
  return (
    <>
      <td class="nbtrack-sides-number">{line.number}</td>
      <td class={`nbtrack-diff-${kind}`}>
        {kind !== "same" && <span class="nbtrack-unseen">{kind}: </span>}
        {line.text}
      </td>
    </>
  );
}

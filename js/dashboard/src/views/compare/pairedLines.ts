/** A unified diff as pairs of lines, the old ones at the left. */

export interface SideLine {
  /** Of the file, from 1 on. */
  number: number;
  text: string;
}

export type SideRow =
  | { kind: "place"; text: string }
  /** null where the other side has a line more. */
  | { kind: "same" | "changed"; left: SideLine | null; right: SideLine | null };

const PLACE = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/;

export function sideBySide(diff: string): SideRow[] {
  const rows: SideRow[] = [];
  let [left, right] = [0, 0];
  let removed: SideLine[] = [];
  let added: SideLine[] = [];
  const flush = () => {
    for (let place = 0; place < Math.max(removed.length, added.length); place += 1) {
      rows.push({ kind: "changed", left: removed[place] ?? null, right: added[place] ?? null });
    }
    removed = [];
    added = [];
  };
  let isHeader = true;
  for (const line of diff.split("\n")) {
    const place = PLACE.exec(line);
    if (place !== null) {
      flush();
      isHeader = false;
      [left, right] = [Number(place[1]), Number(place[2])];
      rows.push({ kind: "place", text: line });
    } else if (!isHeader) {
      const text = line.slice(1);
      if (line.startsWith("-")) removed.push({ number: left++, text });
      else if (line.startsWith("+")) added.push({ number: right++, text });
      else {
        flush();
        const sides = { left: { number: left++, text }, right: { number: right++, text } };
        rows.push({ kind: "same", ...sides });
      }
    }
  }
  flush();
  return rows;
}

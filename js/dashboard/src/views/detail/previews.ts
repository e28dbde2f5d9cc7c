/** What kind of preview a file gets, and how its text is prepared. */

import type { ArtifactEntry } from "../../protocol";

export type PreviewKind = "image" | "text" | "json" | "csv" | "none";

export const MAX_IMAGE_BYTES = 10_000_000;
export const MAX_TEXT_BYTES = 256 * 1024;
const MAX_CSV_ROWS = 200;

const TEXT_TYPES =
  /^(text\/|application\/(json|xml|x-yaml|yaml|toml|javascript|x-python|x-sh|sql))/;
const TEXT_NAMES =
  /\.(txt|md|log|py|r|jl|toml|ya?ml|ini|cfg|xml|html?|sql|sh|ipynb|jsonl?|csv|tsv)$/i;

export function previewKind({ path, media_type: type, size }: ArtifactEntry): PreviewKind {
  if (type.startsWith("image/")) return size > MAX_IMAGE_BYTES ? "none" : "image";
  if (type === "text/csv" || /\.csv$/i.test(path)) return "csv";
  if (type === "application/json" || /\.(json|ipynb)$/i.test(path)) return "json";
  return TEXT_TYPES.test(type) || TEXT_NAMES.test(path) ? "text" : "none";
}

/** Indented, or as it stands when it is cut off or not JSON. */
export function prettyJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** The first rows of a CSV text (RFC 4180). */
export function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  const field = /("(?:[^"]|"")*"|[^,\r\n]*)(,|\r?\n|$)/gy;
  while (field.lastIndex < text.length && rows.length < MAX_CSV_ROWS) {
    const match = field.exec(text);
    if (match === null) break;
    const [, value = "", end = ""] = match;
    row.push(value.startsWith('"') ? value.slice(1, -1).replaceAll('""', '"') : value);
    if (end === ",") {
      if (field.lastIndex === text.length) row.push("");
      continue;
    }
    rows.push(row);
    row = [];
  }
  if (row.length > 0) rows.push(row);
  return rows;
}

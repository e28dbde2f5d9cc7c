/** What kind of preview a file gets, and how its text is prepared. */

import type { ArtifactEntry } from "../../protocol";

/** `unknown`: its first bytes tell whether it is text. */
export type PreviewKind = "image" | "text" | "json" | "csv" | "html" | "unknown" | "none";

export const MAX_IMAGE_BYTES = 10_000_000;
export const MAX_TEXT_BYTES = 256 * 1024;
export const MAX_HTML_BYTES = 4_000_000;
const MAX_CSV_ROWS = 200;
export const MAX_CSV_COLUMNS = 100;

const TEXT_TYPES =
  /^(text\/|application\/(json|xml|x-yaml|yaml|toml|javascript|x-python|x-sh|sql))/;
const TEXT_NAMES =
  /\.(txt|md|log|py|r|jl|toml|ya?ml|ini|cfg|xml|html?|sql|sh|ipynb|jsonl?|csv|tsv)$/i;
const BINARY_TYPES = /^(audio|video|font)\/|\b(zip|gzip|pdf|pickle|parquet|octet-stream)\b/;
const BINARY_NAMES = /\.(pkl|pickle|joblib|parquet|npy|npz|h5|pt|pth|onnx|gz|zip|bin)$/i;

export function previewKind({ path, media_type: type, size }: ArtifactEntry): PreviewKind {
  if (type.startsWith("image/")) return size > MAX_IMAGE_BYTES ? "none" : "image";
  if (type === "text/csv" || /\.csv$/i.test(path)) return "csv";
  if (type === "application/json" || /\.(json|ipynb)$/i.test(path)) return "json";
  if (type === "text/html" || /\.html?$/i.test(path)) {
    return size > MAX_HTML_BYTES ? "text" : "html";
  }
  if (TEXT_TYPES.test(type) || TEXT_NAMES.test(path)) return "text";
  if (BINARY_NAMES.test(path)) return "none";
  return BINARY_TYPES.test(type) && type !== "application/octet-stream" ? "none" : "unknown";
}

/** The file whose content stands for a file: of a Parquet table the rows kept beside it as CSV. */
export function previewEntry(
  entry: ArtifactEntry,
  entries: readonly ArtifactEntry[],
): ArtifactEntry {
  if (!/\.parquet$/i.test(entry.path)) return entry;
  const path = entry.path.replace(/\.parquet$/i, ".preview.csv");
  return entries.find((candidate) => candidate.path === path) ?? entry;
}

/** Indented, or as it stands when it is cut off or not JSON. */
export function prettyJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** Whether what was read as UTF-8 is rather no text: it has characters that text lacks. */
export function isBinary(text: string): boolean {
  const head = text.slice(0, 4_096);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what tells
  const odd = head.match(/[\u0000-\u0008\u000e-\u001a\ufffd]/g)?.length ?? 0;
  return odd > head.length / 100;
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

const POLICY = "default-src 'none'; img-src data:; font-src data:; style-src 'unsafe-inline'";
const ADDRESSES = ["href", "xlink:href", "ping", "action", "formaction"];

/**
 * A page that can only be looked at: its frame runs no scripts and its policy loads nothing, so
 * what is left to take away are addresses that a click or a hint to the browser would follow.
 */
export function stillPage(html: string): string {
  const page = new DOMParser().parseFromString(html, "text/html");
  for (const element of page.querySelectorAll("script, base, link, meta, object, embed, iframe")) {
    element.remove();
  }
  for (const element of page.querySelectorAll("*")) {
    for (const name of ADDRESSES) {
      if (!element.getAttribute(name)?.startsWith("#")) element.removeAttribute(name);
    }
  }
  const policy = page.createElement("meta");
  policy.httpEquiv = "Content-Security-Policy";
  policy.content = POLICY;
  page.head.prepend(policy);
  return `<!doctype html>${page.documentElement.outerHTML}`;
}

/** Why a search was not understood, and where. */

import type { RequestError } from "../errors";

interface SearchErrorProps {
  id: string;
  text: string;
  error: RequestError;
}

export function SearchError({ id, text, error }: SearchErrorProps) {
  return (
    <div class="nbtrack-search-error" id={id} role="alert">
      <div>{error.message}</div>
      {error.span !== undefined && <pre>{caretLines(text, error.span)}</pre>}
      {error.hint !== undefined && <div class="nbtrack-faint">{error.hint}</div>}
    </div>
  );
}

export function isSearchError(error: RequestError | null): error is RequestError {
  return error?.code === "query";
}

/** The line of a search that holds the span, with carets below the span. */
export function caretLines(text: string, [start, end]: readonly [number, number]): string {
  const lineStart = text.lastIndexOf("\n", start - 1) + 1;
  const lineEnd = text.indexOf("\n", start);
  const line = text.slice(lineStart, lineEnd < 0 ? undefined : lineEnd);
  const width = Math.max(1, Math.min(end, lineStart + line.length) - start);
  return `${line}\n${" ".repeat(Math.max(0, start - lineStart))}${"^".repeat(width)}`;
}

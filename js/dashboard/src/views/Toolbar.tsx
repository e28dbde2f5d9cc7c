/** What chooses the runs in the grid: the search, deleted or active, live or not. */

import { Columns3, ListTree, Search } from "lucide-static";
import { useEffect, useRef, useState } from "preact/compat";
import type { RequestError } from "../errors";
import { useObserved } from "../hooks";
import { Icon } from "../icon";
import { useDomId, useSession } from "./context";
import { Switch } from "./Switch";

const TYPING_PAUSE_MS = 150;

export function Toolbar() {
  const session = useSession();
  const view = useObserved(session.view.current);
  const isAuto = useObserved(session.autoRefresh);
  return (
    <div class="nbtrack-toolbar">
      <SearchBox />
      <DialogButton kind="columns" label="Columns" svg={Columns3} />
      <DialogButton kind="group-by" label="Group by" svg={ListTree} />
      <Switch
        label="Deleted"
        title="Show the runs marked as deleted"
        on={view.deleted === true}
        onChange={(on) => session.view.update({ deleted: on || undefined })}
      />
      <Switch
        label="Auto-refresh"
        title="Show changes as they happen"
        on={isAuto}
        onChange={(on) => session.setAutoRefresh(on)}
      />
    </div>
  );
}

interface DialogButtonProps {
  kind: "columns" | "group-by";
  label: string;
  svg: string;
}

function DialogButton({ kind, label, svg }: DialogButtonProps) {
  const { dialogs } = useSession();
  return (
    <button
      type="button"
      class="nbtrack-tool"
      aria-haspopup="dialog"
      onClick={(event) => dialogs.open({ kind, anchor: event.currentTarget })}
    >
      <Icon svg={svg} />
      {label}
    </button>
  );
}

function SearchBox() {
  const session = useSession();
  const view = useObserved(session.view.current);
  const { error } = useObserved(session.rows.snapshot);
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(view.search ?? "");
  const errorId = useDomId();
  const stored = view.search ?? "";

  useEffect(() => {
    if (document.activeElement !== input.current) setText(stored);
  }, [stored]);

  useEffect(() => {
    if (text === stored) return;
    const timer = setTimeout(
      () => session.view.update({ search: text === "" ? undefined : text }),
      TYPING_PAUSE_MS,
    );
    return () => clearTimeout(timer);
  }, [text, stored, session]);

  const searchError = isSearchError(error) ? error : null;
  return (
    <div class="nbtrack-search">
      <Icon svg={Search} />
      <input
        type="search"
        ref={input}
        value={text}
        aria-label="Search runs"
        aria-invalid={searchError !== null}
        aria-describedby={searchError === null ? undefined : errorId}
        placeholder="Search runs"
        autocomplete="off"
        spellcheck={false}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") setText("");
        }}
      />
      {searchError !== null && <SearchError id={errorId} text={stored} error={searchError} />}
    </div>
  );
}

export function isSearchError(error: RequestError | null): error is RequestError {
  return error?.code === "query";
}

function SearchError({ id, text, error }: { id: string; text: string; error: RequestError }) {
  return (
    <div class="nbtrack-search-error" id={id} role="alert">
      <div>{error.message}</div>
      {error.span !== undefined && <pre>{caretLines(text, error.span)}</pre>}
      {error.hint !== undefined && <div class="nbtrack-faint">{error.hint}</div>}
    </div>
  );
}

/** The line of a search that holds the span, with carets below the span. */
export function caretLines(text: string, [start, end]: readonly [number, number]): string {
  const lineStart = text.lastIndexOf("\n", start - 1) + 1;
  const lineEnd = text.indexOf("\n", start);
  const line = text.slice(lineStart, lineEnd < 0 ? undefined : lineEnd);
  const width = Math.max(1, Math.min(end, lineStart + line.length) - start);
  return `${line}\n${" ".repeat(Math.max(0, start - lineStart))}${"^".repeat(width)}`;
}

/** The search box: plain words or an expression, with proposals and errors below it. */

import { Search } from "lucide-static";
import { useLayoutEffect, useRef } from "preact/compat";
import { useObserved } from "../hooks";
import { Icon } from "../icon";
import { useDomId, useSession } from "./context";
import { isSearchError, SearchError } from "./SearchError";
import { type Completions, useCompletions, useSearchText } from "./search";

export function SearchBox() {
  const session = useSession();
  const { error } = useObserved(session.rows.snapshot);
  const input = useRef<HTMLInputElement>(null);
  const search = useSearchText();
  const completions = useCompletions(input);
  const cursor = useRef<number | null>(null);
  const id = useDomId();
  useLayoutEffect(() => {
    if (cursor.current === null) return;
    input.current?.setSelectionRange(cursor.current, cursor.current);
    cursor.current = null;
    completions.ask();
  });
  const take = (place: number) => {
    const taken = completions.taken(place);
    if (taken === null) return;
    cursor.current = taken.cursor;
    search.type(taken.text);
  };
  const keys: Record<string, () => boolean> = {
    ArrowDown: () => {
      if (completions.items.length > 0) completions.move(1);
      else completions.ask();
      return true;
    },
    ArrowUp: () => {
      completions.move(-1);
      return completions.items.length > 0;
    },
    Tab: () => {
      if (completions.active < 0) return false;
      take(completions.active);
      return true;
    },
    Enter: () => {
      if (completions.active >= 0) take(completions.active);
      else {
        completions.close();
        search.apply();
      }
      return true;
    },
    Escape: () => {
      if (completions.items.length > 0) completions.close();
      else search.apply("");
      return true;
    },
  };
  const searchError = isSearchError(error) ? error : null;
  const isOpen = completions.items.length > 0;
  return (
    <div class="nbtrack-search">
      <Icon svg={Search} />
      <input
        type="search"
        ref={input}
        value={search.text}
        aria-label="Search runs"
        aria-invalid={searchError !== null}
        aria-describedby={searchError === null ? undefined : `${id}-error`}
        aria-autocomplete="list"
        aria-controls={isOpen ? `${id}-list` : undefined}
        aria-activedescendant={
          completions.active < 0 ? undefined : `${id}-item-${completions.active}`
        }
        placeholder="Search runs"
        autocomplete="off"
        spellcheck={false}
        onInput={(event) => {
          search.type(event.currentTarget.value);
          if (event.currentTarget.value === "") completions.close();
          else completions.ask();
        }}
        onBlur={() => completions.close()}
        onKeyDown={(event) => {
          if (event.isComposing || keys[event.key]?.() !== true) return;
          event.preventDefault();
          event.stopPropagation();
        }}
      />
      {(searchError !== null || isOpen) && (
        <div class="nbtrack-search-drop">
          {searchError !== null && (
            <SearchError id={`${id}-error`} text={search.stored} error={searchError} />
          )}
          {isOpen && <Proposals id={id} completions={completions} onTake={take} />}
        </div>
      )}
      <span class="nbtrack-unseen" aria-live="polite">
        {isOpen && `${completions.items.length} proposals, arrow down to choose`}
      </span>
    </div>
  );
}

interface ProposalsProps {
  id: string;
  completions: Completions;
  onTake(place: number): void;
}

function Proposals({ id, completions, onTake }: ProposalsProps) {
  const { items, active } = completions;
  return (
    <div class="nbtrack-proposals" role="listbox" id={`${id}-list`} aria-label="Proposals">
      {items.map(({ text, kind, detail }, place) => (
        // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the search box, which names the active one
        <div
          key={`${kind} ${text}`}
          role="option"
          id={`${id}-item-${place}`}
          class={`nbtrack-proposal nbtrack-proposal-${kind}`}
          aria-selected={place === active}
          onMouseDown={(event) => {
            event.preventDefault();
            onTake(place);
          }}
        >
          <span class="nbtrack-label">{text}</span>
          {detail !== null && <span class="nbtrack-faint nbtrack-label">{detail}</span>}
        </div>
      ))}
    </div>
  );
}

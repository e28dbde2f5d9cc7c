/** What stands in the search box, how it reaches the view and the view it, and what completes it. */

import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from "preact/compat";
import { RequestError } from "../errors";
import { useObserved } from "../hooks";
import type { CompleteResult, Completion } from "../protocol";
import { useDomId, useSession } from "./context";

const TYPING_PAUSE_MS = 60;

export interface SearchText {
  text: string;
  /** What the rows on screen were asked for. */
  stored: string;
  /** Searches once the typing pauses. */
  type(text: string): void;
  /** Searches at once. */
  apply(text?: string): void;
}

/** Follows the view, as when Python sets it, unless something typed here is still to be sent. */
export function useSearchText(): SearchText {
  const session = useSession();
  const stored = useObserved(session.view.current).search ?? "";
  const [text, setText] = useState(stored);
  const sent = useRef(stored);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useLayoutEffect(() => {
    const isEdited = text !== sent.current;
    sent.current = stored;
    if (!isEdited) setText(stored);
  }, [stored]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const apply = (next: string) => {
    clearTimeout(timer.current);
    sent.current = next;
    setText(next);
    session.view.update({ search: next === "" ? undefined : next });
  };
  return {
    text,
    stored,
    apply: (next = text) => apply(next),
    type: (next) => {
      clearTimeout(timer.current);
      setText(next);
      timer.current = setTimeout(() => apply(next), TYPING_PAUSE_MS);
    },
  };
}

export interface Completions {
  items: readonly Completion[];
  /** Index of the item that Enter takes, or -1. */
  active: number;
  /** Asks what may stand at the cursor. */
  ask(): void;
  close(): void;
  move(step: number): void;
  /** The text with an item in place, and where the cursor is then. */
  taken(place: number): { text: string; cursor: number } | null;
}

/** More would have to be scrolled; typing narrows them down. */
const MAX_PROPOSALS = 10;

const NONE: CompleteResult = { start: 0, end: 0, items: [] };

/** One request is under way and one waits, however fast the typing is. */
export function useCompletions(input: RefObject<HTMLInputElement | null>): Completions {
  const { client, view } = useSession();
  const lane = useDomId();
  const [found, setFound] = useState(NONE);
  const [active, setActive] = useState(-1);
  const wanted = useRef(0);
  const close = () => {
    wanted.current += 1;
    setFound(NONE);
    setActive(-1);
  };
  const ask = () => {
    const element = input.current;
    if (element === null) return;
    wanted.current += 1;
    const asked = wanted.current;
    const cursor = element.selectionStart ?? element.value.length;
    const args = { view: view.current.get(), text: element.value, cursor };
    client.latest(lane, "complete", args).then(
      (result) => {
        if (asked !== wanted.current) return;
        setFound({ ...result, items: result.items.slice(0, MAX_PROPOSALS) });
        setActive(-1);
      },
      (reason) => {
        // A search can be typed without proposals.
        if (!(reason instanceof RequestError)) throw reason;
        if (asked === wanted.current) close();
      },
    );
  };
  const { items, start, end } = found;
  return {
    items,
    active,
    ask,
    close,
    move: (step) => setActive(((active + step + 1 + items.length + 1) % (items.length + 1)) - 1),
    taken: (place) => {
      const item = items[place];
      const text = input.current?.value ?? "";
      return item === undefined ? null : insert(text, start, end, item.text);
    },
  };
}

/** Puts a word in place, with a space behind it for the next one. */
function insert(text: string, start: number, end: number, word: string) {
  const rest = text.slice(end);
  const before = `${text.slice(0, start)}${word} `;
  return { text: before + rest.replace(/^ /, ""), cursor: before.length };
}

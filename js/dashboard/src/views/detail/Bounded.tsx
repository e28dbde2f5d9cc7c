/** A long list within bounds: its first entries, a field to filter it, and on request a window. */

import type { ComponentChildren, RefObject } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { formatCount } from "../../grid/format";

/** Entries shown at first. */
const FIRST = 50;
const FILTER_FROM = 20;
/** Height of one entry, CSS pixels. */
const ROW = 20;
/** Entries drawn beyond either edge of what is in sight; the window moves by as many. */
const MARGIN = 20;

export interface Stretch<T> {
  entries: readonly T[];
  /** Height of the entries left out before and after, CSS pixels. */
  before: number;
  after: number;
}

interface BoundedProps<T> {
  entries: readonly T[];
  noun: string;
  /** What the filter looks into. */
  textOf(entry: T): string;
  /** Draws entries of 20 px height each. */
  children(stretch: Stretch<T>): ComponentChildren;
}

export function Bounded<T>({ entries, noun, textOf, children }: BoundedProps<T>) {
  const [filter, setFilter] = useState("");
  const [isWhole, setWhole] = useState(false);
  const list = useRef<HTMLDivElement>(null);
  const found = useMemo(() => matching(entries, filter, textOf), [entries, filter]);
  const [first, last] = useStretch(list, found.length, isWhole);
  const end = isWhole ? last : FIRST;
  const stretch = {
    entries: found.slice(first, end),
    before: first * ROW,
    after: isWhole ? Math.max(0, found.length - end) * ROW : 0,
  };
  return (
    <>
      {entries.length >= FILTER_FROM && (
        <FilterField noun={noun} count={entries.length} value={filter} onChange={setFilter} />
      )}
      <div ref={list}>{found.length > 0 && children(stretch)}</div>
      {found.length === 0 && <p class="nbtrack-faint">No {noun} matches.</p>}
      {!isWhole && found.length > FIRST && (
        <button type="button" class="nbtrack-button nbtrack-more" onClick={() => setWhole(true)}>
          Show all {formatCount(found.length, noun)}
        </button>
      )}
    </>
  );
}

interface FilterFieldProps {
  noun: string;
  count: number;
  value: string;
  onChange(value: string): void;
}

export function FilterField({ noun, count, value, onChange }: FilterFieldProps) {
  return (
    <input
      class="nbtrack-filter-field"
      type="text"
      aria-label={`Filter ${noun}s`}
      placeholder={`Filter ${formatCount(count, noun)}`}
      value={value}
      onInput={(event) => onChange(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || value === "") return;
        event.stopPropagation();
        onChange("");
      }}
    />
  );
}

/** Entries that have the text in them, whatever the case. */
export function matching<T>(
  entries: readonly T[],
  text: string,
  textOf: (entry: T) => string,
): readonly T[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return entries;
  return entries.filter((entry) => textOf(entry).toLowerCase().includes(wanted));
}

/** The entries in sight of the scrolling panel around the list; all from 0 on while not `isOn`. */
function useStretch(
  list: RefObject<HTMLElement | null>,
  count: number,
  isOn: boolean,
): readonly [number, number] {
  const [first, setFirst] = useState(0);
  const [height, setHeight] = useState(0);
  useEffect(() => {
    const scroller = list.current?.closest<HTMLElement>(".nbtrack-detail-panel");
    if (!isOn || !scroller) return;
    const update = () => {
      const top = list.current?.getBoundingClientRect().top ?? 0;
      const hidden = Math.floor((scroller.getBoundingClientRect().top - top) / ROW);
      setFirst(Math.max(0, Math.floor(hidden / MARGIN - 1) * MARGIN));
      setHeight(scroller.clientHeight);
    };
    const observer = new ResizeObserver(update);
    observer.observe(scroller);
    scroller.addEventListener("scroll", update, { passive: true });
    update();
    return () => {
      observer.disconnect();
      scroller.removeEventListener("scroll", update);
    };
  }, [list, isOn]);
  if (!isOn) return [0, count];
  const drawn = Math.ceil(height / ROW / MARGIN + 3) * MARGIN;
  const start = Math.max(0, Math.min(first, count - drawn));
  return [start, Math.min(count, start + drawn)];
}

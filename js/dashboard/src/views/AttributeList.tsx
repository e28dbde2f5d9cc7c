/** Attributes to check, by kind; of very many, those about what is in sight. */

import { useEffect, useRef, useState } from "preact/hooks";
import { useObserved } from "../hooks";
import type { ColumnInfo } from "../protocol";
import { type AttributesState, KINDS, type Kind } from "../state/attributes";
import { ErrorNote } from "./ErrorNote";

interface AttributeListProps {
  attributes: AttributesState;
  chosen: ReadonlySet<string>;
  onToggle(column: ColumnInfo, on: boolean): void;
  /** Checks all of a kind, or none; missing where there is no such check box. */
  onToggleKind?: ((kind: Kind, on: boolean) => void) | undefined;
}

/** Height of a line, CSS pixels. */
const LINE = 24;
/** Lines drawn beyond either edge of what is in sight; the window moves by half as many. */
const MARGIN = 160;

const TITLES: Record<Kind, string> = {
  attributes: "Attributes",
  params: "Params",
  metrics: "Metrics",
  tags: "Tags",
};

export function AttributeList(props: AttributeListProps) {
  const { attributes } = props;
  const { totals, total, loaded, error, query } = useObserved(attributes.current);
  const scroller = useRef<HTMLDivElement>(null);
  const [first, setFirst] = useState(0);
  const last = first + 2 * MARGIN;
  useEffect(() => void attributes.show(first, last), [attributes, first, query]);
  useEffect(() => {
    scroller.current?.scrollTo?.(0, 0);
    setFirst(0);
  }, [query]);
  const onScroll = () => {
    const line = Math.floor((scroller.current?.scrollTop ?? 0) / LINE);
    const step = MARGIN / 2;
    setFirst(Math.max(0, Math.floor((line - step) / step) * step));
  };
  return (
    <div class="nbtrack-attributes" ref={scroller} onScroll={onScroll}>
      {error !== null && (
        <ErrorNote error={error} onRetry={() => void attributes.show(first, last)} />
      )}
      {loaded && total === 0 && <p class="nbtrack-faint">No attribute matches.</p>}
      {kindSpans(totals).map((span) => (
        <KindSection key={span.kind} {...props} {...span} first={first} last={last} />
      ))}
    </div>
  );
}

interface KindSpan {
  kind: Kind;
  start: number;
  end: number;
}

function kindSpans(totals: ReadonlyMap<Kind, number>): KindSpan[] {
  let start = 0;
  return KINDS.flatMap((kind) => {
    const end = start + (totals.get(kind) ?? 0);
    const span = { kind, start, end };
    start = end;
    return span.end > span.start ? [span] : [];
  });
}

function KindSection(props: AttributeListProps & KindSpan & { first: number; last: number }) {
  const { kind, start, end, attributes, chosen, onToggle } = props;
  const from = Math.max(start, Math.min(props.first, end));
  const to = Math.max(from, Math.min(props.last, end));
  return (
    <fieldset class="nbtrack-kind" aria-label={TITLES[kind]}>
      <KindHead {...props} />
      <div style={{ paddingTop: (from - start) * LINE, paddingBottom: (end - to) * LINE }}>
        {Array.from({ length: to - from }, (_, place) => {
          const column = attributes.at(from + place);
          if (column === undefined) return <div class="nbtrack-check" key={from + place} />;
          return (
            <Attribute
              key={column.id}
              column={column}
              isChosen={chosen.has(column.id)}
              onToggle={onToggle}
            />
          );
        })}
      </div>
    </fieldset>
  );
}

function KindHead({ kind, start, end, chosen, onToggleKind }: AttributeListProps & KindSpan) {
  const title = `${TITLES[kind]} `;
  const count = <span class="nbtrack-faint">{(end - start).toLocaleString("en-US")}</span>;
  if (onToggleKind === undefined) {
    return (
      <div class="nbtrack-kind-head">
        {title}
        {count}
      </div>
    );
  }
  const checked = [...chosen].filter((id) => id.startsWith(`${kind}.`)).length;
  const isAll = checked >= end - start;
  return (
    <label class="nbtrack-check nbtrack-kind-head">
      <input
        type="checkbox"
        aria-label={`All ${TITLES[kind].toLowerCase()}`}
        checked={isAll}
        indeterminate={checked > 0 && !isAll}
        onChange={(event) => onToggleKind(kind, event.currentTarget.checked)}
      />
      <span>
        {title}
        {count}
      </span>
    </label>
  );
}

interface AttributeProps {
  column: ColumnInfo;
  isChosen: boolean;
  onToggle(column: ColumnInfo, on: boolean): void;
}

function Attribute({ column, isChosen, onToggle }: AttributeProps) {
  const { id, label } = column;
  return (
    <label class="nbtrack-check" title={id}>
      <input
        type="checkbox"
        aria-label={id}
        checked={isChosen}
        onChange={(event) => onToggle(column, event.currentTarget.checked)}
      />
      <span class="nbtrack-label">{label}</span>
    </label>
  );
}

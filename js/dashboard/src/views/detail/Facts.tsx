/** Names and values in two columns; entries without a value are left out. */

import type { ComponentChildren } from "preact";

export interface Fact {
  name: string;
  value: ComponentChildren;
  title?: string;
}

interface FactsProps {
  facts: readonly (Fact | null)[];
  /** Heights that stand for facts left out, CSS pixels. */
  before?: number;
  after?: number;
}

export function Facts({ facts, before = 0, after = 0 }: FactsProps) {
  return (
    <dl class="nbtrack-facts" style={{ paddingTop: before, paddingBottom: after }}>
      {facts.map(
        (fact) =>
          fact !== null && (
            <div key={fact.name}>
              <dt title={fact.name}>{fact.name}</dt>
              <dd title={fact.title}>{fact.value}</dd>
            </div>
          ),
      )}
    </dl>
  );
}

/** A fact, or nothing where the value is not known. */
export function fact(name: string, value: unknown): Fact | null {
  if (value === null || value === undefined || value === "") return null;
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  return { name, value: text, title: text };
}

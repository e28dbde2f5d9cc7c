/** Names and values in two columns; entries without a value are left out. */

import type { ComponentChildren } from "preact";

export interface Fact {
  name: string;
  value: ComponentChildren;
  title?: string;
}

export function Facts({ facts }: { facts: readonly (Fact | null)[] }) {
  return (
    <dl class="nbtrack-facts">
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

/** Lucide icons as inline SVG that takes the colour of the text around it. */

import { useEffect, useRef } from "preact/hooks";

const parsed = new Map<string, Element>();

export function Icon({ svg }: { svg: string }) {
  const holder = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    holder.current?.replaceChildren(parse(svg).cloneNode(true));
  }, [svg]);
  return <span class="nbtrack-icon" aria-hidden="true" ref={holder} />;
}

function parse(svg: string): Element {
  let element = parsed.get(svg);
  if (element === undefined) {
    element = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
    parsed.set(svg, element);
  }
  return element;
}

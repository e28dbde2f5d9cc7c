/** A check box for several runs: all of them are selected, some, or none. */

import { useLayoutEffect, useRef, useState } from "preact/hooks";

interface SelectBoxProps {
  state: "all" | "some" | "none";
  label: string;
  title: string;
  tabIndex: 0 | -1;
  /** Its place among the header's stops. */
  stop?: number;
  onClick(): void;
}

export function SelectBox({ state, label, title, tabIndex, stop, onClick }: SelectBoxProps) {
  const box = useRef<HTMLInputElement>(null);
  const [, drawAnew] = useState(0);
  useLayoutEffect(() => {
    if (box.current === null) return;
    // A click has changed what the element shows, whatever comes of it.
    box.current.checked = state === "all";
    box.current.indeterminate = state === "some";
  });
  return (
    <input
      type="checkbox"
      ref={box}
      aria-label={label}
      title={title}
      data-stop={stop}
      tabIndex={tabIndex}
      onClick={() => {
        onClick();
        drawAnew((clicks) => clicks + 1);
      }}
    />
  );
}

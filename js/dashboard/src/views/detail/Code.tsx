/** The cell as it was executed. */

import { useMemo } from "preact/hooks";
import { highlightPython } from "./highlight";
import type { DetailProps } from "./RunDetailView";

export function Code({ run }: DetailProps) {
  const pieces = useMemo(() => highlightPython(run.code ?? ""), [run.code]);
  if (run.code === null) return <p class="nbtrack-faint">No code was recorded.</p>;
  return (
    <pre class="nbtrack-text nbtrack-code">
      {pieces.map(({ text, classes }) =>
        classes === "" ? text : <span class={classes}>{text}</span>,
      )}
    </pre>
  );
}

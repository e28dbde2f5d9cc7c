/** What the cell printed, and the exception that ended it. */

import type { DetailProps } from "./RunDetailView";

export function Output({ run }: DetailProps) {
  const parts = [
    { name: "Traceback", text: run.traceback },
    { name: "stdout", text: run.stdout },
    { name: "stderr", text: run.stderr },
  ].filter(({ text }) => text);
  if (parts.length === 0) return <p class="nbtrack-faint">No output.</p>;
  return (
    <>
      {parts.map(({ name, text }) => (
        <section class="nbtrack-output" key={name}>
          <h3>{name}</h3>
          <pre class="nbtrack-text">{plainText(text ?? "")}</pre>
        </section>
      ))}
    </>
  );
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is removed
const ESCAPES = /\u001b\[[0-9;?]*[ -/]*[@-~]/g;

/** Without terminal colours, and with `\r` overwriting its line as in a terminal. */
export function plainText(text: string): string {
  return text
    .replace(ESCAPES, "")
    .replace(/\r+\n/g, "\n")
    .replace(/^.*\r(?=[^\n])/gm, "");
}

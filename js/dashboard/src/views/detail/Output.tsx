/** What the cell printed, and the exception that ended it. */

import type { DetailProps } from "./detailTabs";

export function Output({ run }: DetailProps) {
  const parts = [
    { name: "Traceback", text: run.traceback },
    { name: "stdout", text: run.stdout },
    { name: "stderr", text: run.stderr },
  ].filter(({ text }) => text);
  if (parts.length === 0) return <p class="nbtrack-faint">No output.</p>;
  return (
    <>
      {run.traceback && <p class="nbtrack-headline">{headline(plainText(run.traceback))}</p>}
      {parts.map(({ name, text }) => (
        <section class="nbtrack-output" key={name}>
          <h3>{name}</h3>
          <pre class="nbtrack-text">{plainText(text ?? "")}</pre>
        </section>
      ))}
    </>
  );
}

/** The line of a traceback that names the error: the first after the frames. */
export function headline(traceback: string): string {
  const lines = traceback.trimEnd().split("\n");
  const lastFrame = lines.findLastIndex((line) => line.startsWith('  File "'));
  const afterFrames = lines.slice(lastFrame + 1).find((line) => /^\S/.test(line));
  return (lastFrame < 0 ? undefined : afterFrames) ?? lines.at(-1) ?? "";
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

/** A metric's course as a line the height of its text. */

import type { Number as WireNumber } from "../../protocol";

const WIDTH = 72;
const HEIGHT = 16;
const PAD = 1.5;

export function Sparkline({ steps, values }: { steps: number[]; values: WireNumber[] }) {
  const path = sparklinePath(steps, values);
  if (path === "") return <span class="nbtrack-sparkline" />;
  return (
    <svg
      class="nbtrack-sparkline"
      width={WIDTH}
      height={HEIGHT}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      aria-hidden="true"
    >
      <path d={path} />
    </svg>
  );
}

/** An SVG path through the finite points, broken where there is none; "" for fewer than two. */
export function sparklinePath(steps: readonly number[], values: readonly WireNumber[]): string {
  const finite = values.filter((value): value is number => typeof value === "number");
  const first = steps[0];
  const last = steps.at(-1);
  if (finite.length < 2 || first === undefined || last === undefined) return "";
  const low = finite.reduce((left, right) => Math.min(left, right));
  const high = finite.reduce((left, right) => Math.max(left, right));
  const x = (step: number) => PAD + ((step - first) / (last - first || 1)) * (WIDTH - 2 * PAD);
  const y = (value: number) =>
    high === low ? HEIGHT / 2 : PAD + ((high - value) / (high - low)) * (HEIGHT - 2 * PAD);
  let isDrawing = false;
  const commands = values.map((value, index) => {
    const step = steps[index];
    if (typeof value !== "number" || step === undefined) {
      isDrawing = false;
      return "";
    }
    const command = `${isDrawing ? "L" : "M"}${x(step).toFixed(1)} ${y(value).toFixed(1)}`;
    isDrawing = true;
    return command;
  });
  return commands.join("");
}

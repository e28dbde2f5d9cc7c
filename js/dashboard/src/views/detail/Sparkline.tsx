/** A metric's course as a line: here the height of its text, elsewhere any other. */

import type { Number as WireNumber } from "../../protocol";

/** The size of a drawing, and the room that its line leaves at the edges. */
export interface Box {
  width: number;
  height: number;
  pad: number;
}

const BOX: Box = { width: 72, height: 16, pad: 1.5 };

export function Sparkline({ steps, values }: { steps: number[]; values: WireNumber[] }) {
  const path = linePath(steps, values, BOX);
  if (path === "") return <span class="nbtrack-sparkline" />;
  return (
    <svg
      class="nbtrack-sparkline"
      width={BOX.width}
      height={BOX.height}
      viewBox={`0 0 ${BOX.width} ${BOX.height}`}
      aria-hidden="true"
    >
      <path d={path} />
    </svg>
  );
}

export interface Scale {
  low: number;
  high: number;
  x(step: number): number;
  y(value: number): number;
  /** The step at a part (0 to 1) of the width. */
  stepAt(part: number): number;
}

/** How steps and values lie in a box; null for fewer than two finite values. */
export function scaleOf(
  steps: readonly number[],
  values: readonly WireNumber[],
  { width, height, pad }: Box,
): Scale | null {
  const finite = values.filter((value): value is number => typeof value === "number");
  const first = steps[0];
  const last = steps.at(-1);
  if (finite.length < 2 || first === undefined || last === undefined) return null;
  const low = finite.reduce((left, right) => Math.min(left, right));
  const high = finite.reduce((left, right) => Math.max(left, right));
  const span = last - first || 1;
  return {
    low,
    high,
    x: (step) => pad + ((step - first) / span) * (width - 2 * pad),
    y: (value) =>
      high === low ? height / 2 : pad + ((high - value) / (high - low)) * (height - 2 * pad),
    stepAt: (part) => first + ((part * width - pad) / (width - 2 * pad)) * span,
  };
}

/** An SVG path through the finite points, broken where there is none; "" for fewer than two. */
export function linePath(
  steps: readonly number[],
  values: readonly WireNumber[],
  box: Box,
): string {
  const scale = scaleOf(steps, values, box);
  if (scale === null) return "";
  let isDrawing = false;
  const commands = values.map((value, index) => {
    const step = steps[index];
    if (typeof value !== "number" || step === undefined) {
      isDrawing = false;
      return "";
    }
    const command = `${isDrawing ? "L" : "M"}${scale.x(step).toFixed(1)} ${scale.y(value).toFixed(1)}`;
    isDrawing = true;
    return command;
  });
  return commands.join("");
}

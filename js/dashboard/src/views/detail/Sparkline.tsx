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

interface Course {
  steps: readonly number[];
  values: readonly WireNumber[];
}

/** How steps and values lie in a box; null for fewer than two finite values. */
export function scaleOf(
  steps: readonly number[],
  values: readonly WireNumber[],
  box: Box,
): Scale | null {
  return scaleOver([{ steps, values }], box);
}

/** The scale that several courses share; null where none has two finite values. */
export function scaleOver(courses: readonly Course[], { width, height, pad }: Box): Scale | null {
  let [low, high, first, last] = [Infinity, -Infinity, Infinity, -Infinity];
  let isCourse = false;
  for (const { steps, values } of courses) {
    let finite = 0;
    for (const [index, value] of values.entries()) {
      const step = steps[index];
      if (step !== undefined) {
        first = Math.min(first, step);
        last = Math.max(last, step);
      }
      if (typeof value !== "number") continue;
      finite += 1;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    isCourse ||= finite >= 2;
  }
  if (!isCourse) return null;
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
  return scale === null ? "" : pathOn(scale, steps, values);
}

export function pathOn(
  scale: Scale,
  steps: readonly number[],
  values: readonly WireNumber[],
): string {
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

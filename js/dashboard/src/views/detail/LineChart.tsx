/** One series as a line with its extremes at the axes; the mouse reads single points. */

import { useState } from "preact/hooks";
import { formatCount, formatNumber } from "../../grid/format";
import type { Series, Number as WireNumber } from "../../protocol";
import { type Box, linePath, scaleOf } from "./Sparkline";

const BOX: Box = { width: 300, height: 84, pad: 3 };

interface LineChartProps {
  name: string;
  last: WireNumber;
  /** Undefined while it is on its way. */
  series: Series | undefined;
}

export function LineChart({ name, last, series }: LineChartProps) {
  const [place, setPlace] = useState<number | null>(null);
  const steps = series?.steps ?? [];
  const values = series?.values ?? [];
  const scale = scaleOf(steps, values, BOX);
  const value = place === null ? undefined : values[place];
  const onPointerMove = (event: PointerEvent) => {
    const { left, width } = (event.currentTarget as Element).getBoundingClientRect();
    if (scale !== null) setPlace(nearest(steps, scale.stepAt((event.clientX - left) / width)));
  };
  return (
    <figure class="nbtrack-chart">
      <figcaption>
        <span class="nbtrack-label" title={name}>
          {name}
        </span>
        <span class="nbtrack-faint nbtrack-chart-value">
          {value === undefined
            ? formatNumber(last)
            : `${formatNumber(value)} at step ${steps[place ?? 0]}`}
        </span>
      </figcaption>
      <div class="nbtrack-chart-body">
        <div class="nbtrack-chart-scale nbtrack-faint" aria-hidden="true">
          <span>{scale && formatNumber(scale.high)}</span>
          <span>{scale && formatNumber(scale.low)}</span>
        </div>
        <div
          class="nbtrack-chart-plot"
          onPointerMove={onPointerMove}
          onPointerLeave={() => setPlace(null)}
        >
          <svg
            viewBox={`0 0 ${BOX.width} ${BOX.height}`}
            preserveAspectRatio="none"
            role="img"
            aria-label={summary(name, last, series)}
          >
            <path d={linePath(steps, values, BOX)} vector-effect="non-scaling-stroke" />
          </svg>
          {scale !== null && place !== null && typeof value === "number" && (
            <span
              class="nbtrack-chart-point"
              style={{
                left: `${(scale.x(steps[place] ?? 0) / BOX.width) * 100}%`,
                top: `${(scale.y(value) / BOX.height) * 100}%`,
              }}
            />
          )}
        </div>
        <div class="nbtrack-chart-steps nbtrack-faint" aria-hidden="true">
          <span>{steps[0]}</span>
          <span>{steps.at(-1)}</span>
        </div>
      </div>
    </figure>
  );
}

function summary(name: string, last: WireNumber, series: Series | undefined): string {
  const scale = series && scaleOf(series.steps, series.values, BOX);
  if (!series || !scale) return name;
  const range = `${formatNumber(scale.low)} to ${formatNumber(scale.high)}`;
  return `${name}: ${formatCount(series.steps.length, "point")}, ${range}, last ${formatNumber(last)}`;
}

/** The place of the step that is nearest to a wanted one. */
export function nearest(steps: readonly number[], wanted: number): number {
  let best = 0;
  for (const [index, step] of steps.entries()) {
    if (Math.abs(step - wanted) < Math.abs((steps[best] ?? 0) - wanted)) best = index;
  }
  return best;
}

/** One series as a line with its extremes at the axes; the mouse reads single points. */

import { useMemo, useState } from "preact/hooks";
import { formatCount, formatNumber } from "../../grid/format";
import type { Series, Number as WireNumber } from "../../protocol";
import { CHART_BOX, ChartFrame } from "./ChartFrame";
import { pathOn, type Scale, scaleOf } from "./Sparkline";

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
  const scale = useMemo(() => scaleOf(steps, values, CHART_BOX), [series]);
  const value = place === null ? undefined : values[place];
  const reading =
    value === undefined
      ? formatNumber(last)
      : `${formatNumber(value)} at step ${steps[place ?? 0]}`;
  return (
    <ChartFrame
      name={name}
      reading={<span class="nbtrack-faint nbtrack-chart-value">{reading}</span>}
      scale={scale}
      firstStep={steps[0]}
      lastStep={steps.at(-1)}
      label={summary(name, last, steps.length, scale)}
      mark={
        scale !== null &&
        place !== null &&
        typeof value === "number" && (
          <span
            class="nbtrack-chart-point"
            style={{
              left: `${(scale.x(steps[place] ?? 0) / CHART_BOX.width) * 100}%`,
              top: `${(scale.y(value) / CHART_BOX.height) * 100}%`,
            }}
          />
        )
      }
      onPoint={(at) => {
        if (at === null) setPlace(null);
        else if (scale !== null) setPlace(nearest(steps, scale.stepAt(at.x)));
      }}
    >
      <path
        d={scale === null ? "" : pathOn(scale, steps, values)}
        vector-effect="non-scaling-stroke"
      />
    </ChartFrame>
  );
}

function summary(name: string, last: WireNumber, points: number, scale: Scale | null): string {
  if (scale === null) return name;
  const range = `${formatNumber(scale.low)} to ${formatNumber(scale.high)}`;
  return `${name}: ${formatCount(points, "point")}, ${range}, last ${formatNumber(last)}`;
}

/** The place of the step that is nearest to a wanted one. */
export function nearest(steps: readonly number[], wanted: number): number {
  let best = 0;
  for (const [index, step] of steps.entries()) {
    if (Math.abs(step - wanted) < Math.abs((steps[best] ?? 0) - wanted)) best = index;
  }
  return best;
}

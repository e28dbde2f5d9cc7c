/** One metric of several runs; the mouse reads the line that is nearest. */

import { useMemo, useState } from "preact/hooks";
import { formatCount, formatNumber } from "../../grid/format";
import { seriesColour, seriesDash } from "../../palette";
import type { ComparedRun, Series } from "../../protocol";
import { CHART_BOX, ChartFrame } from "../detail/ChartFrame";
import { nearest } from "../detail/LineChart";
import { pathOn, type Scale, scaleOver } from "../detail/Sparkline";

interface OverlayChartProps {
  name: string;
  runs: readonly ComparedRun[];
  series: readonly Series[];
}

interface Line {
  run: ComparedRun;
  place: number;
  series: Series;
}

interface Reading {
  line: Line;
  index: number;
}

export function OverlayChart({ name, runs, series }: OverlayChartProps) {
  const [reading, setReading] = useState<Reading | null>(null);
  const lines = useMemo(() => linesOf(runs, series), [runs, series]);
  const scale = useMemo(() => scaleOver(series, CHART_BOX), [series]);
  const [firstStep, lastStep] = useMemo(() => extremesOf(series), [series]);
  return (
    <ChartFrame
      name={name}
      reading={reading !== null && <ReadingText reading={reading} />}
      scale={scale}
      firstStep={firstStep}
      lastStep={lastStep}
      label={summary(name, lines)}
      onPoint={(at) => {
        if (at === null) setReading(null);
        else if (scale !== null)
          setReading(nearestLine(lines, scale, at.x, at.y * CHART_BOX.height));
      }}
    >
      {scale !== null &&
        lines.map((line) => (
          <path
            key={line.run.run_id}
            class={reading?.line.run === line.run ? "nbtrack-nearest" : undefined}
            d={pathOn(scale, line.series.steps, line.series.values)}
            style={{ stroke: seriesColour(line.place) }}
            stroke-dasharray={seriesDash(line.place)}
            vector-effect="non-scaling-stroke"
          />
        ))}
    </ChartFrame>
  );
}

/** The least and the greatest step of all; nothing where there is none. */
function extremesOf(series: readonly Series[]): [number?, number?] {
  let [least, greatest] = [Infinity, -Infinity];
  for (const { steps } of series) {
    for (const step of steps) {
      least = Math.min(least, step);
      greatest = Math.max(greatest, step);
    }
  }
  return least <= greatest ? [least, greatest] : [];
}

function ReadingText({ reading: { line, index } }: { reading: Reading }) {
  const value = line.series.values[index];
  return (
    <span class="nbtrack-faint nbtrack-label">
      <bdi>{line.run.run_name}</bdi> {value !== undefined && formatNumber(value)} at step{" "}
      {line.series.steps[index]}
    </span>
  );
}

function linesOf(runs: readonly ComparedRun[], series: readonly Series[]): Line[] {
  return runs.flatMap((run, place) => {
    const own = series.find(({ run_id }) => run_id === run.run_id);
    return own === undefined ? [] : [{ run, place, series: own }];
  });
}

/** The line that passes nearest to a height at a part (0 to 1) of the width. */
function nearestLine(lines: readonly Line[], scale: Scale, x: number, y: number): Reading | null {
  const found = lines
    .map((line) => ({ line, index: nearest(line.series.steps, scale.stepAt(x)) }))
    .filter(({ line, index }) => typeof line.series.values[index] === "number");
  const distance = ({ line, index }: Reading) =>
    Math.abs(scale.y(line.series.values[index] as number) - y);
  return found.reduce<Reading | null>(
    (best, next) => (best === null || distance(next) < distance(best) ? next : best),
    null,
  );
}

function summary(name: string, lines: readonly Line[]): string {
  const ends = lines.map(({ run, series: { values } }) => {
    const last = values.at(-1);
    return `${run.run_name} ${last === undefined ? "" : formatNumber(last)}`;
  });
  return `${name} of ${formatCount(lines.length, "run")}, last: ${ends.join(", ")}`;
}

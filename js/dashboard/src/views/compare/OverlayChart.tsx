/** One metric of several runs; the mouse reads the line that is nearest. */

import { useMemo, useState } from "preact/hooks";
import { formatCount, formatNumber } from "../../grid/format";
import { seriesColour, seriesDash } from "../../palette";
import type { ComparedRun, Series } from "../../protocol";
import { nearest } from "../detail/LineChart";
import { type Box, pathOn, type Scale, scaleOver } from "../detail/Sparkline";

const BOX: Box = { width: 300, height: 84, pad: 3 };

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
  const scale = scaleOver(series, BOX);
  const onPointerMove = (event: PointerEvent) => {
    const { left, top, width, height } = (event.currentTarget as Element).getBoundingClientRect();
    if (scale === null) return;
    const x = (event.clientX - left) / width;
    const y = ((event.clientY - top) / height) * BOX.height;
    setReading(nearestLine(lines, scale, x, y));
  };
  const steps = series.flatMap(({ steps: own }) => own);
  return (
    <figure class="nbtrack-chart">
      <figcaption>
        <span class="nbtrack-label" title={name}>
          {name}
        </span>
        {reading !== null && <ReadingText reading={reading} />}
      </figcaption>
      <div class="nbtrack-chart-body">
        <div class="nbtrack-chart-scale nbtrack-faint" aria-hidden="true">
          <span>{scale && formatNumber(scale.high)}</span>
          <span>{scale && formatNumber(scale.low)}</span>
        </div>
        <div
          class="nbtrack-chart-plot"
          onPointerMove={onPointerMove}
          onPointerLeave={() => setReading(null)}
        >
          <svg
            viewBox={`0 0 ${BOX.width} ${BOX.height}`}
            preserveAspectRatio="none"
            role="img"
            aria-label={summary(name, lines)}
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
          </svg>
        </div>
        <div class="nbtrack-chart-steps nbtrack-faint" aria-hidden="true">
          <span>{steps.length > 0 && Math.min(...steps)}</span>
          <span>{steps.length > 0 && Math.max(...steps)}</span>
        </div>
      </div>
    </figure>
  );
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

/** The metrics of a run, each with its extremes and its course. */

import { EMPTY, formatCount, formatNumber } from "../../grid/format";
import type { MetricEntry, RunDetail, Series, Number as WireNumber } from "../../protocol";
import { useRequest } from "../context";
import { Bounded, type Stretch } from "./Bounded";
import type { DetailProps } from "./detailTabs";
import { Sparkline } from "./Sparkline";

const SPARKLINE_POINTS = 72;
/** Series that one request may ask for. */
const MAX_SERIES = 200;
const COLUMNS = 6;

export function Metrics({ run }: DetailProps) {
  if (run.metrics.length === 0) return <p class="nbtrack-faint">No metrics</p>;
  return (
    <Bounded entries={run.metrics} noun="metric" textOf={({ key }) => key}>
      {(stretch) => <MetricTable run={run} stretch={stretch} />}
    </Bounded>
  );
}

interface MetricTableProps {
  run: RunDetail;
  stretch: Stretch<MetricEntry>;
}

function MetricTable({ run, stretch }: MetricTableProps) {
  const courses = useCourses(run.run_id, stretch.entries);
  return (
    <table class="nbtrack-metrics" aria-rowcount={run.metrics.length + 1}>
      <thead>
        <tr>
          <th scope="col">Metric</th>
          <NumericHeader label="Last" />
          <NumericHeader label="Min" />
          <NumericHeader label="Max" />
          <NumericHeader label="Points" />
          <th scope="col">Course</th>
        </tr>
      </thead>
      <tbody>
        <Gap height={stretch.before} />
        {stretch.entries.map((metric) => (
          <MetricRow key={metric.key} metric={metric} course={courses.get(metric.key)} />
        ))}
        <Gap height={stretch.after} />
      </tbody>
    </table>
  );
}

function NumericHeader({ label }: { label: string }) {
  return (
    <th scope="col" class="nbtrack-numeric">
      {label}
    </th>
  );
}

/** Stands for rows left out. */
function Gap({ height }: { height: number }) {
  if (height === 0) return null;
  return (
    <tr>
      <td colSpan={COLUMNS} style={{ height }} />
    </tr>
  );
}

function MetricRow({ metric, course }: { metric: MetricEntry; course: Series | undefined }) {
  const { key, last, step, minimum, maximum, count } = metric;
  return (
    <tr>
      <td title={key}>{key}</td>
      <td class="nbtrack-numeric" title={`${last} at step ${step}`}>
        {formatNumber(last)}
      </td>
      <ExtremeCell value={minimum} />
      <ExtremeCell value={maximum} />
      <td class="nbtrack-numeric">{count.toLocaleString("en-US")}</td>
      <td title={formatCount(count, "point")}>
        {course && <Sparkline steps={course.steps} values={course.values} />}
      </td>
    </tr>
  );
}

function ExtremeCell({ value }: { value: WireNumber | null }) {
  return (
    <td class="nbtrack-numeric" title={String(value ?? "")}>
      {value === null ? EMPTY : formatNumber(value)}
    </td>
  );
}

/** The series of those metrics that have a course, by key. */
function useCourses(runId: string, metrics: readonly MetricEntry[]): ReadonlyMap<string, Series> {
  const keys = metrics.filter(({ count }) => count > 1).map(({ key }) => key);
  const { result } = useRequest(
    "series",
    { run_ids: [runId], keys: keys.slice(0, MAX_SERIES), max_points: SPARKLINE_POINTS },
    keys.length > 0,
  );
  return new Map((result?.series ?? []).map((series) => [series.key, series]));
}

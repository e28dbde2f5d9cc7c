/** The course of each metric that has one. */

import { useMemo, useState } from "preact/hooks";
import type { MetricEntry, RunDetail, Series } from "../../protocol";
import { useRequest } from "../context";
import { FilterField, matching } from "./Bounded";
import { ChartPages } from "./ChartPages";
import type { DetailProps } from "./detailTabs";
import { LineChart } from "./LineChart";

/** Charts that are asked for and drawn at once. */
const PAGE = 24;
const FILTER_FROM = 9;
const POINTS = 400;

export function Charts({ run }: DetailProps) {
  const [filter, setFilter] = useState("");
  const courses = useMemo(() => run.metrics.filter(({ count }) => count > 1), [run.metrics]);
  const found = matching(courses, filter, ({ key }) => key);
  if (courses.length === 0) {
    return <p class="nbtrack-faint">No metric has more than one point.</p>;
  }
  return (
    <>
      {courses.length >= FILTER_FROM && (
        <FilterField noun="chart" count={courses.length} value={filter} onChange={setFilter} />
      )}
      {found.length === 0 && <p class="nbtrack-faint">No chart matches.</p>}
      <ChartPages entries={found} size={PAGE}>
        {(metrics) => <ChartPage run={run} metrics={metrics} />}
      </ChartPages>
    </>
  );
}

function ChartPage({ run, metrics }: { run: RunDetail; metrics: readonly MetricEntry[] }) {
  const { result } = useRequest("series", {
    run_ids: [run.run_id],
    keys: metrics.map(({ key }) => key),
    max_points: POINTS,
  });
  const series = new Map<string, Series>((result?.series ?? []).map((one) => [one.key, one]));
  return (
    <>
      {metrics.map(({ key, last }) => (
        <LineChart key={key} name={key} last={last} series={series.get(key)} />
      ))}
    </>
  );
}

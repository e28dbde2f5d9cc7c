/** Params, metrics with their course, tags, data and kin of a run. */

import {
  baseName,
  EMPTY,
  formatBytes,
  formatCount,
  formatDuration,
  formatNumber,
  formatTime,
} from "../../grid/format";
import type { DatasetEntry, MetricEntry, RunDetail, Series } from "../../protocol";
import { useRequest } from "../context";
import { Facts, fact } from "./Facts";
import type { DetailProps } from "./RunDetailView";
import { RunLink, RunLinks } from "./RunLink";
import { Sparkline } from "./Sparkline";

export function Overview({ run }: DetailProps) {
  return (
    <div class="nbtrack-overview">
      <div>
        <section>
          <h3>Params</h3>
          {run.params.length === 0 ? (
            <p class="nbtrack-faint">No params</p>
          ) : (
            <Facts facts={run.params.map(({ key, value }) => fact(key, value))} />
          )}
        </section>
        {run.tags.length > 0 && (
          <section>
            <h3>Tags</h3>
            <Facts facts={run.tags.map(({ key, value }) => fact(key, value))} />
          </section>
        )}
      </div>
      <section class="nbtrack-metrics-section">
        <h3>Metrics</h3>
        {run.metrics.length === 0 ? <p class="nbtrack-faint">No metrics</p> : <Metrics run={run} />}
      </section>
      <div>
        <section>
          <h3>Run</h3>
          <Facts facts={runFacts(run)} />
          {run.description && <p class="nbtrack-description">{run.description}</p>}
        </section>
        {run.datasets.length > 0 && (
          <section>
            <h3>Datasets</h3>
            <Facts facts={run.datasets.map(datasetFact)} />
          </section>
        )}
      </div>
    </div>
  );
}

function datasetFact({ name, digest, source, context }: DatasetEntry) {
  return fact(name, [context, source, digest.slice(0, 8)].filter((part) => part).join(" · "));
}

function runFacts(run: RunDetail) {
  const { start_time: start, end_time: end, peak_memory: memory } = run;
  const { notebook, parent_run_id: parent, child_run_ids: children } = run;
  return [
    { name: "id", value: <code>{run.run_id.slice(0, 8)}</code>, title: run.run_id },
    fact("experiment", run.experiment),
    fact("started", start === null ? null : formatTime(start)),
    fact("ended", end === null ? null : formatTime(end)),
    fact("duration", start === null || end === null ? null : formatDuration((end - start) / 1000)),
    fact("reason", run.reason),
    fact("attempt", run.attempt),
    fact("execution", run.execution_count === null ? null : `[${run.execution_count}]`),
    notebook === null ? null : { name: "notebook", value: baseName(notebook), title: notebook },
    fact("peak memory", memory === null ? null : formatBytes(memory)),
    parent === null ? null : { name: "parent", value: <RunLink runId={parent} /> },
    children.length === 0
      ? null
      : {
          name: formatCount(children.length, "child", "children"),
          value: <RunLinks runIds={children} />,
        },
  ];
}

const SPARKLINE_POINTS = 72;

function Metrics({ run }: { run: RunDetail }) {
  const keys = run.metrics.filter(({ count }) => count > 1).map(({ key }) => key);
  return (
    <table class="nbtrack-metrics">
      <thead>
        <tr>
          <th scope="col">Metric</th>
          <th scope="col" class="nbtrack-numeric">
            Last
          </th>
          <th scope="col" class="nbtrack-numeric">
            Min
          </th>
          <th scope="col" class="nbtrack-numeric">
            Max
          </th>
          <th scope="col">Course</th>
        </tr>
      </thead>
      {keys.length === 0 ? (
        <MetricRows metrics={run.metrics} series={[]} />
      ) : (
        <MetricsWithSeries run={run} keys={keys} />
      )}
    </table>
  );
}

function MetricsWithSeries({ run, keys }: { run: RunDetail; keys: string[] }) {
  const { result } = useRequest("series", {
    run_ids: [run.run_id],
    keys,
    max_points: SPARKLINE_POINTS,
  });
  return <MetricRows metrics={run.metrics} series={result?.series ?? []} />;
}

function MetricRows({ metrics, series }: { metrics: MetricEntry[]; series: Series[] }) {
  return (
    <tbody>
      {metrics.map(({ key, last, minimum, maximum, count, step }) => {
        const course = series.find((candidate) => candidate.key === key);
        return (
          <tr key={key}>
            <td title={key}>{key}</td>
            <td class="nbtrack-numeric" title={`${last} at step ${step}`}>
              {formatNumber(last)}
            </td>
            <td class="nbtrack-numeric" title={String(minimum ?? "")}>
              {minimum === null ? EMPTY : formatNumber(minimum)}
            </td>
            <td class="nbtrack-numeric" title={String(maximum ?? "")}>
              {maximum === null ? EMPTY : formatNumber(maximum)}
            </td>
            <td title={`${count} points`}>
              {course && <Sparkline steps={course.steps} values={course.values} />}
            </td>
          </tr>
        );
      })}
    </tbody>
  );
}

/** Params, metrics with their course, tags, description, data and kin of a run. */

import { baseName, formatBytes, formatCount, formatDuration, formatTime } from "../../grid/format";
import { describeWaiting } from "../../grid/waiting";
import { useNow } from "../../hooks";
import type { DatasetEntry, RunDetail, Waiting } from "../../protocol";
import { Bounded } from "./Bounded";
import { CellLink } from "./CellLink";
import { Description } from "./Description";
import type { DetailProps } from "./detailTabs";
import { Facts, fact } from "./Facts";
import { Metrics } from "./Metrics";
import { RunLink, RunLinks } from "./RunLink";
import { Tags } from "./Tags";

export function Overview({ run }: DetailProps) {
  return (
    <div class="nbtrack-overview">
      <div>
        <section>
          <h3>Params</h3>
          <Params run={run} />
        </section>
        <Tags run={run} />
      </div>
      <section class="nbtrack-metrics-section">
        <h3>Metrics</h3>
        <Metrics run={run} />
      </section>
      <div>
        <section>
          <h3>Run</h3>
          <Facts facts={runFacts(run)} />
        </section>
        <Description run={run} />
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

function Params({ run }: DetailProps) {
  if (run.params.length === 0) return <p class="nbtrack-faint">No params</p>;
  return (
    <Bounded entries={run.params} noun="param" textOf={({ key, value }) => `${key} ${value}`}>
      {({ entries, before, after }) => (
        <Facts
          facts={entries.map(({ key, value }) => fact(key, value))}
          before={before}
          after={after}
        />
      )}
    </Bounded>
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
    fact("user", run.user_id),
    run.waiting === undefined
      ? null
      : { name: "waits", value: <WaitingWords waiting={run.waiting} /> },
    fact("started", start === null ? null : formatTime(start)),
    fact("ended", end === null ? null : formatTime(end)),
    fact("duration", start === null || end === null ? null : formatDuration((end - start) / 1000)),
    fact("reason", run.reason),
    fact("attempt", run.attempt),
    run.cell_id === null && run.execution_count === null
      ? null
      : { name: "cell", value: <CellLink run={run} /> },
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

function WaitingWords({ waiting }: { waiting: Waiting }) {
  return <>{describeWaiting(waiting, useNow(5_000))}</>;
}

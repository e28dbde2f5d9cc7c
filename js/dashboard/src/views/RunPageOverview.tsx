/** What a run's page tells first: its overview, the courses of its metrics, and its models. */

import type { RunModel } from "../protocol";
import { Charts } from "./detail/Charts";
import type { DetailProps } from "./detail/detailTabs";
import { Overview } from "./detail/Overview";

export function PageOverview({ run }: DetailProps) {
  const hasCourse = run.metrics.some(({ count }) => count > 1);
  return (
    <>
      <Overview run={run} />
      {hasCourse && (
        <section>
          <h3>Courses</h3>
          <Charts run={run} />
        </section>
      )}
      {run.models.length > 0 && (
        <section>
          <h3>Models</h3>
          <Models models={run.models} />
        </section>
      )}
    </>
  );
}

function Models({ models }: { models: readonly RunModel[] }) {
  return (
    <ul class="nbtrack-run-links">
      {models.map(({ name, version, stage }) => (
        <li key={`${name} ${version}`}>
          <bdi>{name}</bdi> version {version}
          {stage !== "None" && <span class="nbtrack-faint"> {stage}</span>}
        </li>
      ))}
    </ul>
  );
}

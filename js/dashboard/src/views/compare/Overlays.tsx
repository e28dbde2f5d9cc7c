/** The courses of the metrics of several runs, drawn over each other. */

import { seriesColour } from "../../palette";
import type { ComparedRun } from "../../protocol";
import { useRequest } from "../context";
import { ChartPages } from "../detail/ChartPages";
import { OverlayChart } from "./OverlayChart";

/** Series that one request may ask for. */
const MAX_SERIES = 200;
const POINTS = 400;
const MAX_CHARTS = 12;

interface OverlaysProps {
  runs: readonly ComparedRun[];
  keys: readonly string[];
}

export function Overlays({ runs, keys }: OverlaysProps) {
  const size = Math.min(MAX_CHARTS, Math.floor(MAX_SERIES / Math.max(1, runs.length)));
  if (keys.length === 0) return null;
  return (
    <section class="nbtrack-compare-part">
      <h3>Courses of the metrics</h3>
      <ChartPages entries={keys} size={size}>
        {(page) => <OverlayPage key={page[0]} runs={runs} keys={page} />}
      </ChartPages>
    </section>
  );
}

function OverlayPage({ runs, keys }: OverlaysProps) {
  const { result } = useRequest("series", {
    run_ids: runs.map(({ run_id }) => run_id),
    keys: [...keys],
    max_points: POINTS,
  });
  const all = result?.series ?? [];
  return (
    <>
      {keys.map((key) => (
        <OverlayChart
          key={key}
          name={key}
          runs={runs}
          series={all.filter((one) => one.key === key)}
        />
      ))}
    </>
  );
}

/** The colour in which a run is drawn. */
export function Swatch({ place }: { place: number }) {
  return (
    <span class="nbtrack-swatch" style={{ background: seriesColour(place) }} aria-hidden="true" />
  );
}

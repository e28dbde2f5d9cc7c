/** The courses of the metrics of several runs, drawn over each other. */

import { useState } from "preact/hooks";
import { formatCount } from "../../grid/format";
import { seriesColour } from "../../palette";
import type { ComparedRun } from "../../protocol";
import { useRequest } from "../context";
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
  const page = Math.min(MAX_CHARTS, Math.floor(MAX_SERIES / Math.max(1, runs.length)));
  const [pages, setPages] = useState(1);
  if (keys.length === 0) return null;
  const rest = keys.length - pages * page;
  const stretches = Array.from({ length: pages }, (_, place) =>
    keys.slice(place * page, (place + 1) * page),
  ).filter((stretch) => stretch.length > 0);
  return (
    <section class="nbtrack-compare-part">
      <h3>Courses of the metrics</h3>
      <div class="nbtrack-charts">
        {stretches.map((stretch) => (
          <OverlayPage key={stretch[0]} runs={runs} keys={stretch} />
        ))}
      </div>
      {rest > 0 && (
        <button
          type="button"
          class="nbtrack-button nbtrack-more"
          onClick={() => setPages(pages + 1)}
        >
          Show {formatCount(Math.min(rest, page), "more chart")} of {rest.toLocaleString("en-US")}
        </button>
      )}
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

/** What a small line chart stands in: its name, what the mouse reads, the ends of its axes. */

import type { ComponentChildren } from "preact";
import { formatNumber } from "../../grid/format";
import type { Box, Scale } from "./Sparkline";

export const CHART_BOX: Box = { width: 300, height: 84, pad: 3 };

interface ChartFrameProps {
  name: string;
  /** Stands beside the name. */
  reading: ComponentChildren;
  scale: Scale | null;
  firstStep: number | undefined;
  lastStep: number | undefined;
  /** The chart in words. */
  label: string;
  /** Paths in `CHART_BOX`. */
  children: ComponentChildren;
  /** Lies over the paths. */
  mark?: ComponentChildren;
  /** Told of the mouse's place, each from 0 to 1; null when it has left. */
  onPoint(place: { x: number; y: number } | null): void;
}

export function ChartFrame(props: ChartFrameProps) {
  const { name, scale, onPoint } = props;
  const onPointerMove = (event: PointerEvent) => {
    const { left, top, width, height } = (event.currentTarget as Element).getBoundingClientRect();
    onPoint({ x: (event.clientX - left) / width, y: (event.clientY - top) / height });
  };
  return (
    <figure class="nbtrack-chart">
      <figcaption>
        <span class="nbtrack-label" title={name}>
          {name}
        </span>
        {props.reading}
      </figcaption>
      <div class="nbtrack-chart-body">
        <div class="nbtrack-chart-scale nbtrack-faint" aria-hidden="true">
          <span>{scale && formatNumber(scale.high)}</span>
          <span>{scale && formatNumber(scale.low)}</span>
        </div>
        <div
          class="nbtrack-chart-plot"
          onPointerMove={onPointerMove}
          onPointerLeave={() => onPoint(null)}
        >
          <svg
            viewBox={`0 0 ${CHART_BOX.width} ${CHART_BOX.height}`}
            preserveAspectRatio="none"
            role="img"
            aria-label={props.label}
          >
            {props.children}
          </svg>
          {props.mark}
        </div>
        <div class="nbtrack-chart-steps nbtrack-faint" aria-hidden="true">
          <span>{props.firstStep}</span>
          <span>{props.lastStep}</span>
        </div>
      </div>
    </figure>
  );
}

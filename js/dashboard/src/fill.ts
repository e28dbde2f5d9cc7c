/** A dashboard as high as the frame it is alone in. */

import type { Observable } from "./observable";

const MIN_HEIGHT = 120;

/** Keeps `height` at what `frame` leaves for the grid; returns how to stop that. */
export function fillFrame(frame: HTMLElement, height: Observable<number | null>): () => void {
  const measure = () => {
    const root = frame.querySelector<HTMLElement>(".nbtrack");
    const grid = frame.querySelector<HTMLElement>(".nbtrack-grid-frame");
    if (root === null || grid === null || frame.clientHeight === 0) return;
    const others = root.offsetHeight - grid.offsetHeight;
    height.set(Math.max(MIN_HEIGHT, Math.floor(frame.clientHeight - others)));
  };
  const observer = new ResizeObserver(measure);
  observer.observe(frame);
  for (const child of frame.children) observer.observe(child);
  measure();
  return () => observer.disconnect();
}

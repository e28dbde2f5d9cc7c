/** A bar below something, to drag its height; arrows do it by keyboard. */

interface ResizeHandleProps {
  label: string;
  height: number;
  minimum: number;
  maximum: number;
  onResize(height: number): void;
}

const STEP = 28;

export function ResizeHandle({ label, height, minimum, maximum, onResize }: ResizeHandleProps) {
  const resize = (wanted: number) =>
    onResize(Math.round(Math.max(minimum, Math.min(maximum, wanted))));
  const onPointerDown = (event: PointerEvent) => {
    const handle = event.currentTarget as HTMLElement;
    const start = event.clientY;
    handle.setPointerCapture(event.pointerId);
    const onMove = (move: PointerEvent) => resize(height + move.clientY - start);
    const onEnd = () => {
      handle.removeEventListener("pointermove", onMove);
      handle.removeEventListener("lostpointercapture", onEnd);
    };
    handle.addEventListener("pointermove", onMove);
    handle.addEventListener("lostpointercapture", onEnd);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? STEP : event.key === "ArrowUp" ? -STEP : 0;
    if (step === 0) return;
    event.preventDefault();
    event.stopPropagation();
    resize(height + step);
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a separator that is moved is no <hr>
    <div
      class="nbtrack-handle"
      role="separator"
      aria-orientation="horizontal"
      aria-label={label}
      aria-valuenow={height}
      aria-valuemin={minimum}
      aria-valuemax={maximum}
      tabIndex={0}
      onPointerDown={onPointerDown}
      onKeyDown={onKeyDown}
    />
  );
}

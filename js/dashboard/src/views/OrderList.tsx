/** Chosen columns in their order, changed by dragging or by keyboard. */

import { GripVertical, X } from "lucide-static";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../icon";
import { moved } from "../state/groups";

interface OrderListProps {
  label: string;
  columns: readonly string[];
  labelOf(column: string): string;
  onOrder(columns: string[]): void;
  onRemove(column: string): void;
}

export function OrderList({ label, columns, labelOf, onOrder, onRemove }: OrderListProps) {
  const list = useRef<HTMLOListElement>(null);
  const dragged = useRef<string | null>(null);
  const [target, setTarget] = useState<number | null>(null);
  const focusAgain = useFocusAgain(list);
  const move = (column: string, place: number) => {
    if (place < 0 || place >= columns.length) return;
    focusAgain(column);
    onOrder(moved(columns, column, place));
  };
  const drop = () => {
    const column = dragged.current;
    if (column !== null && target !== null) {
      const before = columns.indexOf(column) < target ? 1 : 0;
      onOrder(moved(columns, column, target - before));
    }
    dragged.current = null;
    setTarget(null);
  };
  return (
    <ol class="nbtrack-order" aria-label={label} ref={list} onDrop={drop}>
      {columns.map((column, place) => (
        <li
          key={column}
          class={dropClass(place, target, columns.length)}
          draggable
          onDragStart={() => {
            dragged.current = column;
          }}
          onDragOver={(event) => {
            if (dragged.current === null) return;
            event.preventDefault();
            setTarget(place + (isLowerHalf(event) ? 1 : 0));
          }}
          onDragEnd={() => {
            dragged.current = null;
            setTarget(null);
          }}
        >
          <button
            type="button"
            class="nbtrack-order-item"
            data-column={column}
            aria-label={`Move ${labelOf(column)}`}
            aria-keyshortcuts="ArrowUp ArrowDown"
            title={`${column}: drag it, or press an arrow, to move it`}
            onKeyDown={(event) => {
              const step = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0;
              if (step === 0) return;
              event.preventDefault();
              move(column, place + step);
            }}
          >
            <Icon svg={GripVertical} />
            <span class="nbtrack-label">{labelOf(column)}</span>
          </button>
          <button
            type="button"
            class="nbtrack-icon-button"
            aria-label={`Remove ${labelOf(column)}`}
            title={`Remove ${labelOf(column)}`}
            onClick={() => {
              focusAgain(columns[place + 1] ?? columns[place - 1] ?? "");
              onRemove(column);
            }}
          >
            <Icon svg={X} />
          </button>
        </li>
      ))}
    </ol>
  );
}

/** Puts the focus, once drawn, on the item of a column. */
function useFocusAgain(list: { current: HTMLElement | null }): (column: string) => void {
  const wanted = useRef<string | null>(null);
  useLayoutEffect(() => {
    if (wanted.current === null) return;
    const items = [...(list.current?.querySelectorAll<HTMLElement>("[data-column]") ?? [])];
    items.find((item) => item.dataset.column === wanted.current)?.focus();
    wanted.current = null;
  });
  return (column) => {
    wanted.current = column;
  };
}

function dropClass(place: number, target: number | null, count: number): string {
  if (target === place) return "nbtrack-drop-above";
  return target === count && place === count - 1 ? "nbtrack-drop-below" : "";
}

function isLowerHalf(event: DragEvent): boolean {
  const { top, height } = (event.currentTarget as HTMLElement).getBoundingClientRect();
  return event.clientY > top + height / 2;
}

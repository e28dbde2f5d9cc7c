/** While a header is dragged: where to drop it to group by its column, over the bar of tools. */

import type { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";
import { COLUMN_DRAG } from "../grid/HeaderCell";
import { useSession } from "./context";

export function GroupDrop({ root }: { root: RefObject<HTMLElement | null> }) {
  const { groups } = useSession();
  const [isOver, setOver] = useState(false);
  const [isDragging, end] = useHeaderDrag(root);
  if (!isDragging) return null;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the header's menu groups by keyboard
    <div
      class={isOver ? "nbtrack-group-drop nbtrack-group-drop-over" : "nbtrack-group-drop"}
      onDragOver={(event) => {
        if (groups.isFull) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        event.stopPropagation();
        groups.add(event.dataTransfer?.getData(COLUMN_DRAG) ?? "");
        setOver(false);
        end();
      }}
    >
      {groups.isFull ? `At most ${groups.all.length} groups` : "Drop here to group"}
    </div>
  );
}

/** Whether a column's header is being dragged; a chip that is dragged is no header. */
function useHeaderDrag(root: RefObject<HTMLElement | null>): readonly [boolean, () => void] {
  const [isDragging, setDragging] = useState(false);
  useEffect(() => {
    const element = root.current;
    const onStart = (event: DragEvent) => {
      const isHeader = (event.target as Element).closest?.('[role="columnheader"]') != null;
      // To change the page at once would end the drag.
      if (isHeader && event.dataTransfer?.types.includes(COLUMN_DRAG) === true) {
        setTimeout(() => setDragging(true));
      }
    };
    const onEnd = () => setDragging(false);
    element?.addEventListener("dragstart", onStart);
    window.addEventListener("dragend", onEnd);
    window.addEventListener("drop", onEnd);
    return () => {
      element?.removeEventListener("dragstart", onStart);
      window.removeEventListener("dragend", onEnd);
      window.removeEventListener("drop", onEnd);
    };
  }, [root]);
  return [isDragging, () => setDragging(false)];
}

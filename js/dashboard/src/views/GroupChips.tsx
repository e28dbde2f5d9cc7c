/** The columns that the runs are grouped by, the outermost first. */

import { X } from "lucide-static";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { COLUMN_DRAG } from "../grid/HeaderCell";
import { useObserved } from "../hooks";
import { Icon } from "../icon";
import { useSession } from "./context";
import { groupWords } from "./groupWords";

export function GroupChips() {
  const session = useSession();
  const { group_by = [] } = useObserved(session.view.current);
  const [target, setTarget] = useState<string | null>(null);
  const list = useRef<HTMLOListElement>(null);
  const focusAgain = useFocusAgain(list);
  useObserved(session.columns);
  const move = (column: string, step: number) => {
    const place = group_by.indexOf(column) + step;
    if (place < 0 || place >= group_by.length) return;
    focusAgain(column);
    session.groups.put(column, place);
  };
  const drop = (event: DragEvent) => {
    const column = event.dataTransfer?.getData(COLUMN_DRAG) ?? "";
    if (column === "" || target === null) return;
    event.preventDefault();
    event.stopPropagation();
    setTarget(null);
    if (column !== target) session.groups.put(column, group_by.indexOf(target));
  };
  return (
    <ol
      class="nbtrack-groups"
      aria-label="Groups"
      ref={list}
      onDragLeave={() => setTarget(null)}
      onDrop={drop}
    >
      {group_by.map((column) => (
        <GroupChip
          key={column}
          column={column}
          isTarget={column === target}
          onTarget={() => setTarget(column)}
          onMove={(step) => move(column, step)}
        />
      ))}
    </ol>
  );
}

interface GroupChipProps {
  column: string;
  isTarget: boolean;
  onTarget(): void;
  onMove(step: number): void;
}

function GroupChip({ column, isTarget, onTarget, onMove }: GroupChipProps) {
  const { columnInfo, groups, dialogs } = useOwn();
  const { label } = columnInfo(column);
  const words = groupWords(groups.options(column), columnInfo);
  return (
    <li
      class={isTarget ? "nbtrack-token nbtrack-token-target" : "nbtrack-token"}
      draggable
      onDragStart={(event) => event.dataTransfer?.setData(COLUMN_DRAG, column)}
      onDragOver={(event) => {
        if (event.dataTransfer?.types.includes(COLUMN_DRAG) !== true) return;
        event.preventDefault();
        onTarget();
      }}
    >
      <button
        type="button"
        class="nbtrack-token-text nbtrack-label"
        data-group-column={column}
        aria-label={`Group options ${label}`}
        aria-haspopup="dialog"
        aria-keyshortcuts="ArrowLeft ArrowRight"
        title={`${column}: order, buckets; drag it, or press an arrow, to move it`}
        onClick={(event) => dialogs.open({ kind: "group", column, anchor: event.currentTarget })}
        onKeyDown={(event) => {
          const step = event.key === "ArrowLeft" ? -1 : event.key === "ArrowRight" ? 1 : 0;
          if (step === 0) return;
          event.preventDefault();
          event.stopPropagation();
          onMove(step);
        }}
      >
        {label}
        {words !== "" && <span class="nbtrack-faint"> {words}</span>}
      </button>
      <button
        type="button"
        class="nbtrack-token-remove"
        aria-label={`Remove group ${label}`}
        title={`Remove group ${label}`}
        onClick={() => groups.remove(column)}
      >
        <Icon svg={X} />
      </button>
    </li>
  );
}

function useOwn() {
  const session = useSession();
  const { groups, dialogs } = session;
  return { groups, dialogs, columnInfo: (id: string) => session.columnInfo(id) };
}

/** Puts the focus, once drawn, on the chip of a column. */
function useFocusAgain(list: { current: HTMLElement | null }): (column: string) => void {
  const wanted = useRef<string | null>(null);
  useLayoutEffect(() => {
    if (wanted.current === null) return;
    const chips = [...(list.current?.querySelectorAll<HTMLElement>("[data-group-column]") ?? [])];
    chips.find((chip) => chip.dataset.groupColumn === wanted.current)?.focus();
    wanted.current = null;
  });
  return (column) => {
    wanted.current = column;
  };
}

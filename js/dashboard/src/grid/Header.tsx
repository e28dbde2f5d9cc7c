/** The grid's header row: what holds for all rows, then a cell per column. */

import { Eye, EyeOff } from "lucide-static";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../icon";
import { Gap } from "./Cell";
import type { GridColumn } from "./columns";
import { HeaderCell, type HeaderCommands } from "./HeaderCell";
import {
  ACTIONS_WIDTH,
  EYE_WIDTH,
  expandWidth,
  LEAD_COLUMNS,
  leadWidth,
  SELECT_WIDTH,
} from "./lead";
import { type RowCommands, stickAt } from "./Row";
import { SelectBox } from "./SelectBox";
import { isColumn, type Segment } from "./segments";

interface HeaderProps {
  columns: readonly GridColumn[];
  segments: readonly Segment[];
  width: number;
  depth: number;
  selection: "all" | "some" | "none";
  isAnyHidden: boolean;
  /** The column that the keyboard goes to. */
  current: number;
  commands: RowCommands;
  headerCommands: HeaderCommands;
  onMove(column: number): void;
  onLeave(): void;
}

/** Places of the header's stops before those of the columns. */
const SELECT_STOP = -2;
const EYE_STOP = -1;

export function Header(props: HeaderProps) {
  const { columns, segments, width, current, headerCommands, onLeave } = props;
  const header = useRef<HTMLDivElement>(null);
  const isMoving = useRef(false);
  const [target, setTarget] = useState<{ id: string; side: "before" | "after" } | null>(null);

  useLayoutEffect(() => {
    if (!isMoving.current) return;
    const stop = header.current?.querySelector<HTMLElement>(`[data-stop="${current}"]`);
    if (stop == null) return;
    isMoving.current = false;
    stop.focus({ preventScroll: true });
  });

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey || event.shiftKey || event.ctrlKey || event.metaKey) return;
    const next = STOPS[event.key]?.(current, columns.length - 1);
    if (next === undefined && event.key !== "ArrowDown") return;
    event.preventDefault();
    event.stopPropagation();
    if (next === undefined) return onLeave();
    isMoving.current = true;
    props.onMove(Math.max(SELECT_STOP, Math.min(columns.length - 1, next)));
  };

  return (
    <div role="rowgroup" class="nbtrack-head">
      <div role="row" class="nbtrack-header" style={{ width }} ref={header} onKeyDown={onKeyDown}>
        <LeadHeaders {...props} />
        {segments.map((segment) =>
          isColumn(segment) ? (
            <HeaderCell
              key={segment.info.id}
              column={segment}
              isCurrent={segment.place === current}
              dropSide={target?.id === segment.info.id ? target.side : null}
              commands={headerCommands}
              onDragOver={(side) => setTarget(side === null ? null : { id: segment.info.id, side })}
            />
          ) : (
            <Gap key={`#${segment.place}`} width={segment.spacer} />
          ),
        )}
        <div
          role="columnheader"
          class="nbtrack-cell nbtrack-actions"
          style={{ width: ACTIONS_WIDTH }}
          aria-colindex={LEAD_COLUMNS + columns.length + 1}
        >
          <span class="nbtrack-unseen">Actions</span>
        </div>
      </div>
    </div>
  );
}

const STOPS: Record<string, (current: number, last: number) => number> = {
  ArrowLeft: (current) => current - 1,
  ArrowRight: (current) => current + 1,
  Home: () => SELECT_STOP,
  End: (_current, last) => last,
};

function LeadHeaders({ depth, selection, isAnyHidden, current, commands }: HeaderProps) {
  return (
    <>
      <div
        role="columnheader"
        class="nbtrack-cell nbtrack-lead nbtrack-select"
        style={{ width: SELECT_WIDTH }}
        aria-colindex={1}
      >
        <SelectBox
          state={selection}
          label="Select all runs"
          title="Select all runs that match"
          stop={SELECT_STOP}
          tabIndex={current === SELECT_STOP ? 0 : -1}
          onClick={() => commands.selectAll(selection !== "all")}
        />
      </div>
      <div
        role="columnheader"
        class="nbtrack-cell nbtrack-lead"
        style={{ width: expandWidth(depth), ...stickAt(SELECT_WIDTH) }}
        aria-colindex={2}
      >
        <span class="nbtrack-unseen">Expand</span>
      </div>
      <div
        role="columnheader"
        class="nbtrack-cell nbtrack-lead nbtrack-eye nbtrack-last-lead"
        style={{ width: EYE_WIDTH, ...stickAt(leadWidth(depth) - EYE_WIDTH) }}
        aria-colindex={3}
      >
        <button
          type="button"
          class="nbtrack-icon-button"
          aria-label="Toggle all runs"
          title={isAnyHidden ? "Show all runs" : "Hide all runs"}
          data-stop={EYE_STOP}
          tabIndex={current === EYE_STOP ? 0 : -1}
          onClick={() => commands.hideAll()}
        >
          <Icon svg={isAnyHidden ? EyeOff : Eye} />
        </button>
      </div>
    </>
  );
}

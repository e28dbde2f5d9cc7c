/** The grid of runs, tied to the session: what it shows, and what its controls do. */

import type { RefObject } from "preact";
import { useCallback, useMemo, useState } from "preact/hooks";
import { useGridColumns } from "../grid/columns";
import { Grid } from "../grid/Grid";
import type { HeaderCommands } from "../grid/HeaderCell";
import { searchWords } from "../grid/Highlighted";
import { type GridMemory, newMemory } from "../grid/memory";
import type { RowCommands } from "../grid/Row";
import { useColumnWidths, WIDTH_SAMPLE } from "../grid/widths";
import { useObserved } from "../hooks";
import type { RunRow, Sort, View } from "../protocol";
import { directionOf } from "../state/aggregates";
import { isMarked } from "../state/marks";
import { groupAbove } from "../state/parents";
import type { RowsSnapshot } from "../state/rows";
import type { Session } from "../state/session";
import { pathKey } from "../tree";
import { ColumnMenu } from "./ColumnMenu";
import { ColumnCommands, pinnedColumns } from "./columnCommands";
import { useSession } from "./context";
import { RunDetailView } from "./detail/RunDetailView";

interface RunsGridProps {
  snapshot: RowsSnapshot;
  view: View;
  height: number;
  frame: RefObject<HTMLElement | null>;
}

interface OpenMenu {
  column: string;
  anchor: HTMLElement;
}

export function RunsGrid({ snapshot, view, height, frame }: RunsGridProps) {
  const session = useSession();
  const details = useObserved(session.details.open);
  const target = useObserved(session.details.target);
  const aggregates = useObserved(session.aggregates.current);
  const [menu, setMenu] = useState<OpenMenu | null>(null);
  const depth = view.group_by?.length ?? 0;
  const columns = useColumns(snapshot, view, frame);
  const commands = useMemo(() => rowCommands(session), [session]);
  const headerCommands = useMemo(() => headerCommandsOf(session, setMenu), [session]);
  const words = useMemo(() => searchWords(view.search), [view.search]);
  const { marks, groupMarks } = session;
  useObserved(groupMarks.counts);
  return (
    <>
      <Grid
        rows={snapshot.blocks}
        rowsKey={snapshot.queryText}
        columns={columns}
        depth={depth}
        details={details}
        aggregates={aggregates}
        words={words}
        selection={selectionOf(marks.selectedCount, snapshot.runs)}
        isAnyHidden={marks.hiddenCount > 0}
        isSelected={(runId) => isMarked(marks.selected, runId)}
        isHidden={(runId) => isMarked(marks.hidden, runId)}
        selectedIn={(group) => groupMarks.countIn(group)}
        target={target}
        height={height}
        memory={memoryOf(session)}
        commands={commands}
        headerCommands={headerCommands}
        columnLabel={(id) => session.columnInfo(id).label}
        {...useSight(session)}
        renderDetail={renderDetail}
      />
      {menu !== null && <ColumnMenu {...menu} onClose={() => setMenu(null)} />}
    </>
  );
}

const memories = new WeakMap<Session, GridMemory>();

/** Another tab or a run's page takes the grid's place for a while. */
function memoryOf(session: Session): GridMemory {
  const memory = memories.get(session) ?? newMemory();
  memories.set(session, memory);
  return memory;
}

function renderDetail(runId: string) {
  return <RunDetailView key={runId} runId={runId} />;
}

/** Tells the state what is in sight. */
function useSight(session: Session) {
  const onRange = useCallback(
    (first: number, last: number) => {
      session.rows.show(first, last);
      session.aggregates.show(first, last);
      session.groupMarks.show(first, last);
    },
    [session],
  );
  const onColumns = useCallback((ids: string[]) => session.rows.showColumns(ids), [session]);
  return { onRange, onColumns };
}

function selectionOf(count: number, runs: number): "all" | "some" | "none" {
  if (count === 0) return "none";
  return count >= runs ? "all" : "some";
}

const NO_WIDTHS: Record<string, number> = {};
const NO_SORT: Sort[] = [];

function useColumns(snapshot: RowsSnapshot, view: View, frame: RunsGridProps["frame"]) {
  const session = useSession();
  const known = useObserved(session.columns);
  const depth = view.group_by?.length ?? 0;
  const ids = snapshot.loaded ? (view.columns ?? known.default) : NO_IDS;
  const infos = useMemo(() => ids.map((id) => session.columnInfo(id)), [session, ids, known]);
  const sample = useMemo(() => snapshot.blocks.runs(WIDTH_SAMPLE), [snapshot.blocks]);
  const fitted = useColumnWidths(infos, snapshot.columns, sample, depth > 0, frame);
  const pinned = useMemo(() => pinnedColumns(view, ids), [view.pinned, ids]);
  const filtered = useMemo(
    () => new Set((view.filters ?? []).map(({ column }) => column)),
    [view.filters],
  );
  return useGridColumns({
    columns: infos,
    loaded: snapshot.columns,
    fitted,
    widths: view.widths ?? NO_WIDTHS,
    pinned,
    sort: view.sort ?? NO_SORT,
    filtered,
    bests: useBests(view.directions),
    depth,
    onSort: (sort) => session.view.update({ sort: sort.length > 0 ? sort : undefined }),
    onWidths: (widths) => session.view.update({ widths: { ...view.widths, ...widths } }),
  });
}

const NO_IDS: string[] = [];

/** The best value of each metric of which it is known what is good. */
function useBests(directions: View["directions"]): ReadonlyMap<string, number> {
  const session = useSession();
  const whole = useObserved(session.aggregates.current).get(pathKey([]));
  return useMemo(() => {
    const bests = new Map<string, number>();
    for (const [column, aggregate] of whole ?? []) {
      const direction = directionOf(session.columnInfo(column), directions);
      if (direction !== "none" && aggregate !== null) bests.set(column, aggregate[direction]);
    }
    return bests;
  }, [session, whole, directions]);
}

function rowCommands(session: Session): RowCommands {
  const { marks, groupMarks, removal, details, expansion } = session;
  const reference = (row: RunRow) => ({ runId: row.run_id, runName: row.run_name });
  return {
    toggle: (row, open) => {
      if (row.kind === "run") details.toggle(row.run_id, open);
      else expansion.toggle(row.path, open);
    },
    remove: (row) => {
      if (row.stage === "active") removal.ask(reference(row));
    },
    restore: (row) => void removal.restore(reference(row)),
    openSiblings: (row) => expansion.openSiblings(row.path),
    select: (row, isRange) => {
      if (row.kind === "group") void groupMarks.toggle(row);
      else if (isRange) void marks.extendTo(row.run_id);
      else marks.toggle(row.run_id);
    },
    selectRange: (from, to) => void marks.range(Math.min(from, to), Math.max(from, to)),
    groupAbove: (index) => groupAbove(session.client, session.rows, index).catch(() => -1),
    selectAll: (on) => {
      if (on) marks.selectAllThatMatch();
      else marks.clear();
    },
    hide: (row) => marks.toggleHidden(row.run_id),
    hideAll: () => marks.toggleAllHidden(),
  };
}

function headerCommandsOf(session: Session, setMenu: (menu: OpenMenu) => void): HeaderCommands {
  const commands = new ColumnCommands(session);
  return {
    filter: (column, anchor) => session.dialogs.open({ kind: "filter", column, anchor }),
    menu: (column, anchor) => setMenu({ column, anchor }),
    resize: (column, width) => commands.resize(column, width),
    resetWidth: (column) => commands.resetWidth(column),
    move: (column, target, side) => commands.move(column, target, side),
  };
}

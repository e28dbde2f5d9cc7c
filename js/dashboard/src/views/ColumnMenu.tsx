/** What can be done with a column, in one menu. */

import { useMemo } from "preact/hooks";
import { isNumeric } from "../grid/columns";
import type { ColumnInfo, Direction } from "../protocol";
import { directionOf } from "../state/aggregates";
import type { Session } from "../state/session";
import { ColumnCommands } from "./columnCommands";
import { useSession } from "./context";
import { Menu, type MenuItem } from "./Menu";

interface ColumnMenuProps {
  column: string;
  anchor: HTMLElement;
  onClose(): void;
}

export function ColumnMenu({ column, anchor, onClose }: ColumnMenuProps) {
  const session = useSession();
  const items = useMemo(() => menuItems(session, column, anchor), [session, column, anchor]);
  const { label } = session.columnInfo(column);
  return <Menu label={`Column ${label}`} anchor={anchor} items={items} onClose={onClose} />;
}

function menuItems(session: Session, column: string, anchor: HTMLElement): MenuItem[] {
  const info = session.columnInfo(column);
  const commands = new ColumnCommands(session);
  return [
    ...sortItems(commands, info),
    ...rowItems(session, commands, info, anchor),
    ...directionItems(session, commands, info),
    ...placeItems(commands, info),
  ];
}

function sortItems(commands: ColumnCommands, { id }: ColumnInfo): MenuItem[] {
  const sorted = commands.sortOf(id);
  const items: MenuItem[] = [
    {
      label: "Sort ascending",
      isChecked: sorted === "ascending",
      run: () => commands.sort(id, false),
    },
    {
      label: "Sort descending",
      isChecked: sorted === "descending",
      run: () => commands.sort(id, true),
    },
  ];
  if (sorted !== null) items.push({ label: "Clear sort", run: () => commands.clearSort(id) });
  return items;
}

function rowItems(
  session: Session,
  commands: ColumnCommands,
  { id, operators }: ColumnInfo,
  anchor: HTMLElement,
): MenuItem[] {
  const group = { label: "Group by this", startsSection: true, run: () => commands.groupBy(id) };
  if (operators.length === 0) return [group];
  const filter = {
    label: "Filter…",
    startsSection: true,
    run: () => session.dialogs.open({ kind: "filter", column: id, anchor }),
  };
  return [filter, { ...group, startsSection: false }];
}

const DIRECTIONS: [Direction, string][] = [
  ["max", "Best is highest"],
  ["min", "Best is lowest"],
  ["none", "No best value"],
];

function directionItems(session: Session, commands: ColumnCommands, info: ColumnInfo): MenuItem[] {
  if (!info.id.startsWith("metrics.") || !isNumeric(info)) return [];
  const current = directionOf(info, session.view.current.get().directions);
  return DIRECTIONS.map(([direction, label], index) => ({
    label,
    isChecked: direction === current,
    startsSection: index === 0,
    run: () => commands.setDirection(info.id, direction),
  }));
}

function placeItems(commands: ColumnCommands, { id }: ColumnInfo): MenuItem[] {
  const isPinned = commands.isPinned(id);
  const items: MenuItem[] = [
    {
      label: isPinned ? "Unpin" : "Pin",
      startsSection: true,
      run: () => commands.pin(id, !isPinned),
    },
  ];
  for (const [steps, label] of [
    [-1, "Move left"],
    [1, "Move right"],
  ] as const) {
    if (commands.canMoveBy(id, steps)) items.push({ label, run: () => commands.moveBy(id, steps) });
  }
  items.push({ label: "Fit width", run: () => commands.resetWidth(id) });
  items.push({ label: "Hide column", startsSection: true, run: () => commands.hide(id) });
  return items;
}

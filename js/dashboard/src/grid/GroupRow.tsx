/** One group in the grid: its value, how many runs it has, how they stand, and their numbers. */

import { ChevronRight } from "lucide-static";
import { memo } from "preact/compat";
import { Icon } from "../icon";
import type { Aggregate, GroupRow as Group, StatusName } from "../protocol";
import { type ColumnAggregates, keyOf } from "../tree";
import { cellClass, cellStyle, Gap } from "./Cell";
import { type GridColumn, groupSpan } from "./columns";
import { formatCount, formatDuration, formatNumber, formatSetting, writeGroup } from "./format";
import {
  ACTIONS_WIDTH,
  EYE_WIDTH,
  expandWidth,
  indentOf,
  LEAD_COLUMNS,
  SELECT_WIDTH,
} from "./lead";
import { type RowPlace, stickAt } from "./Row";
import { SelectBox } from "./SelectBox";
import { isColumn } from "./segments";

const STATUSES: StatusName[] = ["running", "queued", "completed", "failed", "interrupted", "dead"];
/** Room for the extremes beside the mean. */
const RANGE_WIDTH = 150;

interface GroupRowProps extends RowPlace {
  row: Group;
  columns: readonly GridColumn[];
  /** Name of the column that the runs are grouped by. */
  columnLabel: string;
  /** How many of its runs are selected. */
  selected: number;
  aggregates: ColumnAggregates | undefined;
}

export const GroupRow = memo(function GroupRow(props: GroupRowProps) {
  const { row, index, top, width, segments, focusColumn, selected, aggregates } = props;
  const span = groupSpan(props.columns);
  return (
    <div
      role="row"
      class={rowClass(props)}
      style={{ top, width }}
      data-key={keyOf(row)}
      data-group={row.label}
      data-index={index}
      aria-rowindex={index + 1}
      aria-level={row.level}
      aria-expanded={row.expanded}
      aria-selected={selected >= row.count}
      tabIndex={focusColumn === null ? 0 : -1}
    >
      <div
        role="gridcell"
        class="nbtrack-cell nbtrack-lead nbtrack-select"
        style={{ width: SELECT_WIDTH }}
        data-column="select"
        aria-colindex={1}
      >
        <SelectBox
          state={selected >= row.count ? "all" : selected > 0 ? "some" : "none"}
          label={`Select group ${row.label}`}
          title={`Select its ${formatCount(row.count, "run")}`}
          tabIndex={focusColumn === undefined ? -1 : 0}
          onClick={() => props.commands.select(row, false)}
        />
      </div>
      <LabelCell {...props} span={span} />
      {segments.map((segment) => {
        if (segment.place < span) return null;
        if (!isColumn(segment)) return <Gap key={`#${segment.place}`} width={segment.spacer} />;
        return (
          <AggregateCell
            key={segment.info.id}
            column={segment}
            aggregate={aggregates?.get(segment.info.id) ?? null}
            tabIndex={focusColumn === segment.place + LEAD_COLUMNS ? 0 : -1}
          />
        );
      })}
      <div
        role="gridcell"
        class="nbtrack-cell nbtrack-actions"
        style={{ width: ACTIONS_WIDTH }}
        data-column="actions"
        aria-colindex={LEAD_COLUMNS + props.columnCount + 1}
      />
    </div>
  );
});

function rowClass({ row, selected }: GroupRowProps): string {
  const classes = ["nbtrack-row", "nbtrack-group"];
  if (row.expanded) classes.push("nbtrack-open");
  if (selected >= row.count) classes.push("nbtrack-selected");
  return classes.join(" ");
}

function LabelCell({
  row,
  columns,
  columnLabel,
  depth,
  span,
  focusColumn,
  commands,
}: GroupRowProps & { span: number }) {
  const covered = columns.slice(0, span);
  const width =
    expandWidth(depth) + EYE_WIDTH + covered.reduce((sum, column) => sum + column.width, 0);
  const isSticky = covered.every(({ isPinned, stick }) => !isPinned || stick !== null);
  const { name, folder } = writeGroup(row.column, row.label);
  return (
    <div
      role="gridcell"
      class={`nbtrack-cell nbtrack-group-label${isSticky ? " nbtrack-pinned nbtrack-last-pinned" : ""}`}
      style={{ width, paddingInlineStart: indentOf(row.level), ...stickAt(SELECT_WIDTH) }}
      data-column={row.column}
      aria-colindex={2}
      aria-colspan={LEAD_COLUMNS - 1 + span}
    >
      <button
        type="button"
        class="nbtrack-icon-button"
        aria-label={`${row.expanded ? "Collapse" : "Expand"} group ${row.label}`}
        tabIndex={focusColumn === undefined ? -1 : 0}
        onClick={() => commands.toggle(row, !row.expanded)}
      >
        <Icon svg={ChevronRight} />
      </button>
      <span class="nbtrack-group-column">{columnLabel}</span>
      <span class="nbtrack-group-value" title={row.label}>
        {name}
      </span>
      {folder !== "" && <span class="nbtrack-group-folder">{folder}</span>}
      <span class="nbtrack-group-count" title={formatCount(row.count, "run")}>
        {row.count.toLocaleString("en-US")}
      </span>
      <StatusMix statuses={row.statuses} />
    </div>
  );
}

function StatusMix({ statuses }: { statuses: Group["statuses"] }) {
  const shown = STATUSES.flatMap((status) => {
    const count = statuses[status] ?? 0;
    return count > 0 ? [{ status, count, text: `${count.toLocaleString("en-US")} ${status}` }] : [];
  });
  return (
    <span class="nbtrack-mix" title={shown.map(({ text }) => text).join(", ")}>
      {shown.map(({ status, count }) => (
        <span key={status} class={`nbtrack-status nbtrack-status-${status}`}>
          <span class="nbtrack-status-mark" aria-hidden="true" />
          {count.toLocaleString("en-US")}
          <span class="nbtrack-unseen"> {status}</span>
        </span>
      ))}
    </span>
  );
}

interface AggregateCellProps {
  column: GridColumn;
  aggregate: Aggregate | null;
  tabIndex: 0 | -1;
}

function AggregateCell({ column, aggregate, tabIndex }: AggregateCellProps) {
  const write = writerOf(column);
  const range =
    aggregate === null || aggregate.count < 2
      ? null
      : `${write(aggregate.min)} … ${write(aggregate.max)}`;
  return (
    <div
      role="gridcell"
      class={cellClass(column)}
      style={cellStyle(column)}
      data-column={column.info.id}
      aria-colindex={column.place + LEAD_COLUMNS + 1}
      tabIndex={tabIndex}
      title={titleOf(aggregate, range)}
    >
      {aggregate !== null && (
        <span class="nbtrack-value nbtrack-aggregate">
          {range !== null && column.width >= RANGE_WIDTH && (
            <span class="nbtrack-range">{range}</span>
          )}
          {write(aggregate.mean)}
        </span>
      )}
    </div>
  );
}

function writerOf({ info }: GridColumn): (value: number) => string {
  if (info.type === "duration") return formatDuration;
  return info.id.startsWith("metrics.") ? formatNumber : formatSetting;
}

function titleOf(aggregate: Aggregate | null, range: string | null): string | undefined {
  if (aggregate === null) return undefined;
  const { mean, count } = aggregate;
  return range === null ? `${mean} in one run` : `mean ${mean} of ${count} runs, ${range}`;
}

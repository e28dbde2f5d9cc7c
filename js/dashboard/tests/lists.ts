/** What the service in memory knows of columns: pages of them, and their filters. */

import type {
  ColumnInfo,
  ColumnType,
  Filter,
  FilterOperator,
  ListColumnsResult,
} from "../src/protocol";

export function column(
  id: string,
  label: string,
  type: ColumnType,
  operators: FilterOperator[] = [],
): ColumnInfo {
  return { id, label, type, operators, direction: "none" };
}

export function passes(
  values: Record<string, string | number | null>,
  { column: id, operator, values: wanted }: Filter,
): boolean {
  const value = values[id] ?? null;
  const [first = 0, second = 0] = wanted;
  if (value === null) return operator === "is empty";
  switch (operator) {
    case "in":
      return wanted.includes(value);
    case "=":
      return value === first;
    case ">=":
      return value >= first;
    case "between":
      return value >= first && value <= second;
    case "contains":
      return String(value).includes(String(first));
    default:
      return false;
  }
}

interface PageArgs {
  search?: string;
  kinds?: string[];
  offset: number;
  limit: number;
}

export function listed(all: readonly ColumnInfo[], args: PageArgs): ListColumnsResult {
  const matching = all.filter(({ id }) => id.includes(args.search ?? ""));
  const kindOf = ({ id }: ColumnInfo) => id.slice(0, id.indexOf("."));
  const wanted = matching.filter((column) => args.kinds?.includes(kindOf(column)) ?? true);
  const totals: Record<string, number> = {};
  for (const column of matching) totals[kindOf(column)] = (totals[kindOf(column)] ?? 0) + 1;
  return {
    columns: wanted.slice(args.offset, args.offset + args.limit),
    total: wanted.length,
    totals,
  };
}

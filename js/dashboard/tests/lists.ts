/** The lists of the service in memory: pages of columns. */

import type { ColumnInfo, ListColumnsResult } from "../src/protocol";

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

/** How a column makes groups, in words. */

import type { ColumnInfo, GroupOptions } from "../protocol";

export const STATISTICS = ["min", "mean", "max"] as const;
export type Statistic = (typeof STATISTICS)[number];

export interface GroupOrder {
  by: "value" | "count" | Statistic;
  /** Of a statistic; else empty. */
  metric: string;
}

export function orderOf({ order = "value" }: GroupOptions): GroupOrder {
  const [by = "", ...rest] = order.split(" ");
  const statistic = STATISTICS.find((each) => each === by);
  if (statistic !== undefined) return { by: statistic, metric: rest.join(" ") };
  return { by: by === "count" ? "count" : "value", metric: "" };
}

export function orderText(order: GroupOrder): string | undefined {
  if (order.by === "value") return undefined;
  return order.by === "count" ? "count" : `${order.by} ${order.metric}`;
}

/** What differs from the default, such as `by 0.1, most runs first`. */
export function groupWords(options: GroupOptions, columnInfo: (id: string) => ColumnInfo): string {
  const parts: string[] = [];
  if (options.bucket !== undefined) {
    parts.push(options.bucket === 0 ? "each value" : `by ${options.bucket}`);
  }
  if (options.period !== undefined) parts.push(`by ${options.period}`);
  const order = orderOf(options);
  if (order.by === "count")
    parts.push(options.descending ? "most runs first" : "fewest runs first");
  else if (order.by !== "value") {
    const direction = options.descending ? "↓" : "↑";
    parts.push(`${order.by} ${columnInfo(order.metric).label} ${direction}`);
  } else if (options.descending) parts.push("↓");
  return parts.join(", ");
}

/** The statuses in the order in which they are shown. */

import type { StatusName } from "./protocol";

export const STATUSES: readonly StatusName[] = [
  "running",
  "queued",
  "completed",
  "failed",
  "interrupted",
  "dead",
];

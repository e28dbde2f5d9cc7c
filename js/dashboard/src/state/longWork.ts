/** Work on many runs: by several requests, none of which takes long, until it is done or stopped. */

import type { Client } from "../client";
import { RequestError } from "../errors";
import type { ClearResult, ExportArgs, ExportResult, View } from "../protocol";

export interface Progress {
  done: number;
  total: number;
}

export interface Work {
  signal: AbortSignal;
  onProgress(progress: Progress): void;
}

export interface Clearing {
  count: number;
  size: number;
  /** Runs that are still there, where it was stopped. */
  remaining: number;
}

/** Removes the runs that a dry run has told of, and none that were deleted since. */
export async function clearDeleted(
  client: Client,
  view: View,
  { count: total, until }: ClearResult,
  { signal, onProgress }: Work,
): Promise<Clearing> {
  const cleared = { count: 0, size: 0, remaining: total };
  while (cleared.remaining > 0 && !signal.aborted) {
    const { count, size, remaining } = await client.request("clear", { view, until });
    cleared.count += count;
    cleared.size += size;
    cleared.remaining = remaining;
    onProgress({ done: cleared.count, total: cleared.count + remaining });
  }
  return cleared;
}

/** Writes a file; stopped, there is none. */
export async function exportRuns(
  client: Client,
  args: ExportArgs,
  { signal, onProgress }: Work,
): Promise<ExportResult> {
  let answer = await client.request("export", args);
  while ("job" in answer) {
    const { job, done, total } = answer;
    onProgress({ done, total });
    if (signal.aborted) {
      await client.request("export_progress", { job, cancel: true });
      throw RequestError.local("aborted", "The export was cancelled.");
    }
    answer = await client.request("export_progress", { job });
  }
  return answer;
}

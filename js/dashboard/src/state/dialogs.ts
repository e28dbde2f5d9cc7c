/** Which dialog is open. */

import { Observable } from "../observable";
import type { ExperimentRow } from "../protocol";
import type { ExperimentRef } from "./experiments";
import type { RunSet } from "./removal";

/** What is asked in a dialog; `anchor` is what opened it. */
export type DialogRequest =
  /** `place` tells filters of the same column apart. */
  | { kind: "filter"; column: string; anchor: HTMLElement; place?: number }
  | { kind: "columns"; anchor: HTMLElement }
  | { kind: "group-by"; anchor: HTMLElement }
  | { kind: "group"; column: string; anchor: HTMLElement }
  /** About these runs; without them about those selected. */
  | { kind: "tag"; anchor: HTMLElement; runs?: RunSet }
  | { kind: "dataset"; anchor: HTMLElement; runs?: RunSet }
  /** Removes the deleted runs for good: those of one experiment, or of the view. */
  | { kind: "clear"; experimentId?: number }
  | { kind: "describe-experiment"; experiment: ExperimentRow }
  | { kind: "delete-experiment"; experiment: ExperimentRef };

export class DialogsState {
  readonly current = new Observable<DialogRequest | null>(null);

  open(request: DialogRequest): void {
    this.current.set(request);
  }

  close(): void {
    this.current.set(null);
  }
}

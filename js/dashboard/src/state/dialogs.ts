/** Which dialog is open. */

import { Observable } from "../observable";

/** What is asked in a dialog; `anchor` is what opened it. */
export type DialogRequest = { kind: "filter"; column: string; anchor: HTMLElement };

export class DialogsState {
  readonly current = new Observable<DialogRequest | null>(null);

  open(request: DialogRequest): void {
    this.current.set(request);
  }

  close(): void {
    this.current.set(null);
  }
}

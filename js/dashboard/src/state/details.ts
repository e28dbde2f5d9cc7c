/** Which rows are open, and how each of them is shown. */

import { Observable } from "../observable";

export const DETAIL_HEIGHT = 300;
export const MIN_DETAIL_HEIGHT = 120;

export interface OpenDetail {
  height: number;
  tab: string;
}

export type OpenDetails = ReadonlyMap<string, OpenDetail>;

export class DetailsState {
  readonly open = new Observable<OpenDetails>(new Map());

  isOpen(runId: string): boolean {
    return this.open.get().has(runId);
  }

  toggle(runId: string, open = !this.isOpen(runId)): void {
    if (open === this.isOpen(runId)) return;
    this.change((details) => {
      if (open) details.set(runId, { height: DETAIL_HEIGHT, tab: "overview" });
      else details.delete(runId);
    });
  }

  set(runId: string, patch: Partial<OpenDetail>): void {
    this.change((details) => {
      const detail = details.get(runId);
      if (detail !== undefined) details.set(runId, { ...detail, ...patch });
    });
  }

  private change(edit: (details: Map<string, OpenDetail>) => void): void {
    const details = new Map(this.open.get());
    edit(details);
    this.open.set(details);
  }
}

/** Which groups are open. */

import { Observable } from "../observable";
import type { Expansion } from "../protocol";
import { type GroupPath, pathKey } from "../tree";

export class ExpansionState {
  readonly current = new Observable<Expansion>({ all: false, paths: [] });

  isOpen(path: GroupPath): boolean {
    const { all, paths } = this.current.get();
    const key = pathKey(path);
    return all !== paths.some((other) => pathKey(other) === key);
  }

  toggle(path: GroupPath, open = !this.isOpen(path)): void {
    if (open === this.isOpen(path)) return;
    const { all, paths } = this.current.get();
    const key = pathKey(path);
    const others = paths.filter((other) => pathKey(other) !== key);
    this.current.set({ all, paths: all === open ? others : [...others, [...path]] });
  }

  expandAll(): void {
    this.set(true);
  }

  collapseAll(): void {
    this.set(false);
  }

  private set(all: boolean): void {
    const current = this.current.get();
    if (current.all !== all || current.paths.length > 0) this.current.set({ all, paths: [] });
  }
}

/** Which groups are open. */

import { Observable } from "../observable";
import type { Expansion } from "../protocol";
import { type GroupPath, pathKey } from "../tree";

export class ExpansionState {
  readonly current = new Observable<Expansion>({ all: false, paths: [] });

  isOpen(path: GroupPath): boolean {
    return this.isOpenAtFirst(path) !== has(this.current.get().paths, path);
  }

  toggle(path: GroupPath, open = !this.isOpen(path)): void {
    if (open === this.isOpen(path)) return;
    const { paths, ...others } = this.current.get();
    const kept = paths.filter((other) => !isSame(other, path));
    const isException = this.isOpenAtFirst(path) !== open;
    this.current.set({ ...others, paths: isException ? [...kept, [...path]] : kept });
  }

  /** Opens all groups that stand beside one, whether they are loaded or not. */
  openSiblings(path: GroupPath): void {
    const { all, paths, within = [] } = this.current.get();
    const parent = path.slice(0, -1);
    const others = within.filter((other) => !isSame(other, parent));
    this.current.set({
      all,
      paths: paths.filter((other) => !isSame(other.slice(0, -1), parent)),
      within: all ? others : [...others, parent],
    });
  }

  expandAll(): void {
    this.set(true);
  }

  collapseAll(): void {
    this.set(false);
  }

  /** Whether it is open as long as nobody has opened or closed it by itself. */
  private isOpenAtFirst(path: GroupPath): boolean {
    const { all, within = [] } = this.current.get();
    return all !== has(within, path.slice(0, -1));
  }

  private set(all: boolean): void {
    const { all: before, paths, within = [] } = this.current.get();
    if (before === all && paths.length === 0 && within.length === 0) return;
    this.current.set({ all, paths: [] });
  }
}

function has(paths: readonly GroupPath[], path: GroupPath): boolean {
  return paths.some((other) => isSame(other, path));
}

function isSame(left: GroupPath, right: GroupPath): boolean {
  return pathKey(left) === pathKey(right);
}

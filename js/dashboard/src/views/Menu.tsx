/** A menu at what opened it; closed by Escape, by a click outside and by a choice. */

import { Popover } from "./Popover";

export interface MenuItem {
  label: string;
  /** Of one choice among several: whether it is the current one. */
  isChecked?: boolean;
  /** Begins a section. */
  startsSection?: boolean;
  run(): void;
}

interface MenuProps {
  label: string;
  anchor: HTMLElement;
  items: readonly MenuItem[];
  onClose(): void;
}

export function Menu({ label, anchor, items, onClose }: MenuProps) {
  return (
    <Popover class="nbtrack-menu" label={label} anchor={anchor} onClose={onClose}>
      <div role="menu" aria-label={label} onKeyDown={onMenuKey}>
        {items.map((item, index) => (
          <MenuEntry key={item.label} item={item} isFirst={index === 0} onClose={onClose} />
        ))}
      </div>
    </Popover>
  );
}

interface MenuEntryProps {
  item: MenuItem;
  isFirst: boolean;
  onClose(): void;
}

function MenuEntry({ item, isFirst, onClose }: MenuEntryProps) {
  const role =
    item.isChecked === undefined
      ? ({ role: "menuitem" } as const)
      : ({ role: "menuitemradio", "aria-checked": item.isChecked } as const);
  return (
    <button
      type="button"
      {...role}
      class={item.startsSection ? "nbtrack-menu-item nbtrack-section" : "nbtrack-menu-item"}
      tabIndex={-1}
      data-first={isFirst ? "" : undefined}
      onClick={() => {
        onClose();
        item.run();
      }}
    >
      {item.label}
    </button>
  );
}

function onMenuKey(event: KeyboardEvent): void {
  const menu = event.currentTarget as HTMLElement;
  const items = [...menu.querySelectorAll<HTMLElement>("[role^=menuitem]")];
  const current = items.indexOf(document.activeElement as HTMLElement);
  const target = targetOf(event.key, current, items.length);
  if (target === null) return;
  event.preventDefault();
  event.stopPropagation();
  items[target]?.focus();
}

function targetOf(key: string, current: number, count: number): number | null {
  switch (key) {
    case "ArrowDown":
      return (current + 1) % count;
    case "ArrowUp":
      return (current + count - 1) % count;
    case "Home":
      return 0;
    case "End":
      return count - 1;
    case "Tab":
      return current;
    default:
      return null;
  }
}

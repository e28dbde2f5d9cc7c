/** A menu at what opened it; closed by Escape, by a click outside and by a choice. */

import { useLayoutEffect, useRef } from "preact/hooks";
import { placeAt } from "./Popover";

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
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const element = dialog.current;
    const opener = document.activeElement;
    if (element === null) return;
    element.showModal();
    placeAt(element, anchor);
    element.querySelector<HTMLElement>("[role^=menuitem]")?.focus();
    return () => {
      if (opener instanceof HTMLElement) opener.focus({ preventScroll: true });
    };
  }, [anchor]);
  return (
    <dialog
      class="nbtrack-popover nbtrack-menu"
      ref={dialog}
      aria-label={label}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === dialog.current) onClose();
      }}
      onKeyDown={onMenuKey}
    >
      <div role="menu" aria-label={label}>
        {items.map((item) => (
          <MenuEntry key={item.label} item={item} onClose={onClose} />
        ))}
      </div>
    </dialog>
  );
}

function MenuEntry({ item, onClose }: { item: MenuItem; onClose(): void }) {
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
  event.stopPropagation();
  if (target === null) return;
  event.preventDefault();
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

/** Small windows: at what opened them, or in the middle of the page with a question. */

import type { ComponentChildren, RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

interface PopoverProps {
  label: string;
  anchor: HTMLElement;
  class?: string;
  onClose(): void;
  children: ComponentChildren;
}

/** Closed by Escape and by a click outside; what is marked `data-first` gets the focus. */
export function Popover({ label, anchor, class: name = "", onClose, children }: PopoverProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const pressed = useRef<EventTarget | null>(null);
  useModal(dialog);
  useLayoutEffect(() => {
    const element = dialog.current;
    if (element === null) return;
    placeAt(element, anchor);
    const observer = new ResizeObserver(() => placeAt(element, anchor));
    observer.observe(element);
    return () => observer.disconnect();
  }, [anchor]);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape does by keyboard what a click outside does
    <dialog
      class={`nbtrack-popover ${name}`}
      ref={dialog}
      aria-label={label}
      onMouseDown={(event) => {
        pressed.current = event.target;
      }}
      onClick={(event) => {
        const isOutside = event.target === dialog.current && pressed.current === dialog.current;
        if (isOutside) onClose();
      }}
      {...closedByEscape(onClose)}
    >
      {children}
    </dialog>
  );
}

interface ModalProps {
  label: string;
  onClose(): void;
  children: ComponentChildren;
}

/** A question in the middle of the page. */
export function Modal({ label, onClose, children }: ModalProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useModal(dialog);
  return (
    <dialog class="nbtrack-dialog" ref={dialog} aria-label={label} {...closedByEscape(onClose)}>
      <h2>{label}</h2>
      {children}
    </dialog>
  );
}

/** Opens a dialog above the page; afterwards the focus is where it was. */
function useModal(dialog: RefObject<HTMLDialogElement | null>): void {
  useLayoutEffect(() => {
    const opener = document.activeElement;
    const element = dialog.current;
    element?.showModal();
    element?.querySelector<HTMLElement>("[data-first]")?.focus();
    return () => {
      element?.close(); // until then nothing outside of it takes the focus
      if (opener instanceof HTMLElement) opener.focus({ preventScroll: true });
    };
  }, []);
}

function closedByEscape(onClose: () => void) {
  return {
    onCancel: (event: Event) => {
      if (event.target !== event.currentTarget) return;
      event.preventDefault();
      onClose();
    },
    onKeyDown: (event: KeyboardEvent) => {
      event.stopPropagation();
      if (event.key !== "Escape") return;
      event.preventDefault();
      onClose();
    },
  };
}

const MARGIN = 4;

/** Below the anchor, or above it where there is no room, within the window. */
export function placeAt(element: HTMLElement, anchor: HTMLElement): void {
  const { left, top, bottom } = anchor.getBoundingClientRect();
  const { offsetWidth, offsetHeight } = element;
  const isBelow = bottom + offsetHeight + MARGIN <= window.innerHeight || top < offsetHeight;
  const y = isBelow
    ? Math.min(bottom, window.innerHeight - offsetHeight - MARGIN)
    : top - offsetHeight;
  const x = Math.min(left, window.innerWidth - offsetWidth - MARGIN);
  element.style.left = `${Math.max(MARGIN, x)}px`;
  element.style.top = `${Math.max(MARGIN, y)}px`;
}

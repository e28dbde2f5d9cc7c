/** Hooks that tie state to the screen. */

import { useEffect, useState, useSyncExternalStore } from "preact/compat";
import type { Readable } from "./observable";

/** The value of an observable; renders again when it changes. */
export function useObserved<T>(observable: Readable<T>): T {
  return useSyncExternalStore(
    (listener) => observable.subscribe(listener),
    () => observable.get(),
  );
}

/** The current time, renewed every `intervalMs` while the page is visible. */
export function useNow(intervalMs: number): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) setNow(Date.now());
    }, intervalMs);
    return () => clearInterval(timer);
  }, [intervalMs]);
  return now;
}

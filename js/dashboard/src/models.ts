/**
 * The widgets of the page's kernels, by dashboard. The widget's own module enters them here, so
 * that a dashboard shown by another module, such as JupyterLab's extension, finds its kernel.
 */

import type { AnyModel } from "@anywidget/types";

interface Registry extends EventTarget {
  readonly models: Map<string, AnyModel>;
}

/** One for the page, whichever module asks first. */
const NAME = Symbol.for("nbtrack.models");
const CHANGE = "change";

function registry(): Registry {
  const page = globalThis as { [NAME]?: Registry };
  page[NAME] ??= Object.assign(new EventTarget(), { models: new Map<string, AnyModel>() });
  return page[NAME];
}

/** Names a dashboard of one store. */
export function modelKey(storeId: unknown, viewId: unknown): string {
  return JSON.stringify([storeId, viewId]);
}

/** Enters the newest widget of a dashboard; returns how to take it out again. */
export function enterModel(key: string, model: AnyModel): () => void {
  const found = registry();
  found.models.set(key, model);
  found.dispatchEvent(new Event(CHANGE));
  return () => {
    if (found.models.get(key) !== model) return;
    found.models.delete(key);
    found.dispatchEvent(new Event(CHANGE));
  };
}

/** Calls `handler` with the widget of a dashboard, now and whenever it is another. */
export function watchModel(key: string, handler: (model: AnyModel | null) => void): () => void {
  const found = registry();
  let last: AnyModel | null = null;
  const look = () => {
    const model = found.models.get(key) ?? null;
    if (model === last) return;
    last = model;
    handler(model);
  };
  found.addEventListener(CHANGE, look);
  look();
  return () => found.removeEventListener(CHANGE, look);
}

/** Keeping JupyterLab's start safe: nothing of nbtrack's may stop it, whatever goes wrong. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import type { Token } from "@lumino/coreutils";

type OrNull<Services extends unknown[]> = { [Index in keyof Services]: Services[Index] | null };

interface Guarded<Services extends unknown[]> {
  id: string;
  description: string;
  /** Each may be missing; then the plugin does without. */
  optional: { [Index in keyof Services]: Token<Services[Index]> };
  activate(app: JupyterFrontEnd, ...services: OrNull<Services>): void;
}

/** A plugin that needs nothing, and whose errors end in the console. */
export function guarded<Services extends unknown[]>(
  plugin: Guarded<Services>,
): JupyterFrontEndPlugin<void> {
  return {
    id: plugin.id,
    description: plugin.description,
    autoStart: true,
    optional: plugin.optional as Token<unknown>[],
    activate: (app, ...services) => {
      try {
        plugin.activate(app, ...(services as OrNull<Services>));
      } catch (reason) {
        report(plugin.id, reason);
      }
    },
  };
}

/**
 * Does what needs a package that not every front end has, after its start. JupyterLab waits for
 * no promise of this kind.
 */
export function later(what: string, task: () => Promise<void>): void {
  task().catch((reason) => report(what, reason));
}

function report(what: string, reason: unknown): void {
  // biome-ignore lint/suspicious/noConsole: there is nowhere else to say it without harm
  console.warn(`nbtrack: ${what} is not available.`, reason);
}

/** Finding the renderers of the document that shows an output: each notebook has its own. */

import type { JupyterFrontEnd } from "@jupyterlab/application";
import type { IRenderMimeRegistry } from "@jupyterlab/rendermime";

interface WithRenderers {
  content?: { rendermime?: IRenderMimeRegistry };
}

/** The registry of the document around `node`, which knows the widgets of its kernel. */
export function registryAround(
  app: JupyterFrontEnd,
  node: HTMLElement,
): IRenderMimeRegistry | null {
  for (const area of ["main", "left", "right", "down"] as const) {
    for (const widget of app.shell.widgets(area)) {
      const registry = (widget as WithRenderers).content?.rendermime;
      if (registry && widget.node.contains(node)) return registry;
    }
  }
  return null;
}

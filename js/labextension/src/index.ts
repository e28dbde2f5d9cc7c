/** Registers the renderer of nbtrack's dashboards with JupyterLab. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { IRenderMimeRegistry } from "@jupyterlab/rendermime";
import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import { registryAround } from "./registry.js";
import { DASHBOARD_MIME_TYPE, DashboardRenderer } from "./renderer.js";

/** Before the widget's own view, which JupyterLab's widget manager registers at -10. */
const RANK = -20;

const plugin: JupyterFrontEndPlugin<void> = {
  id: "@nbtrack/labextension:dashboard",
  description: "Shows nbtrack's dashboards, also where no kernel has them.",
  autoStart: true,
  requires: [IRenderMimeRegistry],
  activate: (app: JupyterFrontEnd, registry: IRenderMimeRegistry) => {
    const factory: IRenderMime.IRendererFactory = {
      safe: true,
      mimeTypes: [DASHBOARD_MIME_TYPE],
      createRenderer: () => new DashboardRenderer((node) => registryAround(app, node) ?? registry),
    };
    registry.addFactory(factory, RANK);
  },
};

export default plugin;

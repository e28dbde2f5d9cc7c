/** nbtrack's places in JupyterLab. Each does without the others, and without what is missing. */

import { ILayoutRestorer, type JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ICommandPalette } from "@jupyterlab/apputils";
import { IRenderMimeRegistry } from "@jupyterlab/rendermime";
import { addActions } from "./actions.js";
import { guarded } from "./guard.js";
import { addCellMarks } from "./marks.js";
import { addPanel } from "./panel.js";
import { registryAround } from "./registry.js";
import { DASHBOARD_MIME_TYPE, DashboardRenderer } from "./renderer.js";
import { addStatusItem } from "./status.js";
import { StoreWatch } from "./watch.js";

/** Before the widget's own view, which JupyterLab's widget manager registers at -10. */
const RANK = -20;

const renderer = guarded<[IRenderMimeRegistry]>({
  id: "@nbtrack/labextension:dashboard",
  description: "Shows nbtrack's dashboards, also where no kernel has them.",
  optional: [IRenderMimeRegistry],
  activate: (app, registry) =>
    registry?.addFactory(
      {
        safe: true,
        mimeTypes: [DASHBOARD_MIME_TYPE],
        createRenderer: () =>
          new DashboardRenderer((node) => registryAround(app, node) ?? registry),
      },
      RANK,
    ),
});

const panel = guarded<[ICommandPalette, ILayoutRestorer]>({
  id: "@nbtrack/labextension:panel",
  description: "nbtrack's dashboard as a tab, with a card in the launcher.",
  optional: [ICommandPalette, ILayoutRestorer],
  activate: addPanel,
});

const activity = guarded<[ICommandPalette]>({
  id: "@nbtrack/labextension:activity",
  description: "Running and queued runs in the status bar and on their cells; actions on runs.",
  optional: [ICommandPalette],
  activate: (app, palette) => {
    const watch = new StoreWatch();
    addStatusItem(app, watch);
    addCellMarks(app, watch);
    addActions(app, watch, palette);
  },
});

const plugins: JupyterFrontEndPlugin<void>[] = [renderer, panel, activity];

export default plugins;

/** The dashboard as a tab of JupyterLab's main area: all experiments of the server's store. */

import { type ILayoutRestorer, type JupyterFrontEnd, LabShell } from "@jupyterlab/application";
import { type ICommandPalette, MainAreaWidget, WidgetTracker } from "@jupyterlab/apputils";
import { Widget } from "@lumino/widgets";
import type { Mounted } from "../../dashboard/src/mount";
import type { Filter } from "../../dashboard/src/protocol";
import { pageServer, serverUrl } from "../../dashboard/src/server";
import { wiresTo } from "../../dashboard/src/wires";
import { later } from "./guard.js";
import { nbtrackIcon } from "./icon.js";

export const OPEN_COMMAND = "nbtrack:open";
export const PALETTE_CATEGORY = "nbtrack";

/** The tab's own view, kept with the store. */
const VIEW_ID = "lab";
const NAMESPACE = "nbtrack";

/** Arguments of the command; without any, the dashboard is shown as it was left. */
export interface OpenArgs {
  notebook?: string;
  cellId?: string;
}

class DashboardPanel extends Widget {
  private mounted: Promise<Mounted> | null = null;

  constructor() {
    super();
    this.addClass("nbtrack-lab-panel");
  }

  override dispose(): void {
    void this.mounted?.then(({ close }) => close());
    this.mounted = null;
    super.dispose();
  }

  async showRunsOf({ notebook, cellId }: OpenArgs): Promise<void> {
    if (notebook === undefined || cellId === undefined) return;
    const { session } = await this.mount();
    await session.start();
    const filters: Filter[] = [
      { column: "attributes.notebook", operator: "=", values: [notebook] },
      { column: "attributes.cell_id", operator: "=", values: [cellId] },
    ];
    session.view.update({ filters, experiments: undefined, search: undefined, deleted: undefined });
  }

  protected override onAfterAttach(): void {
    later("the dashboard", async () => void (await this.mount()));
  }

  private mount(): Promise<Mounted> {
    this.mounted ??= import("../../dashboard/src/mount").then(({ mountSession }) =>
      mountSession(this.node, wiresTo(null), VIEW_ID, { fills: true, initial: { sidebar: true } }),
    );
    return this.mounted;
  }
}

type DashboardTab = MainAreaWidget<DashboardPanel>;

export function addPanel(
  app: JupyterFrontEnd,
  palette: ICommandPalette | null,
  restorer: ILayoutRestorer | null,
): void {
  const tracker = new WidgetTracker<DashboardTab>({ namespace: NAMESPACE });
  app.commands.addCommand(OPEN_COMMAND, {
    label: (args) => (args.isPalette ? "Open the Dashboard" : "nbtrack"),
    caption: "All experiments and runs",
    icon: (args) => (args.isPalette ? undefined : nbtrackIcon),
    execute: async (args) => {
      if (!hasTabs(app)) {
        openPage();
        return undefined;
      }
      const tab = tracker.currentWidget ?? newTab();
      if (!tracker.has(tab)) await tracker.add(tab);
      if (!tab.isAttached) app.shell.add(tab, "main");
      app.shell.activateById(tab.id);
      await tab.content.showRunsOf(args as OpenArgs);
      return tab;
    },
  });
  palette?.addItem({
    command: OPEN_COMMAND,
    category: PALETTE_CATEGORY,
    args: { isPalette: true },
  });
  restorer
    ?.restore(tracker, { command: OPEN_COMMAND, name: () => NAMESPACE })
    .catch(() => undefined);
  later("the launcher's card", async () => {
    const { ILauncher } = await import("@jupyterlab/launcher");
    const launcher = await app.resolveOptionalService(ILauncher);
    launcher?.add({ command: OPEN_COMMAND, category: "Other", rank: 10 });
  });
}

function newTab(): DashboardTab {
  const tab = new MainAreaWidget({ content: new DashboardPanel() });
  tab.id = "nbtrack-dashboard";
  tab.toolbar.hide();
  tab.title.label = "nbtrack";
  tab.title.caption = "All experiments and runs";
  tab.title.icon = nbtrackIcon;
  tab.title.closable = true;
  return tab;
}

/** Notebook 7 shows one document a browser tab. */
function hasTabs(app: JupyterFrontEnd): boolean {
  return app.shell instanceof LabShell;
}

function openPage(): void {
  const server = pageServer();
  if (server !== null) window.open(serverUrl(server, ""), "_blank", "noopener");
}

/** The status bar's item: how many runs run and wait; nothing when there are none. */

import type { JupyterFrontEnd } from "@jupyterlab/application";
import { Signal } from "@lumino/signaling";
import { Widget } from "@lumino/widgets";
import type { ActivityResult } from "../../dashboard/src/protocol";
import { later } from "./guard.js";
import { OPEN_COMMAND } from "./panel.js";
import type { StoreWatch } from "./watch.js";

const ITEM_ID = "@nbtrack/labextension:status";

export function addStatusItem(app: JupyterFrontEnd, watch: StoreWatch): void {
  later("the status bar's item", async () => {
    const { IStatusBar } = await import("@jupyterlab/statusbar");
    const bar = await app.resolveOptionalService(IStatusBar);
    if (bar === null) return;
    const item = new ActivityItem(() => void app.commands.execute(OPEN_COMMAND));
    watch.activity.subscribe(() => item.showActivity(watch.activity.get()));
    bar.registerStatusItem(ITEM_ID, {
      item,
      align: "left",
      rank: 10,
      isActive: () => item.isBusy,
      activeStateChanged: item.busyChanged,
    });
  });
}

class ActivityItem extends Widget {
  readonly busyChanged = new Signal<this, void>(this);
  isBusy = false;
  private readonly button = document.createElement("button");

  constructor(onClick: () => void) {
    super();
    this.addClass("nbtrack-lab-status");
    this.button.type = "button";
    this.button.title = "Open nbtrack's dashboard";
    this.button.addEventListener("click", onClick);
    this.node.append(this.button);
  }

  showActivity(activity: ActivityResult | null): void {
    const { running = 0, queued = 0 } = activity ?? {};
    const parts = [
      ...(running > 0 ? [part("running", `${running.toLocaleString("en-US")} running`)] : []),
      ...(queued > 0 ? [part("queued", `${queued.toLocaleString("en-US")} queued`)] : []),
    ];
    this.button.replaceChildren(...parts);
    const isBusy = parts.length > 0;
    if (isBusy === this.isBusy) return;
    this.isBusy = isBusy;
    this.busyChanged.emit(undefined);
  }
}

function part(status: "running" | "queued", text: string): HTMLElement {
  const element = document.createElement("span");
  element.className = `nbtrack-lab-part nbtrack-lab-${status}`;
  const dot = document.createElement("span");
  dot.className = "nbtrack-lab-dot";
  dot.setAttribute("aria-hidden", "true");
  element.append(dot, text);
  return element;
}

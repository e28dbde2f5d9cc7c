/**
 * One displayed dashboard. Where the server answers about its store, the dashboard needs no
 * kernel. Elsewhere the kernel's widget shows it, and until that is there the table as saved.
 */

import type { IRenderMimeRegistry } from "@jupyterlab/rendermime";
import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import type { Message } from "@lumino/messaging";
import { Panel, Widget } from "@lumino/widgets";
import { HttpTransport } from "../../dashboard/src/http";
import { mount } from "../../dashboard/src/mount";
import { post, serves } from "./server";

export const DASHBOARD_MIME_TYPE = "application/vnd.nbtrack.dashboard.v1+json";
const WIDGET_MIME_TYPE = "application/vnd.jupyter.widget-view+json";
const SNAPSHOT_MIME_TYPE = "text/html";

/** The element by which the widget's page is known to be there. */
const LIVE_SELECTOR = ".nbtrack";

const NOTE = "This is the table as it was saved. Run the cell to bring it to life.";

/** How long to wait before the kernel's widget is looked for again. */
const PAUSES_MS = [250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000];

interface DashboardData {
  store_id?: unknown;
  view_id?: unknown;
}

export class DashboardRenderer extends Panel implements IRenderMime.IRenderer {
  private model: IRenderMime.IMimeModel | null = null;
  private started = false;
  private unmount: (() => void) | null = null;
  private readonly observer = new MutationObserver(() => this.showWidget());
  private widgetView: IRenderMime.IRenderer | null = null;

  constructor(private readonly registryAround: (node: HTMLElement) => IRenderMimeRegistry) {
    super();
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    this.model = model;
    if (this.isAttached) await this.start(model);
  }

  override dispose(): void {
    this.observer.disconnect();
    this.unmount?.();
    this.unmount = null;
    super.dispose();
  }

  /** Only an attached output knows which notebook, and so which kernel, it belongs to. */
  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    if (this.model) void this.start(this.model);
  }

  private async start(model: IRenderMime.IMimeModel): Promise<void> {
    if (this.started) return;
    this.started = true;
    const { store_id, view_id } = (model.data[DASHBOARD_MIME_TYPE] ?? {}) as DashboardData;
    const served = typeof store_id === "string" && (await serves(store_id));
    if (this.isDisposed) return;
    if (served) this.showServed(String(view_id ?? ""));
    else await this.showKernels(model);
  }

  private showServed(viewId: string): void {
    const frame = new Widget();
    this.addWidget(frame);
    this.unmount = mount(frame.node, new HttpTransport(post), viewId);
  }

  private async showKernels(model: IRenderMime.IMimeModel): Promise<void> {
    const snapshot = add(this, this.registryAround(this.node), SNAPSHOT_MIME_TYPE, model);
    this.addWidget(note());
    await Promise.allSettled([snapshot?.renderModel(model), this.findWidget(model)]);
  }

  /**
   * After a page is loaded, the kernel's widgets are there only after a while, or never. A view
   * that was made before JupyterLab knew its widget manager waits for ever: it is made anew.
   */
  private async findWidget(model: IRenderMime.IMimeModel): Promise<void> {
    for (const pause of PAUSES_MS) {
      this.widgetView?.dispose();
      this.tryWidget(model);
      await new Promise((resolve) => setTimeout(resolve, pause));
      if (this.isDisposed || this.isLive()) return;
    }
  }

  private tryWidget(model: IRenderMime.IMimeModel): void {
    this.widgetView = add(this, this.registryAround(this.node), WIDGET_MIME_TYPE, model);
    if (!this.widgetView) return;
    this.widgetView.hide();
    this.observer.observe(this.widgetView.node, { childList: true, subtree: true });
    void this.widgetView.renderModel(model);
  }

  private isLive(): boolean {
    return this.widgetView?.node.querySelector(LIVE_SELECTOR) != null;
  }

  private showWidget(): void {
    if (!this.isLive()) return;
    this.observer.disconnect();
    for (const child of [...this.widgets]) if (child !== this.widgetView) child.dispose();
    this.widgetView?.show();
  }
}

/** Adds a renderer of one MIME type, if there is one and the output has that type. */
function add(
  panel: Panel,
  registry: IRenderMimeRegistry,
  mimeType: string,
  model: IRenderMime.IMimeModel,
): IRenderMime.IRenderer | null {
  if (!(mimeType in model.data) || !registry.mimeTypes.includes(mimeType)) return null;
  const renderer = registry.createRenderer(mimeType);
  panel.addWidget(renderer);
  return renderer;
}

function note(): Widget {
  const widget = new Widget();
  widget.node.textContent = NOTE;
  widget.node.style.cssText =
    "color: var(--jp-ui-font-color2); font-size: var(--jp-ui-font-size1); padding: 4px 0";
  return widget;
}

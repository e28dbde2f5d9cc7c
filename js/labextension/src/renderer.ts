/**
 * One displayed dashboard: alive as soon as the server or the kernel answers about its store, and
 * until then the table as it was saved.
 */

import type { IRenderMimeRegistry } from "@jupyterlab/rendermime";
import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import type { Message } from "@lumino/messaging";
import { Panel, Widget } from "@lumino/widgets";
import { CommWire } from "../../dashboard/src/comm";
import { modelKey, watchModel } from "../../dashboard/src/models";
import type { SwitchingTransport } from "../../dashboard/src/switching";
import { wiresTo } from "../../dashboard/src/wires";

export const DASHBOARD_MIME_TYPE = "application/vnd.nbtrack.dashboard.v1+json";
const SNAPSHOT_MIME_TYPE = "text/html";

const SAVED_NOTE = "This is the table as it was saved. Run the cell to bring it to life.";
const BUSY_NOTE = "This is the table as it was saved. It comes to life when the kernel answers.";

/** A server answers sooner, mostly; then nothing is shown in between. */
const SNAPSHOT_DELAY_MS = 400;

interface DashboardData {
  store_id?: unknown;
  view_id?: unknown;
}

export class DashboardRenderer extends Panel implements IRenderMime.IRenderer {
  private model: IRenderMime.IMimeModel | null = null;
  private readonly stops: (() => void)[] = [];
  private isLive = false;
  private snapshot: IRenderMime.IRenderer | null = null;
  private readonly note = noteWidget();

  constructor(private readonly registryAround: (node: HTMLElement) => IRenderMimeRegistry) {
    super();
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    this.model = model;
    if (this.isAttached) this.start(model);
  }

  override dispose(): void {
    for (const stop of this.stops.splice(0).reverse()) stop();
    super.dispose();
  }

  /** Only an attached output knows which notebook it belongs to. */
  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    if (this.model) this.start(this.model);
  }

  private start(model: IRenderMime.IMimeModel): void {
    if (this.stops.length > 0 || this.isDisposed) return;
    const { store_id, view_id } = (model.data[DASHBOARD_MIME_TYPE] ?? {}) as DashboardData;
    const comm = new CommWire();
    const transport = wiresTo(typeof store_id === "string" ? store_id : "", comm);
    const key = modelKey(store_id, view_id);
    const look = () => this.look(transport, String(view_id ?? ""));
    const timer = setTimeout(() => this.showSnapshot(model), SNAPSHOT_DELAY_MS);
    this.stops.push(
      transport.link.subscribe(look),
      transport.wire.subscribe(look),
      watchModel(key, (found) => comm.connect(found)),
      () => clearTimeout(timer),
      () => transport.close(),
    );
    look();
  }

  private look(transport: SwitchingTransport, viewId: string): void {
    const link = transport.link.get();
    this.note.node.textContent = link === "waiting" ? BUSY_NOTE : SAVED_NOTE;
    if (this.isLive || link !== "live" || transport.wire.get() === null) return;
    this.isLive = true;
    void this.showDashboard(transport, viewId);
  }

  private async showDashboard(transport: SwitchingTransport, viewId: string): Promise<void> {
    const { mount } = await import("../../dashboard/src/mount");
    if (this.isDisposed) return;
    const frame = new Widget();
    this.addWidget(frame);
    this.stops.push(mount(frame.node, transport, viewId));
    this.snapshot?.dispose();
    this.note.dispose();
  }

  private showSnapshot(model: IRenderMime.IMimeModel): void {
    const registry = this.registryAround(this.node);
    if (this.isLive || !(SNAPSHOT_MIME_TYPE in model.data)) return;
    if (!registry.mimeTypes.includes(SNAPSHOT_MIME_TYPE)) return;
    this.snapshot = registry.createRenderer(SNAPSHOT_MIME_TYPE);
    this.addWidget(this.snapshot);
    this.addWidget(this.note);
    void this.snapshot.renderModel(model);
  }
}

function noteWidget(): Widget {
  const widget = new Widget();
  widget.addClass("nbtrack-lab-note");
  widget.node.textContent = SAVED_NOTE;
  return widget;
}

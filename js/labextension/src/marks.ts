/** Marks on the cells that have runs: how the latest one stands, as the store says. */

import type { JupyterFrontEnd } from "@jupyterlab/application";
import type { INotebookTracker, NotebookPanel } from "@jupyterlab/notebook";
import { RequestError } from "../../dashboard/src/errors";
import { describeWaiting } from "../../dashboard/src/grid/waiting";
import { type CellStatus, MAX_CELLS } from "../../dashboard/src/protocol";
import { Throttle } from "../../dashboard/src/state/throttle";
import { later } from "./guard.js";
import { OPEN_COMMAND, type OpenArgs } from "./panel.js";
import type { StoreWatch } from "./watch.js";

const INTERVAL_MS = 1_000;
const MARK_CLASS = "nbtrack-lab-mark";

type Cell = NotebookPanel["content"]["widgets"][number];
type Open = (args: OpenArgs) => void;

export function addCellMarks(app: JupyterFrontEnd, watch: StoreWatch): void {
  const open: Open = (args) => void app.commands.execute(OPEN_COMMAND, { ...args });
  later("the marks on cells", async () => {
    const { INotebookTracker: token } = await import("@jupyterlab/notebook");
    const tracker: INotebookTracker | null = await app.resolveOptionalService(token);
    if (tracker === null) return;
    const mark = (panel: NotebookPanel) => {
      const marks = new NotebookMarks(app, panel, watch, open);
      panel.disposed.connect(() => marks.close());
      later("the marks on cells", () => marks.start());
    };
    tracker.forEach(mark);
    tracker.widgetAdded.connect((_sender, panel) => mark(panel));
  });
}

/** The marks of one open notebook. */
class NotebookMarks {
  private readonly throttle = new Throttle(() => this.ask(), INTERVAL_MS);
  private readonly stops: (() => void)[] = [];
  private statuses = new Map<string, CellStatus>();
  private notebook: string | null = null;
  /** Something may have changed while nobody saw the notebook. */
  private isStale = true;

  constructor(
    private readonly app: JupyterFrontEnd,
    private readonly panel: NotebookPanel,
    private readonly watch: StoreWatch,
    private readonly open: Open,
  ) {}

  async start(): Promise<void> {
    await this.panel.context.ready;
    if (this.panel.isDisposed) return;
    this.stops.push(this.watch.changes.subscribe(() => this.onChange()));
    this.panel.context.pathChanged.connect(() => this.throttle.trigger());
    this.panel.content.model?.cells.changed.connect(() => this.throttle.trigger());
    this.panel.content.activeCellChanged.connect(() => {
      if (this.isStale) this.throttle.trigger();
    });
    this.throttle.trigger();
  }

  close(): void {
    this.throttle.close();
    for (const stop of this.stops.splice(0)) stop();
  }

  private onChange(): void {
    if (this.panel.isVisible) this.throttle.trigger();
    else this.isStale = true;
  }

  private async ask(): Promise<void> {
    if (this.panel.isDisposed) return;
    const { contents } = this.app.serviceManager;
    this.notebook = await this.watch.notebookPath(contents.localPath(this.panel.context.path));
    if (this.notebook === null || this.panel.isDisposed) return;
    const cells = this.panel.content.widgets.filter(({ model }) => model.type === "code");
    const args = {
      notebook: this.notebook,
      cell_ids: cells.slice(0, MAX_CELLS).map(({ model }) => model.id),
    };
    try {
      const found = await this.watch.client.request("cell_statuses", args);
      this.isStale = false;
      this.statuses = new Map(found.cells.map((status) => [status.cell_id, status]));
    } catch (reason) {
      if (!(reason instanceof RequestError)) throw reason;
      return; // the marks stay as they are until the server answers again
    }
    for (const cell of cells) this.show(cell);
  }

  private show(cell: Cell): void {
    if (cell.isDisposed) return;
    if (cell.isPlaceholder()) {
      void cell.ready.then(() => this.show(cell));
      return;
    }
    const area = cell.node.querySelector<HTMLElement>(".jp-Cell-inputWrapper");
    const status = this.statuses.get(cell.model.id);
    const present = area?.querySelector<HTMLButtonElement>(`:scope > .${MARK_CLASS}`);
    if (status === undefined) present?.remove();
    else if (present) fill(present, status);
    else area?.append(fill(this.newMark(cell), status));
  }

  private newMark(cell: Cell): HTMLButtonElement {
    const button = document.createElement("button");
    button.type = "button";
    const dot = document.createElement("span");
    dot.className = "nbtrack-lab-dot";
    dot.setAttribute("aria-hidden", "true");
    button.append(dot, document.createElement("span"));
    button.addEventListener("click", () => {
      if (this.notebook !== null) this.open({ notebook: this.notebook, cellId: cell.model.id });
    });
    return button;
  }
}

function fill(mark: HTMLButtonElement, status: CellStatus): HTMLButtonElement {
  const className = `${MARK_CLASS} nbtrack-lab-${status.status}`;
  if (mark.className !== className) mark.className = className;
  const word = mark.lastElementChild;
  if (word && word.textContent !== status.status) word.textContent = status.status;
  const reason = status.reason === null ? "" : `\n${status.reason}`;
  const { waiting } = status;
  const place = waiting === undefined ? "" : `\n${describeWaiting(waiting, Date.now())}`;
  const title = `${status.run_name}, attempt ${status.attempt}: ${status.status}${reason}${place}`;
  if (mark.title !== title) mark.title = title;
  mark.setAttribute("aria-label", `Runs of this cell, the latest is ${status.status}`);
  return mark;
}

/** What JupyterLab does with runs: opening the cell of one, deleting the stale ones. */

import type { JupyterFrontEnd } from "@jupyterlab/application";
import { Dialog, type ICommandPalette, Notification, showDialog } from "@jupyterlab/apputils";
import type { NotebookPanel } from "@jupyterlab/notebook";
import { RequestError } from "../../dashboard/src/errors";
import {
  OPEN_CELL_EVENT,
  OPENS_CELLS_ATTRIBUTE,
  type OpenCellDetail,
} from "../../dashboard/src/openCell";
import { later } from "./guard.js";
import { PALETTE_CATEGORY } from "./panel.js";
import type { StoreWatch } from "./watch.js";

export const DELETE_STALE_COMMAND = "nbtrack:delete-stale";
export const OPEN_CELL_COMMAND = "nbtrack:open-cell";

/** How long a notification stays in sight; without it, there is only its number. */
const SHOWN_MS = 10_000;

export function addActions(
  app: JupyterFrontEnd,
  watch: StoreWatch,
  palette: ICommandPalette | null,
): void {
  app.commands.addCommand(DELETE_STALE_COMMAND, {
    label: "Delete Stale Runs…",
    caption: "Delete the dead and interrupted runs that have no metrics",
    execute: () => told(() => deleteStale(watch)),
  });
  palette?.addItem({ command: DELETE_STALE_COMMAND, category: PALETTE_CATEGORY });
  app.commands.addCommand(OPEN_CELL_COMMAND, {
    label: "Open the Cell of a Run",
    execute: (args) => told(() => openCell(app, watch, args as unknown as OpenCellDetail)),
  });
  document.addEventListener(OPEN_CELL_EVENT, (event) => {
    const { notebook, cellId } = (event as CustomEvent<OpenCellDetail>).detail;
    later("the run's cell", async () => {
      await app.commands.execute(OPEN_CELL_COMMAND, { notebook, cellId });
    });
  });
  document.documentElement.setAttribute(OPENS_CELLS_ATTRIBUTE, "");
}

async function deleteStale(watch: StoreWatch): Promise<void> {
  const { run_ids, count } = await watch.client.request("stale", { view: {} });
  if (count === 0) {
    Notification.info("There are no stale runs: none is dead or interrupted without metrics.", {
      autoClose: SHOWN_MS,
    });
    return;
  }
  const runs = counted(count);
  const { button } = await showDialog({
    title: "Delete stale runs",
    body: `${runs}, dead or interrupted without metrics, in all experiments. You can undo it.`,
    buttons: [Dialog.cancelButton(), Dialog.warnButton({ label: `Delete ${runs}` })],
    defaultButton: 0,
  });
  if (!button.accept) return;
  const deleted = await watch.client.request("delete", { run_ids });
  Notification.success(`Deleted ${counted(deleted.count)}.`, {
    autoClose: SHOWN_MS,
    actions: [
      {
        label: "Undo",
        callback: () => void told(() => restore(watch, deleted.deletion, run_ids)),
      },
    ],
  });
}

async function restore(
  watch: StoreWatch,
  deletion: number | undefined,
  runIds: string[],
): Promise<void> {
  const args = deletion === undefined ? { run_ids: runIds } : { deletion };
  const { count } = await watch.client.request("restore", args);
  Notification.success(`Restored ${counted(count)}.`, { autoClose: SHOWN_MS });
}

async function openCell(
  app: JupyterFrontEnd,
  watch: StoreWatch,
  { notebook, cellId }: OpenCellDetail,
): Promise<void> {
  const path = await watch.localPath(notebook);
  if (path === null) {
    Notification.warning(`This server does not have the notebook ${notebook}.`, {
      autoClose: SHOWN_MS,
    });
    return;
  }
  const panel: NotebookPanel = await app.commands.execute("docmanager:open", { path });
  await panel.context.ready;
  await panel.revealed;
  const index = panel.content.widgets.findIndex(({ model }) => model.id === cellId);
  if (index === -1) {
    Notification.warning(`The cell is no longer in ${path}.`, { autoClose: SHOWN_MS });
    return;
  }
  panel.content.activeCellIndex = index;
  panel.content.deselectAll();
  await panel.content.scrollToItem(index, "center");
  panel.content.activate();
}

/** Does something that a person asked for, and says so when it fails. */
async function told(task: () => Promise<void>): Promise<void> {
  try {
    await task();
  } catch (reason) {
    const error = RequestError.from(reason);
    const text = [error.message, error.hint].filter((part) => part).join(" ");
    Notification.error(text, { autoClose: SHOWN_MS });
  }
}

function counted(count: number): string {
  return count === 1 ? "1 run" : `${count.toLocaleString("en-US")} runs`;
}

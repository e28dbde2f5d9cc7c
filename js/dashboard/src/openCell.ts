/** How a dashboard asks the page around it to open the cell of a run. */

/** Bubbles up from the dashboard; whoever can open notebooks takes it. */
export const OPEN_CELL_EVENT = "nbtrack:open-cell";

/** Set on the page's root element by whoever takes the event. */
export const OPENS_CELLS_ATTRIBUTE = "data-nbtrack-opens-cells";

export interface OpenCellDetail {
  notebook: string;
  cellId: string;
}

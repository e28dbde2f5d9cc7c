/** The entry of the anywidget: one session per place where the widget is displayed. */

import type { RenderProps } from "@anywidget/types";
import { CommWire } from "./comm";
import { enterModel, modelKey } from "./models";
import { mount } from "./mount";
import { wiresTo } from "./wires";

type Props = Pick<RenderProps, "model" | "el">;

/** Called once for each widget of a kernel, displayed or not. */
function initialize({ model }: Pick<Props, "model">): () => void {
  return enterModel(modelKey(model.get("store_id"), model.get("view_id")), model);
}

function render({ model, el }: Props): () => void {
  const transport = wiresTo(String(model.get("store_id") ?? ""), new CommWire(model));
  return mount(el, transport, String(model.get("view_id") ?? ""));
}

export default { initialize, render };

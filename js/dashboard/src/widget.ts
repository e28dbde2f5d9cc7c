/** The entry of the anywidget: one session per place where the widget is displayed. */

import type { RenderProps } from "@anywidget/types";
import { CommTransport } from "./comm";
import { mount } from "./mount";

function render({ model, el }: Pick<RenderProps, "model" | "el">): () => void {
  return mount(el, new CommTransport(model), String(model.get("view_id") ?? ""));
}

export default { render };

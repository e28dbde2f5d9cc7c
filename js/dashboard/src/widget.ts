/** The entry of the anywidget: one session per place where the widget is displayed. */

import type { RenderProps } from "@anywidget/types";
import { h, render as renderInto } from "preact";
import { Client } from "./client";
import { CommTransport } from "./comm";
import { Session } from "./state/session";
import "./style/index.css";
import { Dashboard } from "./views/Dashboard";

function render({ model, el }: Pick<RenderProps, "model" | "el">): () => void {
  const client = new Client(new CommTransport(model));
  const session = new Session(client, String(model.get("view_id") ?? ""));
  renderInto(h(Dashboard, { session }), el);
  void session.start();
  return () => {
    renderInto(null, el);
    session.close();
  };
}

export default { render };

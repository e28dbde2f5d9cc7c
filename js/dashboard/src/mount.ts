/** Puts a dashboard into an element, over whatever transport the frame has. */

import { h, render } from "preact";
import { Client } from "./client";
import { Session } from "./state/session";
import "./style/index.css";
import type { Transport } from "./transport";
import { Dashboard } from "./views/Dashboard";

/** Shows the stored view in `element`; returns how to take it away again. */
export function mount(element: HTMLElement, transport: Transport, viewId: string): () => void {
  const session = new Session(new Client(transport), viewId);
  render(h(Dashboard, { session }), element);
  void session.start();
  return () => {
    render(null, element);
    session.close();
  };
}

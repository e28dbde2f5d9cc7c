/** Puts a dashboard into an element, over whatever transport the frame has. */

import { h, render } from "preact";
import { Client } from "./client";
import { fillFrame } from "./fill";
import type { View } from "./protocol";
import { Session } from "./state/session";
import "./style/index.css";
import type { Transport } from "./transport";
import { Dashboard } from "./views/Dashboard";

export interface MountOptions {
  /** The dashboard is as high as its element. */
  fills?: boolean;
  /** What is shown as long as nothing was chosen. */
  initial?: View;
}

export interface Mounted {
  readonly session: Session;
  close(): void;
}

/** Shows the stored view in `element`; returns how to take it away again. */
export function mount(element: HTMLElement, transport: Transport, viewId: string): () => void {
  return mountSession(element, transport, viewId).close;
}

/** Like `mount`, for frames that go on dealing with the dashboard. */
export function mountSession(
  element: HTMLElement,
  transport: Transport,
  viewId: string,
  { fills = false, initial = {} }: MountOptions = {},
): Mounted {
  const session = new Session(new Client(transport), viewId, initial);
  render(h(Dashboard, { session }), element);
  const unfill = fills ? fillFrame(element, session.filledHeight) : () => {};
  void session.start();
  return {
    session,
    close: () => {
      unfill();
      render(null, element);
      session.close();
    },
  };
}

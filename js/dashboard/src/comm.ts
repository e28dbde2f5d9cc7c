/** The transport of the anywidget: custom messages on the widget's comm to the kernel. */

import type { AnyModel } from "@anywidget/types";
import type { Request } from "./protocol";
import type { Transport } from "./transport";

export class CommTransport implements Transport {
  private readonly stops = new Set<() => void>();

  constructor(private readonly model: AnyModel) {}

  send(request: Request): void {
    this.model.send(request);
  }

  onMessage(handler: (message: unknown) => void): () => void {
    return this.listen("msg:custom", handler);
  }

  /** The widget manager says so when a kernel restarts, dies or is connected again. */
  onBreak(handler: () => void): () => void {
    return this.listen("comm_live_update", () => handler());
  }

  close(): void {
    for (const stop of [...this.stops]) stop();
  }

  private listen(event: string, handler: (message: unknown) => void): () => void {
    const listener = (message: unknown) => handler(message);
    this.model.on(event, listener);
    const stop = () => {
      this.model.off(event, listener);
      this.stops.delete(stop);
    };
    this.stops.add(stop);
    return stop;
  }
}

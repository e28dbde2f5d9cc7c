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
    const listener = (message: unknown) => handler(message);
    this.model.on("msg:custom", listener);
    const stop = () => {
      this.model.off("msg:custom", listener);
      this.stops.delete(stop);
    };
    this.stops.add(stop);
    return stop;
  }

  close(): void {
    for (const stop of [...this.stops]) stop();
  }
}

/** Latest wins: per lane one task runs and one waits; a newer task takes the waiting place. */

import { RequestError } from "./errors";

interface Waiting {
  start: () => void;
  reject: (reason: RequestError) => void;
}

interface Lane {
  waiting: Waiting | null;
}

export class Lanes {
  private readonly lanes = new Map<string, Lane>();

  run<T>(name: string, task: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const start = () => {
        task()
          .then(resolve, reject)
          .finally(() => this.advance(name));
      };
      const lane = this.lanes.get(name);
      if (lane === undefined) {
        this.lanes.set(name, { waiting: null });
        start();
        return;
      }
      lane.waiting?.reject(RequestError.local("superseded", "A newer request took its place."));
      lane.waiting = { start, reject };
    });
  }

  close(): void {
    for (const lane of this.lanes.values()) {
      lane.waiting?.reject(RequestError.local("closed", "The dashboard was closed."));
      lane.waiting = null;
    }
  }

  private advance(name: string): void {
    const lane = this.lanes.get(name);
    if (lane?.waiting) {
      const { start } = lane.waiting;
      lane.waiting = null;
      start();
    } else {
      this.lanes.delete(name);
    }
  }
}

/** Asking the service for a change from a dialog: once at a time, with its refusal shown there. */

import { useEffect, useRef, useState } from "preact/hooks";
import { RequestError } from "../errors";
import type { Progress, Work } from "../state/longWork";

export interface Asking {
  isBusy: boolean;
  error: RequestError | null;
  /** Tells whether it went well. */
  ask(action: () => Promise<unknown>): Promise<boolean>;
  forget(): void;
}

export function useAsking(): Asking {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<RequestError | null>(null);
  const ask = async (action: () => Promise<unknown>) => {
    setBusy(true);
    setError(null);
    try {
      await action();
      return true;
    } catch (reason) {
      const failure = RequestError.from(reason);
      if (!failure.isQuiet) setError(failure);
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { isBusy, error, ask, forget: () => setError(null) };
}

export interface Working extends Omit<Asking, "ask"> {
  /** How far it has come; null before it tells. */
  progress: Progress | null;
  /** Tells whether it went well; closing the dialog stops it. */
  work(action: (work: Work) => Promise<unknown>): Promise<boolean>;
  stop(): void;
}

/** Like `useAsking`, of what takes several requests. */
export function useWorking(): Working {
  const { ask, ...asking } = useAsking();
  const [progress, setProgress] = useState<Progress | null>(null);
  const controller = useRef<AbortController | null>(null);
  const stop = () => controller.current?.abort();
  useEffect(() => stop, []);
  const work = (action: (work: Work) => Promise<unknown>) => {
    const current = new AbortController();
    controller.current = current;
    setProgress(null);
    return ask(() => action({ signal: current.signal, onProgress: setProgress }));
  };
  return { ...asking, progress, work, stop };
}

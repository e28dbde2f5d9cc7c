/** Asking the service for a change from a dialog: once at a time, with its refusal shown there. */

import { useState } from "preact/hooks";
import { RequestError } from "../errors";

export interface Asking {
  isBusy: boolean;
  error: RequestError | null;
  /** Tells whether it went well. */
  ask(action: () => Promise<unknown>): Promise<boolean>;
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
  return { isBusy, error, ask };
}

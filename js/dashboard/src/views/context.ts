/** What every view may reach: the session, and answers to requests of its own. */

import { createContext } from "preact";
import { useContext, useEffect, useId, useRef, useState } from "preact/hooks";
import type { Args, Operation, Result } from "../client";
import { RequestError } from "../errors";
import { useObserved } from "../hooks";
import type { Session } from "../state/session";

export const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === null) throw new Error("SessionContext has no session");
  return session;
}

/** A DOM id that no other dashboard on the page uses; each has a Preact of its own. */
export function useDomId(): string {
  return `nbtrack-${useSession().client.prefix}${useId()}`;
}

export interface Answer<T> {
  result: T | null;
  error: RequestError | null;
  retry(): void;
}

/**
 * The answer to a request, renewed at each refresh; the old one stays until the new is there.
 * A refresh does not cut off an answer that is under way, however long that takes.
 */
export function useRequest<Op extends Operation>(
  op: Op,
  args: Args<Op>,
  isWanted = true,
): Answer<Result<Op>> {
  const { client, refreshes } = useSession();
  const refresh = useObserved(refreshes);
  const lane = useDomId();
  const [attempt, setAttempt] = useState(0);
  const [answer, setAnswer] = useState<Omit<Answer<Result<Op>>, "retry">>(NOTHING);
  const key = JSON.stringify(args);
  const asked = useRef<string | null>(null);
  useEffect(() => {
    asked.current = key;
    return () => {
      asked.current = null;
    };
  }, [key]);
  useEffect(() => {
    if (!isWanted) return;
    client.latest(`${lane} ${key}`, op, args).then(
      (result) => {
        if (asked.current === key) setAnswer({ result, error: null });
      },
      (reason) => {
        const error = RequestError.from(reason);
        if (asked.current !== key || error.isQuiet) return;
        setAnswer(({ result }) => ({ result, error }));
      },
    );
  }, [client, op, key, isWanted, refresh, attempt]);
  return { ...answer, retry: () => setAttempt((count) => count + 1) };
}

const NOTHING = { result: null, error: null };

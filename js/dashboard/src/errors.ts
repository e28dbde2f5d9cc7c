/** Why a request was not answered with a result. */

import type { ErrorBody } from "./protocol";

/** Codes that the page itself gives, beside `disconnected`; all others come from the service. */
export type LocalCode = "timeout" | "closed" | "aborted" | "superseded";

export class RequestError extends Error {
  readonly code: string;
  readonly hint: string | undefined;
  readonly span: readonly [number, number] | undefined;

  constructor(body: ErrorBody) {
    super(body.message);
    this.name = "RequestError";
    this.code = body.code;
    this.hint = body.hint;
    this.span = body.span;
  }

  static local(code: LocalCode, message: string, hint?: string): RequestError {
    return new RequestError(hint === undefined ? { code, message } : { code, message, hint });
  }

  static from(reason: unknown): RequestError {
    if (reason instanceof RequestError) return reason;
    return new RequestError({ code: "internal", message: String(reason) });
  }

  /** The asker itself no longer wants the answer: nothing to show. */
  get isQuiet(): boolean {
    return this.code === "aborted" || this.code === "superseded" || this.code === "closed";
  }
}

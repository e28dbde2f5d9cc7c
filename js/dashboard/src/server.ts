/** The Jupyter server that a page came from: where it is, and how it is asked. */

import { type Post, Refused } from "./http";
import { isReply } from "./messages";

/** What gateways say while the server behind them is not there. */
const GATEWAY_STATUSES: ReadonlySet<number> = new Set([502, 504]);

export interface Server {
  baseUrl: string;
  token: string;
}

/** What the page says of its server; null on pages of other hosts. */
export function pageServer(): Server | null {
  const text = document.getElementById("jupyter-config-data")?.textContent;
  try {
    const { baseUrl, token } = JSON.parse(text ?? "null") as Record<string, unknown>;
    if (typeof baseUrl !== "string") return null;
    return { baseUrl, token: typeof token === "string" ? token : "" };
  } catch {
    return null;
  }
}

/** The address of something that nbtrack's server extension serves. */
export function serverUrl(server: Server, path: string): URL {
  const base = new URL(server.baseUrl.replace(/\/*$/, "/"), location.origin);
  return new URL(`nbtrack/${path}`, base);
}

/** Headers by which the server knows its own page; the login's cookie goes along by itself. */
export function headersFor(server: Server): Record<string, string> {
  const xsrf = /(?:^|; )_xsrf=([^;]*)/.exec(document.cookie)?.[1];
  return {
    ...(server.token !== "" && { Authorization: `token ${server.token}` }),
    ...(xsrf !== undefined && { "X-XSRFToken": decodeURIComponent(xsrf) }),
  };
}

/** Sends requests with the page's own credentials. */
export function serverPost(server: Server): Post {
  const url = serverUrl(server, "api");
  return async (request, signal) => {
    const response = await fetch(url, {
      method: "POST",
      credentials: "same-origin",
      cache: "no-store",
      headers: { "Content-Type": "application/json", ...headersFor(server) },
      body: JSON.stringify(request),
      signal,
    });
    if (GATEWAY_STATUSES.has(response.status)) throw new Error("the server is behind a gateway");
    const body: unknown = await response.json().catch(() => null);
    if (isReply(body)) return { ...body, id: request.id };
    throw new Refused(`the server answered ${response.status}`);
  };
}

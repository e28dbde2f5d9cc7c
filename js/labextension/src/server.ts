/** The wire to nbtrack's extension of the Jupyter Server that this page came from. */

import { URLExt } from "@jupyterlab/coreutils";
import { ServerConnection } from "@jupyterlab/services";
import type { Post } from "../../dashboard/src/http";
import { PROTOCOL_VERSION } from "../../dashboard/src/protocol";

/** Sends requests with the page's own credentials. */
export const post: Post = async (request) => {
  const settings = ServerConnection.makeSettings();
  const url = URLExt.join(settings.baseUrl, "nbtrack", "api");
  const init = { method: "POST", body: JSON.stringify(request) };
  const response = await ServerConnection.makeRequest(url, init, settings);
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  return response.json();
};

/** Tells whether the server answers about the store of a dashboard. */
export async function serves(storeId: string): Promise<boolean> {
  try {
    const reply = await post({ v: PROTOCOL_VERSION, id: "serves", op: "store", args: {} });
    return (reply as { result?: { store_id?: unknown } }).result?.store_id === storeId;
  } catch {
    return false;
  }
}

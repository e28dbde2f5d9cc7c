/** The wires to the service of one store that a page has, the best first. */

import { HttpWire } from "./http";
import { pageServer, serverPost } from "./server";
import { SwitchingTransport } from "./switching";
import type { Wire } from "./transport";

/** The server of the page, where it has this store, before `others`. */
export function wiresTo(storeId: string | null, ...others: Wire[]): SwitchingTransport {
  const server = pageServer();
  const wires = server === null ? [] : [new HttpWire(serverPost(server), storeId)];
  return new SwitchingTransport([...wires, ...others]);
}

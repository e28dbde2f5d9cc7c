/** Whether changes appear by themselves, and if not, why. */

import { useObserved } from "../hooks";
import type { LinkState, WireName } from "../transport";
import { useSession } from "./context";

interface Said {
  text: string;
  title: string;
}

const ANSWERING: Record<WireName, string> = {
  server: "Changes appear by themselves. The Jupyter server answers, whatever the kernel does.",
  kernel: "Changes appear by themselves. The kernel answers.",
};

const WAITING: Record<WireName, Said> = {
  server: { text: "Waiting for the server", title: "The Jupyter server is slow to answer" },
  kernel: {
    text: "Kernel busy: answers when the cell ends",
    title: "This kernel answers the dashboard between cells only; new rows appear meanwhile",
  },
};

const PAUSED: Said = { text: "Paused", title: "Auto-refresh is off" };

const LOST: Said = {
  text: "Disconnected",
  title: "Neither a Jupyter server nor the kernel answers; it goes on by itself when one does",
};

function said(state: LinkState | "paused", wire: WireName | null): Said {
  if (state === "paused") return PAUSED;
  if (state === "lost") return LOST;
  if (state === "waiting") return WAITING[wire ?? "server"];
  return { text: "Live", title: ANSWERING[wire ?? "server"] };
}

export function LiveIndicator() {
  const session = useSession();
  const link = useObserved(session.client.link);
  const wire = useObserved(session.client.wire);
  const isAuto = useObserved(session.autoRefresh);
  const state = link === "live" && !isAuto ? "paused" : link;
  const { text, title } = said(state, wire);
  return (
    <span class={`nbtrack-link nbtrack-link-${state}`} title={title}>
      <span class="nbtrack-link-mark" aria-hidden="true" />
      {text}
    </span>
  );
}

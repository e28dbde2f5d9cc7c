/** What the last action did, with a way back. */

import { useObserved } from "../hooks";
import { useSession } from "./context";

export function Notice() {
  const notice = useObserved(useSession().removal.notice);
  return (
    <span class={`nbtrack-notice nbtrack-notice-${notice?.kind ?? "none"}`} role="status">
      {notice?.text}
      {notice?.undo !== undefined && (
        <button type="button" class="nbtrack-link-button" onClick={() => void notice.undo?.()}>
          Undo
        </button>
      )}
    </span>
  );
}

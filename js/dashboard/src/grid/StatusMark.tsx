/** A run's status: a mark of its colour and its word, never colour alone. */

import type { StatusName } from "../protocol";

export function StatusMark({ status }: { status: StatusName }) {
  return (
    <span class={`nbtrack-status nbtrack-status-${status}`}>
      <span class="nbtrack-status-mark" aria-hidden="true" />
      {status}
    </span>
  );
}

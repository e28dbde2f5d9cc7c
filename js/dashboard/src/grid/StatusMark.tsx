/** A run's status: a mark of its colour and its word, never colour alone. */

import type { StatusName } from "../protocol";
import { Highlighted } from "./Highlighted";

export function StatusMark({
  status,
  words = null,
}: {
  status: StatusName;
  words?: RegExp | null;
}) {
  return (
    <span class={`nbtrack-status nbtrack-status-${status}`}>
      <span class="nbtrack-status-mark" aria-hidden="true" />
      <span>
        <Highlighted text={status} words={words} />
      </span>
    </span>
  );
}

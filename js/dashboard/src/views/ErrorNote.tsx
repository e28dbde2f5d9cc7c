/** What went wrong, in the place where the answer should be, with a way to try again. */

import { TriangleAlert } from "lucide-static";
import type { RequestError } from "../errors";
import { Icon } from "../icon";

export function ErrorNote({ error, onRetry }: { error: RequestError; onRetry: () => void }) {
  return (
    <div class="nbtrack-error" role="alert">
      <Icon svg={TriangleAlert} />
      <span>
        {error.message}
        {error.hint !== undefined && <span class="nbtrack-faint"> {error.hint}</span>}
      </span>
      <button type="button" class="nbtrack-button" onClick={onRetry}>
        Retry
      </button>
    </div>
  );
}

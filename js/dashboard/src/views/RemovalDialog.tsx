/** The question before a run is marked as deleted. */

import { useEffect, useRef } from "preact/compat";
import { useObserved } from "../hooks";
import type { RunRef } from "../state/removal";
import { useDomId, useSession } from "./context";

export function RemovalDialog() {
  const { removal } = useSession();
  const run = useObserved(removal.question);
  return run === null ? null : <Question run={run} />;
}

function Question({ run }: { run: RunRef }) {
  const { removal } = useSession();
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useDomId();
  useEffect(() => {
    const asker = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (asker instanceof HTMLElement) asker.focus({ preventScroll: true });
    };
  }, []);
  return (
    <dialog
      class="nbtrack-dialog"
      ref={dialog}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        removal.cancel();
      }}
    >
      <h2 id={titleId}>Delete run</h2>
      <p>
        <strong>{run.runName}</strong> will be marked as deleted. Its data stay in the store, and it
        can be restored.
      </p>
      <div class="nbtrack-dialog-buttons">
        <button type="button" class="nbtrack-button" onClick={() => removal.cancel()}>
          Cancel
        </button>
        <button
          type="button"
          class="nbtrack-button nbtrack-danger"
          onClick={() => void removal.confirm()}
        >
          Delete
        </button>
      </div>
    </dialog>
  );
}

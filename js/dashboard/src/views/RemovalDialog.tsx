/** The question before runs are marked as deleted. */

import { useObserved } from "../hooks";
import { countOf, type RemovalQuestion } from "../state/removal";
import { useSession } from "./context";
import { Modal } from "./Popover";

export function RemovalDialog() {
  const { removal } = useSession();
  const question = useObserved(removal.question);
  return question === null ? null : <Question question={question} />;
}

function Question({ question }: { question: RemovalQuestion }) {
  const { removal } = useSession();
  const { name, count } = question;
  return (
    <Modal label={name === null ? "Delete runs" : "Delete run"} onClose={() => removal.cancel()}>
      <p>
        <strong>{name ?? countOf(count)}</strong> will be marked as deleted.{" "}
        {count === 1 ? "Its" : "Their"} data stay in the store, and {count === 1 ? "it" : "they"}{" "}
        can be restored.
      </p>
      <div class="nbtrack-dialog-buttons">
        <button type="button" class="nbtrack-button" data-first="" onClick={() => removal.cancel()}>
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
    </Modal>
  );
}

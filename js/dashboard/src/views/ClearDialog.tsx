/** The question before deleted runs are removed for good: how many, how much, and which stay. */

import { formatBytes } from "../grid/format";
import type { ClearResult } from "../protocol";
import { type Clearing, clearDeleted } from "../state/longWork";
import { countOf } from "../state/removal";
import { queryViewOf } from "../state/view";
import { useWorking } from "./asking";
import { useRequest, useSession } from "./context";
import { ErrorNote } from "./ErrorNote";
import { Form } from "./Form";
import { Modal } from "./Popover";

/** Names of runs that stay which are told one by one. */
const MAX_NAMES = 5;

interface ClearDialogProps {
  /** Of the experiment that is meant; those of the view where it is not given. */
  experimentId: number | undefined;
  onClose(): void;
}

export function ClearDialog({ experimentId, onClose }: ClearDialogProps) {
  const session = useSession();
  const view =
    experimentId === undefined
      ? queryViewOf(session.view.current.get())
      : { experiments: [experimentId] };
  const { isBusy, error, progress, work, stop } = useWorking();
  const plan = useRequest("clear", { view, dry_run: true }, !isBusy);
  const clear = async (planned: ClearResult) => {
    const isDone = await work(async (working) => {
      const cleared = await clearDeleted(session.client, view, planned, working);
      session.removal.notice.set({ kind: "done", text: wordsOf(cleared) });
      session.marks.clear();
    });
    void session.refresh();
    if (isDone) onClose();
  };
  return (
    <Modal label="Clear deleted runs" onClose={onClose}>
      {plan.error !== null && <ErrorNote error={plan.error} onRetry={plan.retry} />}
      <Form
        submit="Clear"
        isDanger
        isBusy={isBusy}
        progress={progress}
        error={error}
        canSubmit={(plan.result?.count ?? 0) > 0}
        onSubmit={() => plan.result !== null && void clear(plan.result)}
        onCancel={isBusy ? stop : onClose}
      >
        {plan.result === null ? <p>Counting…</p> : <Plan plan={plan.result} />}
      </Form>
    </Modal>
  );
}

function wordsOf({ count, size, remaining }: Clearing): string {
  const removed = `Removed ${countOf(count)} and ${formatBytes(size)} of artifacts`;
  return remaining > 0 ? `${removed}; ${countOf(remaining)} left` : removed;
}

function Plan({ plan: { count, size, kept } }: { plan: ClearResult }) {
  const named = kept.slice(0, MAX_NAMES).join(", ");
  const more = kept.length - MAX_NAMES;
  return (
    <>
      {count === 0 ? (
        <p>There is nothing to remove.</p>
      ) : (
        <p>
          <strong>{countOf(count)}</strong> and <strong>{formatBytes(size)}</strong> of artifacts
          will be removed for good. This cannot be undone.
        </p>
      )}
      {kept.length > 0 && (
        <p>
          {named}
          {more > 0 && ` and ${more.toLocaleString("en-US")} more`}{" "}
          {kept.length === 1 ? "stays" : "stay"}, since a registered model needs{" "}
          {kept.length === 1 ? "it" : "them"}.
        </p>
      )}
    </>
  );
}

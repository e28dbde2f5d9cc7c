/** The question before deleted runs are removed for good: how many, how much, and which stay. */

import { formatBytes } from "../grid/format";
import type { ClearResult } from "../protocol";
import { countOf } from "../state/removal";
import { queryViewOf } from "../state/view";
import { useAsking } from "./asking";
import { useRequest, useSession } from "./context";
import { ErrorNote } from "./ErrorNote";
import { Form } from "./Form";
import { Modal } from "./Popover";

/** Names of runs that stay which are told one by one. */
const MAX_NAMES = 5;

export function ClearDialog({ onClose }: { onClose(): void }) {
  const session = useSession();
  const view = queryViewOf(session.view.current.get());
  const plan = useRequest("clear", { view, dry_run: true });
  const { isBusy, error, ask } = useAsking();
  const clear = async () => {
    const isDone = await ask(async () => {
      const { count, size } = await session.client.request("clear", { view });
      const text = `Removed ${countOf(count)} and ${formatBytes(size)} of artifacts`;
      session.removal.notice.set({ kind: "done", text });
      session.marks.clear();
    });
    if (!isDone) return;
    onClose();
    void session.refresh();
  };
  return (
    <Modal label="Clear deleted runs" onClose={onClose}>
      {plan.error !== null && <ErrorNote error={plan.error} onRetry={plan.retry} />}
      <Form
        submit="Clear"
        isDanger
        isBusy={isBusy}
        error={error}
        canSubmit={(plan.result?.count ?? 0) > 0}
        onSubmit={() => void clear()}
        onCancel={onClose}
      >
        {plan.result === null ? <p>Counting…</p> : <Plan plan={plan.result} />}
      </Form>
    </Modal>
  );
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

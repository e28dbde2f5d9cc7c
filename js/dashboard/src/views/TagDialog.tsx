/** Sets or removes a tag of all selected runs. */

import { useState } from "preact/hooks";
import { countOf, type RunSet } from "../state/removal";
import { selectedRuns } from "../state/selection";
import { useAsking } from "./asking";
import { useSession } from "./context";
import { Form, SelectField, TextField } from "./Form";
import { Popover } from "./Popover";

interface TagDialogProps {
  anchor: HTMLElement;
  /** Those selected where not given. */
  runs?: RunSet | undefined;
  onClose(): void;
}

type Action = "set" | "remove";

const ACTIONS: Record<Action, string> = { set: "Set", remove: "Remove" };

export function TagDialog({ anchor, runs: given, onClose }: TagDialogProps) {
  const session = useSession();
  const { isBusy, error, ask } = useAsking();
  const [action, setAction] = useState<Action>("set");
  const [key, setKey] = useState("");
  const [value, setValue] = useState("");
  const [runs] = useState(() => given ?? selectedRuns(session.marks, session.view.current.get()));
  const save = async () => {
    const tags = Object.fromEntries([[key, action === "set" ? value : null]]);
    const isDone = await ask(async () => {
      const { count } = await session.client.request("set_tags", { ...runs.args, tags });
      const did = action === "set" ? "Tagged" : `Removed ${key} from`;
      session.removal.notice.set({ kind: "done", text: `${did} ${countOf(count)}` });
    });
    if (!isDone) return;
    onClose();
    void session.refresh();
  };
  return (
    <Popover label="Tag runs" anchor={anchor} class="nbtrack-small-form" onClose={onClose}>
      <Form
        submit={action === "set" ? "Set" : "Remove"}
        isBusy={isBusy}
        error={error}
        canSubmit={key !== ""}
        onSubmit={() => void save()}
        onCancel={onClose}
      >
        <div class="nbtrack-faint">{countOf(runs.count)}</div>
        <TextField label="Tag" value={key} isFirst onInput={setKey} />
        <SelectField label="Action" value={action} options={ACTIONS} onChange={setAction} />
        {action === "set" && <TextField label="Value" value={value} onInput={setValue} />}
      </Form>
    </Popover>
  );
}

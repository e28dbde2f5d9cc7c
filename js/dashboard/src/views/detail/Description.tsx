/** What people say about a run: plain text, edited in place. */

import { Pencil } from "lucide-static";
import { useLayoutEffect, useRef } from "preact/hooks";
import { Icon } from "../../icon";
import { useSession } from "../context";
import type { DetailProps } from "./detailTabs";
import { EditButtons, EditError } from "./EditParts";
import { revealEditor, useDraft, useSaved, useSaving } from "./editing";

export function Description({ run }: DetailProps) {
  const [draft, setDraft] = useDraft<string>(run.run_id, "description");
  const opener = useRef<HTMLButtonElement>(null);
  const wasEditing = useRef(draft !== null);
  useLayoutEffect(() => {
    if (wasEditing.current && draft === null) opener.current?.focus({ preventScroll: true });
    wasEditing.current = draft !== null;
  }, [draft]);
  const [saved, setSaved] = useSaved<string>(run);
  const text = saved ?? run.description ?? "";
  return (
    <section>
      <h3 class="nbtrack-edit-head">
        Description
        {draft === null && (
          <button
            type="button"
            class="nbtrack-icon-button"
            aria-label="Edit description"
            title="Edit description"
            ref={opener}
            onClick={() => setDraft(text)}
          >
            <Icon svg={Pencil} />
          </button>
        )}
      </h3>
      {draft !== null ? (
        <Editor runId={run.run_id} draft={draft} onChange={setDraft} onSaved={setSaved} />
      ) : (
        <p class={text === "" ? "nbtrack-faint" : "nbtrack-description"}>
          {text === "" ? "No description" : text}
        </p>
      )}
    </section>
  );
}

interface EditorProps {
  runId: string;
  draft: string;
  onChange(draft: string | null): void;
  onSaved(text: string): void;
}

function Editor({ runId, draft, onChange, onSaved }: EditorProps) {
  const { client } = useSession();
  const { isSaving, error, save } = useSaving();
  const area = useRef<HTMLTextAreaElement>(null);
  useLayoutEffect(() => {
    area.current?.focus({ preventScroll: true });
    revealEditor(area.current?.parentElement ?? null);
  }, []);
  const submit = async () => {
    const args = { run_id: runId, description: draft };
    if (!(await save(() => client.request("set_description", args)))) return;
    onSaved(draft);
    onChange(null);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") {
      event.stopPropagation();
      onChange(null);
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      event.stopPropagation();
      void submit();
    }
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys come here from what is inside
    <div class="nbtrack-edit" onKeyDown={onKeyDown} onBeforeInputCapture={keepFromHost}>
      <textarea
        aria-label="Description"
        ref={area}
        rows={4}
        value={draft}
        readOnly={isSaving}
        onInput={(event) => onChange(event.currentTarget.value)}
      />
      <EditError error={error} />
      <EditButtons
        isSaving={isSaving}
        title="Save (Ctrl+Enter)"
        onSave={() => void submit()}
        onCancel={() => onChange(null)}
      />
    </div>
  );
}

/** JupyterLab takes every line break that is typed within a cell for one of its shortcuts. */
function keepFromHost(event: Event): void {
  event.stopPropagation();
}

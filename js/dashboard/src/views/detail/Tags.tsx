/** The tags of a run: added, changed and removed in place. */

import { Pencil, Plus, X } from "lucide-static";
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { Icon } from "../../icon";
import type { TagEntry } from "../../protocol";
import { useSession } from "../context";
import { Bounded } from "./Bounded";
import type { DetailProps } from "./detailTabs";
import { EditButtons, EditError } from "./EditParts";
import { revealEditor, type Saving, useDraft, useSaved, useSaving } from "./editing";

/** A tag being edited; `of` is the key it had, null for a new one. */
interface TagDraft extends TagEntry {
  of: string | null;
}

export function Tags({ run }: DetailProps) {
  const { client } = useSession();
  const [draft, setDraft] = useDraft<TagDraft>(run.run_id, "tag");
  const [saved, setSaved] = useSaved<TagEntry[]>(run);
  const saving = useSaving();
  const tags = saved ?? run.tags;
  const section = useRef<HTMLElement>(null);
  const focusAgain = useFocusAgain(section);
  const start = (next: TagDraft) => {
    saving.forget();
    setDraft(next);
  };
  const end = () => {
    saving.forget();
    focusAgain(draft?.of ?? null);
    setDraft(null);
  };
  const change = async (changes: TagChanges) => {
    const args = { run_ids: [run.run_id], tags: changes };
    const isDone = await saving.save(() => client.request("set_tags", args));
    if (isDone) setSaved(changed(tags, changes));
    return isDone;
  };
  const submit = async () => {
    if (draft === null || !(await change(changeOf(draft)))) return;
    focusAgain(draft.key);
    setDraft(null);
  };
  const remove = async ({ key }: TagEntry) => {
    if (await change(Object.fromEntries([[key, null]]))) focusAgain(null);
  };
  return (
    <section ref={section}>
      <h3 class="nbtrack-edit-head">
        Tags
        {draft === null && (
          <button
            type="button"
            class="nbtrack-icon-button"
            aria-label="Add tag"
            title="Add tag"
            onClick={() => start({ of: null, key: "", value: "" })}
          >
            <Icon svg={Plus} />
          </button>
        )}
      </h3>
      {draft?.of === null && (
        <TagEditor draft={draft} saving={saving} onChange={setDraft} onSave={submit} onEnd={end} />
      )}
      {draft === null && <EditError error={saving.error} />}
      <TagList tags={tags} isEmpty={draft === null}>
        {(tag) =>
          draft?.of === tag.key ? (
            <TagEditor
              draft={draft}
              saving={saving}
              onChange={setDraft}
              onSave={submit}
              onEnd={end}
            />
          ) : (
            <TagLine
              tag={tag}
              onEdit={() => start({ of: tag.key, ...tag })}
              onRemove={() => void remove(tag)}
            />
          )
        }
      </TagList>
    </section>
  );
}

type TagChanges = Record<string, string | null>;

/** A new key takes the place of the old one. */
function changeOf({ of, key, value }: TagDraft): TagChanges {
  const entries = of === null || of === key ? [] : [[of, null] as const];
  return Object.fromEntries([...entries, [key, value] as const]);
}

function changed(tags: readonly TagEntry[], changes: TagChanges): TagEntry[] {
  const values = new Map<string, string | null>([
    ...tags.map(({ key, value }) => [key, value] as const),
    ...Object.entries(changes),
  ]);
  return [...values]
    .flatMap(([key, value]) => (value === null ? [] : [{ key, value }]))
    .sort((left, right) => (left.key < right.key ? -1 : 1));
}

/** Puts the focus, once drawn, on the tag of this key or else on the button that adds one. */
function useFocusAgain(section: { current: HTMLElement | null }): (key: string | null) => void {
  const wanted = useRef<{ key: string | null } | null>(null);
  useLayoutEffect(() => {
    if (wanted.current === null) return;
    const { key } = wanted.current;
    wanted.current = null;
    const buttons = [...(section.current?.querySelectorAll("button") ?? [])];
    const target = buttons.find((button) => button.dataset.tag === key) ?? buttons[0];
    target?.focus({ preventScroll: true });
  });
  return (key) => {
    wanted.current = { key };
  };
}

interface TagListProps {
  tags: readonly TagEntry[];
  isEmpty: boolean;
  children(tag: TagEntry): ComponentChildren;
}

function TagList({ tags, isEmpty, children }: TagListProps) {
  if (tags.length === 0) return isEmpty ? <p class="nbtrack-faint">No tags</p> : null;
  return (
    <Bounded entries={tags} noun="tag" textOf={({ key, value }) => `${key} ${value}`}>
      {({ entries, before, after }) => (
        <ul class="nbtrack-tags" style={{ paddingTop: before, paddingBottom: after }}>
          {entries.map((tag) => (
            <li key={tag.key}>{children(tag)}</li>
          ))}
        </ul>
      )}
    </Bounded>
  );
}

interface TagLineProps {
  tag: TagEntry;
  onEdit(): void;
  onRemove(): void;
}

function TagLine({ tag: { key, value }, onEdit, onRemove }: TagLineProps) {
  return (
    <div class="nbtrack-tag">
      <span class="nbtrack-label nbtrack-faint" title={key}>
        {key}
      </span>
      <span class="nbtrack-label" title={value}>
        {value}
      </span>
      <button
        type="button"
        class="nbtrack-icon-button"
        aria-label={`Edit tag ${key}`}
        title={`Edit tag ${key}`}
        data-tag={key}
        onClick={onEdit}
      >
        <Icon svg={Pencil} />
      </button>
      <button
        type="button"
        class="nbtrack-icon-button"
        aria-label={`Remove tag ${key}`}
        title={`Remove tag ${key}`}
        onClick={onRemove}
      >
        <Icon svg={X} />
      </button>
    </div>
  );
}

interface TagEditorProps {
  draft: TagDraft;
  saving: Saving;
  onChange(draft: TagDraft): void;
  onSave(): Promise<void>;
  onEnd(): void;
}

function TagEditor({ draft, saving, onChange, onSave, onEnd }: TagEditorProps) {
  const form = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const [key, value] = form.current?.querySelectorAll("input") ?? [];
    (draft.of === null ? key : value)?.focus({ preventScroll: true });
    revealEditor(form.current);
  }, []);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") onEnd();
    else if (event.key === "Enter" && event.target instanceof HTMLInputElement) void onSave();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const field = (name: "key" | "value", label: string) => (
    <input
      type="text"
      aria-label={label}
      placeholder={label}
      value={draft[name]}
      readOnly={saving.isSaving}
      onInput={(event) => onChange({ ...draft, [name]: event.currentTarget.value })}
    />
  );
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys come here from what is inside
    <div class="nbtrack-edit" ref={form} onKeyDown={onKeyDown}>
      <div class="nbtrack-edit-pair">
        {field("key", "Tag")}
        {field("value", "Value")}
      </div>
      <EditError error={saving.error} />
      <EditButtons
        isSaving={saving.isSaving}
        title="Save (Enter)"
        onSave={() => void onSave()}
        onCancel={onEnd}
      />
    </div>
  );
}

/** Changing a run in place: what was typed so far outlives refreshes and tabs, errors stay here. */

import { useState } from "preact/hooks";
import type { RequestError } from "../../errors";
import type { RunDetail } from "../../protocol";
import { useAsking } from "../asking";
import { useSession } from "../context";

/** What was typed into one field of a run, null while it is not being edited. */
export function useDraft<T>(
  runId: string,
  field: string,
): readonly [T | null, (draft: T | null) => void] {
  const { drafts } = useSession().details;
  const place = `${runId} ${field}`;
  const [draft, setDraft] = useState<T | null>(() => (drafts.get(place) as T | undefined) ?? null);
  const change = (next: T | null) => {
    if (next === null) drafts.delete(place);
    else drafts.set(place, next);
    setDraft(next);
  };
  return [draft, change];
}

export interface Saving {
  isSaving: boolean;
  error: RequestError | null;
  /** Makes a change and shows it everywhere; tells whether that went well. */
  save(change: () => Promise<unknown>): Promise<boolean>;
  forget(): void;
}

export function useSaving(): Saving {
  const session = useSession();
  const { isBusy: isSaving, error, ask, forget } = useAsking();
  const save = async (change: () => Promise<unknown>) => {
    const isSaved = await ask(change);
    if (isSaved) void session.refresh();
    return isSaved;
  };
  return { isSaving, error, save, forget };
}

/** A change just made, to be shown until the run is told anew; null without one. */
export function useSaved<T>(run: RunDetail): readonly [T | null, (value: T) => void] {
  const [saved, setSaved] = useState<{ run: RunDetail; value: T } | null>(null);
  return [saved?.run === run ? saved.value : null, (value) => setSaved({ run, value })];
}

/** Scrolls the details so that an editor is in sight to its end. */
export function revealEditor(editor: HTMLElement | null): void {
  const panel = editor?.closest(".nbtrack-detail-panel");
  if (!editor || !panel) return;
  const hidden = editor.getBoundingClientRect().bottom - panel.getBoundingClientRect().bottom;
  if (hidden > 0) panel.scrollTop += hidden + EDGE;
}

const EDGE = 8;

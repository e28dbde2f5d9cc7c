/** What all editing in place ends with: why it failed, Save and Cancel. */

import type { RequestError } from "../../errors";

export function EditError({ error }: { error: RequestError | null }) {
  if (error === null) return null;
  return (
    <p class="nbtrack-edit-error" role="alert">
      {error.message}
      {error.hint !== undefined && <span class="nbtrack-faint"> {error.hint}</span>}
    </p>
  );
}

interface EditButtonsProps {
  isSaving: boolean;
  title: string;
  onSave(): void;
  onCancel(): void;
}

export function EditButtons({ isSaving, title, onSave, onCancel }: EditButtonsProps) {
  return (
    <div class="nbtrack-edit-buttons">
      <button
        type="button"
        class="nbtrack-button"
        title={title}
        disabled={isSaving}
        onClick={onSave}
      >
        Save
      </button>
      <button type="button" class="nbtrack-button" title="Cancel (Escape)" onClick={onCancel}>
        Cancel
      </button>
    </div>
  );
}

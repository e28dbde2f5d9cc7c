/** What the forms of dialogs are made of. */

import type { ComponentChildren } from "preact";
import type { RequestError } from "../errors";
import type { Progress } from "../state/longWork";

interface FormProps {
  submit: string;
  isBusy: boolean;
  /** Of what takes long. */
  progress?: Progress | null;
  error: RequestError | null;
  isDanger?: boolean;
  canSubmit?: boolean;
  children: ComponentChildren;
  onSubmit(): void;
  onCancel(): void;
}

/** Enter submits; what is refused is said above the buttons. */
export function Form(props: FormProps) {
  const { submit, isBusy, error, isDanger = false, canSubmit = true, children } = props;
  return (
    <form
      class="nbtrack-form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (!isBusy && canSubmit) props.onSubmit();
      }}
    >
      {children}
      {props.isBusy && props.progress != null && <ProgressLine {...props.progress} />}
      {error !== null && (
        <p class="nbtrack-form-problem" role="alert">
          {error.message}
          {error.hint !== undefined && <span class="nbtrack-faint"> {error.hint}</span>}
        </p>
      )}
      <div class="nbtrack-dialog-buttons">
        <button
          type="button"
          class="nbtrack-button"
          data-first={isDanger ? "" : undefined}
          onClick={props.onCancel}
        >
          Cancel
        </button>
        <button
          type="submit"
          class={`nbtrack-button ${isDanger ? "nbtrack-danger" : "nbtrack-primary"}`}
          disabled={isBusy || !canSubmit}
        >
          {submit}
        </button>
      </div>
    </form>
  );
}

function ProgressLine({ done, total }: Progress) {
  const isCounted = total > 0;
  return (
    <div class="nbtrack-form-progress">
      <progress
        aria-label="Progress"
        max={isCounted ? total : undefined}
        value={isCounted ? done : undefined}
      />
      <span class="nbtrack-faint">
        {isCounted
          ? `${done.toLocaleString("en-US")} of ${total.toLocaleString("en-US")}`
          : "Counting…"}
      </span>
    </div>
  );
}

interface TextFieldProps {
  label: string;
  value: string;
  isFirst?: boolean;
  onInput(value: string): void;
}

export function TextField({ label, value, isFirst = false, onInput }: TextFieldProps) {
  return (
    <label class="nbtrack-form-line">
      {label}
      <input
        type="text"
        class="nbtrack-field"
        autocomplete="off"
        spellcheck={false}
        data-first={isFirst ? "" : undefined}
        value={value}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
    </label>
  );
}

interface SelectFieldProps<T extends string> {
  label: string;
  value: T;
  /** Value -> its words. */
  options: Record<T, string>;
  onChange(value: T): void;
}

export function SelectField<T extends string>(props: SelectFieldProps<T>) {
  const entries = Object.entries(props.options) as [T, string][];
  return (
    <label class="nbtrack-form-line">
      {props.label}
      <select
        class="nbtrack-field"
        value={props.value}
        onChange={(event) => {
          const chosen = entries.find(([value]) => value === event.currentTarget.value);
          if (chosen !== undefined) props.onChange(chosen[0]);
        }}
      >
        {entries.map(([value, words]) => (
          <option key={value} value={value}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}

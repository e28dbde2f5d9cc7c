/** The filter of one column: an operator that fits its type, and what to compare with. */

import { useState } from "preact/hooks";
import { StatusMark } from "../grid/StatusMark";
import type { ColumnInfo, FilterOperator } from "../protocol";
import { STATUSES } from "../statuses";
import { useDomId, useSession } from "./context";
import { draftOf, type FilterDraft, fieldKind, filterOf, hasSecondField } from "./filterDraft";
import { operatorWords } from "./filterWords";
import { Popover } from "./Popover";

interface FilterDialogProps {
  column: string;
  anchor: HTMLElement;
  place?: number | undefined;
  onClose(): void;
}

export function FilterDialog({ column, anchor, place, onClose }: FilterDialogProps) {
  const session = useSession();
  const { filters } = session;
  const info = session.columnInfo(column);
  const [target] = useState(place ?? filters.placeOf(column));
  const [draft, setDraft] = useState(() => draftOf(info, filters.all[target]));
  const [problem, setProblem] = useState<string | null>(null);
  const problemId = useDomId();
  const apply = () => {
    const filter = filterOf(info, draft);
    if (typeof filter === "string") return setProblem(filter);
    filters.set(filter, target);
    onClose();
  };
  const clear = () => {
    if (target >= 0) filters.remove(target);
    onClose();
  };
  const change = (patch: Partial<FilterDraft>) => {
    setProblem(null);
    setDraft({ ...draft, ...patch });
  };
  return (
    <Popover
      label={`Filter ${info.label}`}
      anchor={anchor}
      class="nbtrack-filter"
      onClose={onClose}
    >
      <form
        class="nbtrack-form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          apply();
        }}
      >
        <Operators info={info} draft={draft} onChange={change} />
        <Fields
          info={info}
          draft={draft}
          problemId={problem === null ? undefined : problemId}
          onChange={change}
          onApply={apply}
        />
        {problem !== null && (
          <p class="nbtrack-form-problem" id={problemId} role="alert">
            {problem}
          </p>
        )}
        <div class="nbtrack-dialog-buttons">
          <button type="button" class="nbtrack-button" onClick={clear}>
            Clear
          </button>
          <button type="submit" class="nbtrack-button nbtrack-primary">
            Apply
          </button>
        </div>
      </form>
    </Popover>
  );
}

interface FieldsProps {
  info: ColumnInfo;
  draft: FilterDraft;
  problemId?: string | undefined;
  onChange(patch: Partial<FilterDraft>): void;
  onApply?: () => void;
}

function Operators({ info, draft, onChange }: FieldsProps) {
  const known = info.operators.includes(draft.operator)
    ? info.operators
    : [draft.operator, ...info.operators];
  if (info.type === "status") return null;
  return (
    <select
      class="nbtrack-field"
      aria-label="Operator"
      value={draft.operator}
      onChange={(event) => onChange({ operator: event.currentTarget.value as FilterOperator })}
    >
      {known.map((operator) => (
        <option key={operator} value={operator}>
          {operatorWords(operator)}
        </option>
      ))}
    </select>
  );
}

function Fields(props: FieldsProps) {
  const { info, draft } = props;
  switch (fieldKind(info.type, draft.operator)) {
    case "none":
      return null;
    case "statuses":
      return <Statuses {...props} />;
    case "lines":
      return <Lines {...props} />;
    case "text":
      return <Field {...props} type="text" name="first" label="Value" />;
    case "number":
      return <Pair {...props} type="number" />;
    case "date":
      return <Pair {...props} type="date" />;
  }
}

function Pair(props: FieldsProps & { type: "number" | "date" }) {
  const unit = props.info.type === "duration" ? "s" : null;
  return (
    <div class="nbtrack-form-pair">
      <Field {...props} name="first" label="Value" />
      {hasSecondField(props.draft.operator) && (
        <>
          <span class="nbtrack-faint">and</span>
          <Field {...props} name="second" label="To" />
        </>
      )}
      {unit !== null && <span class="nbtrack-faint">{unit}</span>}
      {props.draft.operator === "last days" && <span class="nbtrack-faint">days</span>}
    </div>
  );
}

interface FieldProps extends FieldsProps {
  type: "text" | "number" | "date";
  name: "first" | "second";
  label: string;
}

function Field({ type, name, label, draft, problemId, onChange }: FieldProps) {
  const common = {
    class: "nbtrack-field",
    "aria-label": label,
    "aria-invalid": problemId !== undefined,
    "aria-describedby": problemId,
    autocomplete: "off",
    "data-first": name === "first" ? "" : undefined,
    value: draft[name],
    onInput: (event: { currentTarget: HTMLInputElement }) =>
      onChange({ [name]: event.currentTarget.value }),
  } as const;
  if (type === "number") return <input type="number" step="any" {...common} />;
  return type === "date" ? <input type="date" {...common} /> : <input type="text" {...common} />;
}

function Lines({ draft, problemId, onChange, onApply }: FieldsProps) {
  return (
    <textarea
      class="nbtrack-field"
      rows={4}
      aria-label="Value"
      aria-invalid={problemId !== undefined}
      aria-describedby={problemId}
      placeholder="One value a line"
      data-first=""
      value={draft.first}
      onInput={(event) => onChange({ first: event.currentTarget.value })}
      onKeyDown={(event) => {
        if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
        event.preventDefault();
        onApply?.();
      }}
    />
  );
}

function Statuses({ draft, onChange }: FieldsProps) {
  return (
    <fieldset class="nbtrack-form-list">
      <legend class="nbtrack-unseen">Statuses</legend>
      {STATUSES.map((status, index) => (
        <label key={status} class="nbtrack-check">
          <input
            type="checkbox"
            data-first={index === 0 ? "" : undefined}
            checked={draft.statuses.includes(status)}
            onChange={(event) => {
              const others = draft.statuses.filter((other) => other !== status);
              onChange({ statuses: event.currentTarget.checked ? [...others, status] : others });
            }}
          />
          <StatusMark status={status} />
        </label>
      ))}
    </fieldset>
  );
}

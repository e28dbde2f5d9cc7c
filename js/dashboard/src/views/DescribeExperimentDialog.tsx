/** The description and the tags of an experiment. */

import { useState } from "preact/hooks";
import type { ExperimentRow } from "../protocol";
import { useAsking } from "./asking";
import { useSession } from "./context";
import { Form } from "./Form";
import { Modal } from "./Popover";

interface DescribeExperimentProps {
  experiment: ExperimentRow;
  onClose(): void;
}

export function DescribeExperimentDialog({ experiment, onClose }: DescribeExperimentProps) {
  const session = useSession();
  const { isBusy, error, ask } = useAsking();
  const { experiment_id, name } = experiment;
  const editable = Object.entries(experiment.tags).filter(isOneLine);
  const [description, setDescription] = useState(experiment.description ?? "");
  const [lines, setLines] = useState(editable.map((pair) => pair.join("=")).join("\n"));
  const save = async () => {
    const tags = changedTags(Object.fromEntries(editable), tagsOf(lines));
    const change = { experiment_id, description, tags };
    if (!(await ask(() => session.client.request("describe_experiment", change)))) return;
    onClose();
    void session.refresh();
  };
  return (
    <Modal label="Describe experiment" onClose={onClose}>
      <Form
        submit="Save"
        isBusy={isBusy}
        error={error}
        onSubmit={() => void save()}
        onCancel={onClose}
      >
        <p>
          <strong>{name}</strong>
        </p>
        <TextArea label="Description" value={description} isFirst onInput={setDescription} />
        <TextArea label="Tags, a line each: key=value" value={lines} onInput={setLines} />
      </Form>
    </Modal>
  );
}

interface TextAreaProps {
  label: string;
  value: string;
  isFirst?: boolean;
  onInput(value: string): void;
}

function TextArea({ label, value, isFirst = false, onInput }: TextAreaProps) {
  return (
    <label class="nbtrack-form-block">
      {label}
      <textarea
        class="nbtrack-field"
        rows={4}
        spellcheck={false}
        data-first={isFirst ? "" : undefined}
        value={value}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
    </label>
  );
}

/** What a line can hold; other tags stay as they are. */
function isOneLine([key, value]: [string, string]): boolean {
  return !key.includes("=") && !/[\r\n]/.test(`${key}${value}`);
}

/** Tags by their lines; those without a sign are empty. */
export function tagsOf(lines: string): Record<string, string> {
  const pairs = lines
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line): [string, string] => {
      const [key = "", ...rest] = line.split("=");
      return [key.trim(), rest.join("=").trim()];
    });
  return Object.fromEntries(pairs);
}

/** What has to be set, or with null removed, to come from old tags to new ones. */
export function changedTags(
  old: Record<string, string>,
  next: Record<string, string>,
): Record<string, string | null> {
  const removed = Object.keys(old).filter((key) => !(key in next));
  const set = Object.entries(next).filter(([key, value]) => old[key] !== value);
  return Object.fromEntries([...removed.map((key) => [key, null] as const), ...set]);
}

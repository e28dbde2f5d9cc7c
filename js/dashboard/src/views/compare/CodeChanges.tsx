/** What changed from the code of one of the compared runs to that of another. */

import { useState } from "preact/hooks";
import type { ComparedRun } from "../../protocol";
import { useRequest } from "../context";
import { Diff } from "../Diff";
import { ErrorNote } from "../ErrorNote";
import { Switch } from "../Switch";
import { SideBySide } from "./SideBySide";

export function CodeChanges({ runs }: { runs: readonly ComparedRun[] }) {
  const [from, setFrom] = useState<string | null>(null);
  const [to, setTo] = useState<string | null>(null);
  const [isBeside, setBeside] = useState(false);
  const left = runs.find(({ run_id }) => run_id === from) ?? runs[0];
  const right = runs.find(({ run_id }) => run_id === to) ?? runs[1];
  if (left === undefined || right === undefined) return null;
  return (
    <section class="nbtrack-compare-part">
      <div class="nbtrack-compare-tools">
        <h3>Code</h3>
        <RunChoice label="From" runs={runs} value={left.run_id} onChange={setFrom} />
        <RunChoice label="To" runs={runs} value={right.run_id} onChange={setTo} />
        <span class="nbtrack-spring" />
        <Switch
          label="Side by side"
          title="Show the two codes beside each other"
          on={isBeside}
          onChange={setBeside}
        />
      </div>
      {left === right ? (
        <p class="nbtrack-faint">
          This is one and the same run: choose another one to see what changed.
        </p>
      ) : (
        <Changes left={left} right={right} isBeside={isBeside} />
      )}
    </section>
  );
}

interface ChangesProps {
  left: ComparedRun;
  right: ComparedRun;
  isBeside: boolean;
}

function Changes({ left, right, isBeside }: ChangesProps) {
  const args = { run_id: right.run_id, other: left.run_id };
  const { result, error, retry } = useRequest("code_changes", args);
  if (error !== null) return <ErrorNote error={error} onRetry={retry} />;
  if (result === null) return null;
  if (result.diff === "") return <p class="nbtrack-faint">The code is the same.</p>;
  if (!isBeside) return <Diff diff={result.diff} />;
  return <SideBySide diff={result.diff} leftName={left.run_name} rightName={right.run_name} />;
}

interface RunChoiceProps {
  label: string;
  runs: readonly ComparedRun[];
  value: string;
  onChange(runId: string): void;
}

function RunChoice({ label, runs, value, onChange }: RunChoiceProps) {
  return (
    <label class="nbtrack-run-choice">
      <span class="nbtrack-faint">{label}</span>
      <select
        class="nbtrack-field"
        aria-label={`${label} run`}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
      >
        {runs.map(({ run_id, run_name }) => (
          <option key={run_id} value={run_id}>
            {run_name} ({run_id.slice(0, 8)})
          </option>
        ))}
      </select>
    </label>
  );
}

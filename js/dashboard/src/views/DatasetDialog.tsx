/** Writes the selected runs to a file next to the notebook. */

import { useState } from "preact/hooks";
import { formatBytes } from "../grid/format";
import type { ExportFormat, ExportResult, TableShape } from "../protocol";
import { exportRuns } from "../state/longWork";
import { countOf, type RunSet } from "../state/removal";
import { selectedRuns } from "../state/selection";
import { useWorking } from "./asking";
import { CopyButton } from "./CopyButton";
import { useSession } from "./context";
import { Form, SelectField, TextField } from "./Form";
import { Popover } from "./Popover";

interface DatasetDialogProps {
  anchor: HTMLElement;
  /** Those selected where not given. */
  runs?: RunSet | undefined;
  onClose(): void;
}

const FORMATS: Record<ExportFormat, string> = {
  csv: "CSV",
  parquet: "Parquet",
  jsonl: "JSON Lines",
};

const SHAPES: Record<TableShape, string> = {
  wide: "a column per key",
  long: "a row per value",
  json: "JSON columns",
  history: "every point of the metrics",
};

export function DatasetDialog({ anchor, runs, onClose }: DatasetDialogProps) {
  const [written, setWritten] = useState<ExportResult | null>(null);
  return (
    <Popover label="Create dataset" anchor={anchor} class="nbtrack-small-form" onClose={onClose}>
      {written === null ? (
        <DatasetForm given={runs} onWritten={setWritten} onClose={onClose} />
      ) : (
        <Written result={written} onClose={onClose} />
      )}
    </Popover>
  );
}

interface DatasetFormProps {
  given: RunSet | undefined;
  onWritten(result: ExportResult): void;
  onClose(): void;
}

function DatasetForm({ given, onWritten, onClose }: DatasetFormProps) {
  const session = useSession();
  const { isBusy, error, progress, work, stop } = useWorking();
  const [name, setName] = useState("runs");
  const [format, setFormat] = useState<ExportFormat>("csv");
  const [shape, setShape] = useState<TableShape>("wide");
  const [runs] = useState(() => given ?? selectedRuns(session.marks, session.view.current.get()));
  const write = () =>
    work(async (working) => {
      const file = { view_id: session.view.viewId, name: name.trim(), format, shape };
      onWritten(await exportRuns(session.client, { ...runs.args, ...file }, working));
    });
  return (
    <Form
      submit="Create"
      isBusy={isBusy}
      progress={progress}
      error={error}
      canSubmit={name.trim() !== ""}
      onSubmit={() => void write()}
      onCancel={isBusy ? stop : onClose}
    >
      <div class="nbtrack-faint">{countOf(runs.count)}, next to the notebook</div>
      <TextField label="Name" value={name} isFirst onInput={setName} />
      <SelectField label="Format" value={format} options={FORMATS} onChange={setFormat} />
      <SelectField label="Shape" value={shape} options={SHAPES} onChange={setShape} />
    </Form>
  );
}

function Written({ result, onClose }: { result: ExportResult; onClose(): void }) {
  const { path, rows, size, code } = result;
  return (
    <div class="nbtrack-form">
      <div role="status">
        Wrote <strong>{path}</strong>: {rows.toLocaleString("en-US")} rows, {formatBytes(size)}.
      </div>
      <div class="nbtrack-copy">
        <code class="nbtrack-label" title={code}>
          {code}
        </code>
        <CopyButton label="Copy code" text={code} />
      </div>
      <div class="nbtrack-dialog-buttons">
        <button
          type="button"
          class="nbtrack-button nbtrack-primary"
          ref={(button) => button?.focus()}
          onClick={onClose}
        >
          Done
        </button>
      </div>
    </div>
  );
}

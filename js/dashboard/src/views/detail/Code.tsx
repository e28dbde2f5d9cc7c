/** The cell as it was executed, or what changed in it since its previous attempt. */

import { useMemo, useState } from "preact/hooks";
import type { CodeChangesResult } from "../../protocol";
import { useRequest } from "../context";
import { Diff } from "../Diff";
import { ErrorNote } from "../ErrorNote";
import { Switch } from "../Switch";
import type { DetailProps } from "./detailTabs";
import { highlightPython } from "./highlight";
import { RunLink } from "./RunLink";

export function Code({ run }: DetailProps) {
  const [isChanges, setChanges] = useState(false);
  if (run.code === null) return <p class="nbtrack-faint">No code was recorded.</p>;
  return (
    <>
      <div class="nbtrack-detail-tools">
        <Switch
          label="Changes since the previous attempt"
          title="Compare with the code of the same cell, one attempt earlier"
          on={isChanges}
          onChange={setChanges}
        />
      </div>
      {isChanges ? <Changes runId={run.run_id} /> : <Source code={run.code} />}
    </>
  );
}

function Source({ code }: { code: string }) {
  const pieces = useMemo(() => highlightPython(code), [code]);
  return (
    <pre class="nbtrack-text nbtrack-code">
      {pieces.map(({ text, classes }) =>
        classes === "" ? text : <span class={classes}>{text}</span>,
      )}
    </pre>
  );
}

function Changes({ runId }: { runId: string }) {
  const { result, error, retry } = useRequest("code_changes", { run_id: runId });
  if (error !== null) return <ErrorNote error={error} onRetry={retry} />;
  if (result === null) return null;
  if (result.run_id === null) {
    return <p class="nbtrack-faint">First attempt: there is nothing to compare it with.</p>;
  }
  return (
    <>
      <p class="nbtrack-faint">
        {result.diff === "" ? "No changes since " : "Changes since "}
        <Other id={result.run_id} name={result.run_name} attempt={result.attempt} />
      </p>
      {result.diff !== "" && <Diff diff={result.diff} />}
    </>
  );
}

interface OtherProps {
  id: string;
  name: CodeChangesResult["run_name"];
  attempt: CodeChangesResult["attempt"];
}

function Other({ id, name, attempt }: OtherProps) {
  return (
    <>
      {attempt !== null && `attempt ${attempt}, `}
      <RunLink runId={id} name={name} />
    </>
  );
}

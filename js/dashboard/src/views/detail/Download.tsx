/** Fetching a file, or several as one zip, to be saved: progress, cancelling, what went wrong. */

import { Download as DownloadIcon, X } from "lucide-static";
import { useEffect, useRef, useState } from "preact/hooks";
import { RequestError } from "../../errors";
import { Icon } from "../../icon";
import type { ArtifactEntry } from "../../protocol";
import { useSession } from "../context";
import { readFile, saveFile } from "./files";
import { zipFiles } from "./zip";

interface DownloadProps {
  runId: string;
  /** One is saved as it is, several as a zip. */
  entries: readonly ArtifactEntry[];
  /** Of the file that is saved. */
  name: string;
  /** Of the button. */
  label: string;
}

type State =
  | { kind: "idle" }
  | { kind: "running"; bytes: number }
  | { kind: "ended"; problem: string | null };

export function Download(props: DownloadProps) {
  const { entries, label } = props;
  const { state, start, cancel } = useDownload(props);
  const size = entries.reduce((total, entry) => total + entry.size, 0);
  const isRunning = state.kind === "running";
  const action = isRunning ? `Cancel: ${label}` : label;
  return (
    <span class="nbtrack-download">
      <span class="nbtrack-faint" role="status">
        {isRunning && `${percent(state.bytes, size)} %`}
        {state.kind === "ended" && state.problem === null && "Saved"}
      </span>
      {state.kind === "ended" && state.problem !== null && (
        <span class="nbtrack-edit-error nbtrack-label" role="alert" title={state.problem}>
          {state.problem}
        </span>
      )}
      <button
        type="button"
        class="nbtrack-icon-button"
        aria-label={action}
        title={action}
        onClick={isRunning ? cancel : start}
      >
        <Icon svg={isRunning ? X : DownloadIcon} />
      </button>
    </span>
  );
}

function percent(bytes: number, size: number): number {
  return Math.min(100, Math.floor((bytes / Math.max(1, size)) * 100));
}

function useDownload({ runId, entries, name }: DownloadProps) {
  const { client } = useSession();
  const [state, setState] = useState<State>({ kind: "idle" });
  const controller = useRef<AbortController | null>(null);
  useEffect(() => () => controller.current?.abort(), []);
  const start = async () => {
    const own = new AbortController();
    controller.current = own;
    const { signal } = own;
    const onProgress = (bytes: number) => setState({ kind: "running", bytes });
    onProgress(0);
    try {
      const [only, ...others] = entries;
      if (only !== undefined && others.length === 0) {
        saveFile(await readFile(client, runId, only.path, { signal, onProgress }), name);
        setState({ kind: "ended", problem: null });
      } else {
        const zip = await zipFiles(client, runId, entries, { signal, onProgress });
        saveFile(zip.content, name);
        setState({ kind: "ended", problem: missingText(zip.missing, name) });
      }
    } catch (reason) {
      const error = RequestError.from(reason);
      setState(error.isQuiet ? { kind: "idle" } : { kind: "ended", problem: error.message });
    }
  };
  return { state, start: () => void start(), cancel: () => controller.current?.abort() };
}

const MAX_NAMED = 3;

/** What to say of files that a zip lacks; null where it has all of them. */
export function missingText(missing: readonly string[], name: string): string | null {
  if (missing.length === 0) return null;
  const rest = missing.length - MAX_NAMED;
  const named = missing.slice(0, MAX_NAMED).join(", ");
  return `${name} lacks ${named}${rest > 0 ? ` and ${rest} more` : ""}: gone from the store or out of reach.`;
}

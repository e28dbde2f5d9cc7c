/** The files kept with a run: a tree at the left, the chosen one at the right. */

import { Download, File, Folder as FolderIcon } from "lucide-static";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { RequestError } from "../../errors";
import { formatBytes } from "../../grid/format";
import { Icon } from "../../icon";
import type { ArtifactEntry } from "../../protocol";
import { useRequest, useSession } from "../context";
import { ErrorNote } from "../ErrorNote";
import { type FileNode, fileTree, readFile, saveFile } from "./files";
import { Preview } from "./Preview";
import { previewKind } from "./previews";
import type { DetailProps } from "./RunDetailView";

export function Artifacts({ run }: DetailProps) {
  const { result, error, retry } = useRequest("artifacts", { run_id: run.run_id });
  const [path, setPath] = useState<string | null>(null);
  const tree = useMemo(() => fileTree(result?.artifacts ?? []), [result]);
  const files = useMemo(() => filesOf(tree), [tree]);
  const chosen =
    files.find((entry) => entry.path === path) ??
    files.find((entry) => previewKind(entry) === "image") ??
    files.find((entry) => previewKind(entry) !== "none") ??
    files[0];
  if (error !== null) return <ErrorNote error={error} onRetry={retry} />;
  if (result === null) return null;
  if (chosen === undefined) return <p class="nbtrack-faint">No artifacts.</p>;
  return (
    <div class="nbtrack-artifacts" data-fills>
      <ul class="nbtrack-files" aria-label="Artifacts">
        <Files nodes={tree} chosen={chosen.path} onChoose={setPath} />
      </ul>
      <div class="nbtrack-file">
        <FileBar key={chosen.path} runId={run.run_id} entry={chosen} />
        <div class="nbtrack-preview">
          <Preview runId={run.run_id} entry={chosen} />
        </div>
      </div>
    </div>
  );
}

/** All files in the order shown. */
function filesOf(nodes: readonly FileNode[]): ArtifactEntry[] {
  return nodes.flatMap((node) => (node.kind === "file" ? [node.entry] : filesOf(node.children)));
}

interface FilesProps {
  nodes: readonly FileNode[];
  chosen: string;
  onChoose(path: string): void;
}

function Files({ nodes, chosen, onChoose }: FilesProps) {
  return (
    <>
      {nodes.map((node) =>
        node.kind === "folder" ? (
          <li key={`${node.path}/`}>
            <span class="nbtrack-folder" title={node.path}>
              <Icon svg={FolderIcon} />
              {node.name}
            </span>
            <ul>
              <Files nodes={node.children} chosen={chosen} onChoose={onChoose} />
            </ul>
          </li>
        ) : (
          <li key={node.entry.path}>
            <button
              type="button"
              title={node.entry.path}
              aria-current={node.entry.path === chosen}
              onClick={() => onChoose(node.entry.path)}
            >
              <Icon svg={File} />
              <span class="nbtrack-label">{node.name}</span>
              <span class="nbtrack-faint">{formatBytes(node.entry.size)}</span>
            </button>
          </li>
        ),
      )}
    </>
  );
}

function renew(holder: { current: AbortController | null }): AbortController {
  holder.current?.abort();
  const controller = new AbortController();
  holder.current = controller;
  return controller;
}

/** The chosen file's name, and its download with progress. */
function FileBar({ runId, entry }: { runId: string; entry: ArtifactEntry }) {
  const { client } = useSession();
  const [state, setState] = useState<number | RequestError | null>(null);
  const controller = useRef<AbortController | null>(null);
  useEffect(() => () => controller.current?.abort(), []);
  const name = entry.path.slice(entry.path.lastIndexOf("/") + 1);
  const download = async () => {
    const { signal } = renew(controller);
    setState(0);
    try {
      const chunks = await readFile(client, runId, entry.path, { signal, onProgress: setState });
      saveFile(chunks, name);
      setState(null);
    } catch (reason) {
      const error = RequestError.from(reason);
      setState(error.isQuiet ? null : error);
    }
  };
  if (state instanceof RequestError) {
    return <ErrorNote error={state} onRetry={() => void download()} />;
  }
  return (
    <div class="nbtrack-file-bar">
      <span class="nbtrack-label" title={entry.path}>
        {entry.path}
      </span>
      <span class="nbtrack-faint" title={`SHA-256 ${entry.digest}`}>
        {entry.media_type}
      </span>
      <button
        type="button"
        class="nbtrack-icon-button"
        aria-label={`Download ${name}`}
        title={`Download ${name}`}
        disabled={state !== null}
        onClick={() => void download()}
      >
        <Icon svg={Download} />
      </button>
      {state !== null && (
        <span class="nbtrack-faint">{Math.floor((state / Math.max(1, entry.size)) * 100)} %</span>
      )}
    </div>
  );
}

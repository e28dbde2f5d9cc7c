/** The files kept with a run: a tree at the left, the chosen one at the right. */

import { useMemo, useState } from "preact/hooks";
import { formatBytes, formatCount } from "../../grid/format";
import type { ArtifactEntry } from "../../protocol";
import { useRequest } from "../context";
import { ErrorNote } from "../ErrorNote";
import { FilterField, matching } from "./Bounded";
import { Download } from "./Download";
import type { DetailProps } from "./detailTabs";
import { FileTree } from "./FileTree";
import { baseNameOf, filesOf, fileTree } from "./files";
import { Preview } from "./Preview";
import { previewKind } from "./previews";

const FILTER_FROM = 20;

export function Artifacts({ run }: DetailProps) {
  const { result, error, retry } = useRequest("artifacts", { run_id: run.run_id });
  const [path, setPath] = useState<string | null>(null);
  const [filter, setFilter] = useState("");
  const entries = result?.artifacts ?? NONE;
  const tree = useMemo(
    () => fileTree(matching(entries, filter, (entry) => entry.path)),
    [entries, filter],
  );
  const chosen = useMemo(() => chosenOf(filesOf(tree), path), [tree, path]);
  if (error !== null) return <ErrorNote error={error} onRetry={retry} />;
  if (result === null) return null;
  if (entries.length === 0) return <p class="nbtrack-faint">No artifacts.</p>;
  return (
    <div class="nbtrack-artifacts" data-fills>
      <div class="nbtrack-files">
        <FilesBar run={run} entries={entries} />
        {entries.length >= FILTER_FROM && (
          <FilterField noun="file" count={entries.length} value={filter} onChange={setFilter} />
        )}
        <FileTree tree={tree} chosen={chosen?.path ?? null} onChoose={setPath} />
        {tree.length === 0 && <p class="nbtrack-faint">No file matches.</p>}
      </div>
      {chosen !== undefined && <ChosenFile run={run} entry={chosen} entries={entries} />}
    </div>
  );
}

const NONE: ArtifactEntry[] = [];

/** The file clicked, else the first that has something to show. */
function chosenOf(files: readonly ArtifactEntry[], path: string | null): ArtifactEntry | undefined {
  return (
    files.find((entry) => entry.path === path) ??
    files.find((entry) => previewKind(entry) === "image") ??
    files.find((entry) => !["none", "unknown"].includes(previewKind(entry))) ??
    files[0]
  );
}

interface FilesProps extends DetailProps {
  entries: readonly ArtifactEntry[];
}

function FilesBar({ run, entries }: FilesProps) {
  const size = entries.reduce((total, entry) => total + entry.size, 0);
  return (
    <div class="nbtrack-file-bar">
      <span class="nbtrack-faint nbtrack-label">
        {formatCount(entries.length, "file")}, {formatBytes(size)}
      </span>
      {entries.length > 1 && (
        <Download
          runId={run.run_id}
          entries={entries}
          name={`${run.run_name} artifacts.zip`}
          label="Download all as zip"
        />
      )}
    </div>
  );
}

function ChosenFile({ run, entry, entries }: FilesProps & { entry: ArtifactEntry }) {
  const name = baseNameOf(entry.path);
  return (
    <div class="nbtrack-file">
      <div class="nbtrack-file-bar">
        <span class="nbtrack-label" title={entry.path}>
          {entry.path}
        </span>
        <span class="nbtrack-faint nbtrack-label" title={`SHA-256 ${entry.digest}`}>
          {formatBytes(entry.size)}, {entry.media_type}
        </span>
        <Download
          key={entry.path}
          runId={run.run_id}
          entries={[entry]}
          name={name}
          label={`Download ${name}`}
        />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be in reach of arrows */}
      <section class="nbtrack-preview" aria-label={`Preview of ${name}`} tabIndex={0}>
        <Preview runId={run.run_id} entry={entry} entries={entries} />
      </section>
    </div>
  );
}

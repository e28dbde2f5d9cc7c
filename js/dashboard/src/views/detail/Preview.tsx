/** A look at one file of a run; whatever it holds is only shown, never run. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { RequestError } from "../../errors";
import { formatBytes } from "../../grid/format";
import type { ArtifactEntry } from "../../protocol";
import { useSession } from "../context";
import { ErrorNote } from "../ErrorNote";
import { readFile } from "./files";
import {
  isBinary,
  MAX_CSV_COLUMNS,
  MAX_HTML_BYTES,
  MAX_TEXT_BYTES,
  type PreviewKind,
  parseCsv,
  prettyJson,
  previewEntry,
  previewKind,
  stillPage,
} from "./previews";

interface PreviewProps {
  runId: string;
  entry: ArtifactEntry;
  /** All files of the run. */
  entries: readonly ArtifactEntry[];
}

export function Preview({ runId, entry, entries }: PreviewProps) {
  const source = previewEntry(entry, entries);
  const kind = previewKind(source);
  if (kind === "none") return <NoPreview entry={entry} />;
  return (
    <>
      {source !== entry && <p class="nbtrack-faint">The first rows, as kept beside the table.</p>}
      <LoadedPreview key={`${source.path} ${source.digest}`} {...{ runId, kind }} entry={source} />
    </>
  );
}

function NoPreview({ entry }: { entry: ArtifactEntry }) {
  const why = entry.media_type.startsWith("image/") ? "an image of this size" : entry.media_type;
  return (
    <p class="nbtrack-faint">
      No preview of {why || "this type"}, {formatBytes(entry.size)}.
    </p>
  );
}

interface LoadedProps {
  runId: string;
  entry: ArtifactEntry;
  kind: PreviewKind;
}

function LoadedPreview({ runId, entry, kind }: LoadedProps) {
  const { client } = useSession();
  const [blob, setBlob] = useState<Blob | null>(null);
  const [error, setError] = useState<RequestError | null>(null);
  const [attempt, setAttempt] = useState(0);
  const { path, media_type: type } = entry;
  useEffect(() => {
    const controller = new AbortController();
    const limit = limitOf(kind);
    readFile(client, runId, path, { limit, signal: controller.signal }).then(
      (content) => {
        setError(null);
        setBlob(new Blob([content], { type: kind === "image" ? type : "text/plain" }));
      },
      (reason) => {
        const failure = RequestError.from(reason);
        if (!failure.isQuiet) setError(failure);
      },
    );
    return () => controller.abort();
  }, [client, runId, path, type, kind, attempt]);
  if (error !== null) {
    return <ErrorNote error={error} onRetry={() => setAttempt((count) => count + 1)} />;
  }
  if (blob === null) return null;
  return kind === "image" ? (
    <ImagePreview blob={blob} name={path} />
  ) : (
    <TextPreview blob={blob} kind={kind} entry={entry} />
  );
}

function limitOf(kind: PreviewKind): number {
  if (kind === "image") return Number.POSITIVE_INFINITY;
  return kind === "html" ? MAX_HTML_BYTES : MAX_TEXT_BYTES;
}

function ImagePreview({ blob, name }: { blob: Blob; name: string }) {
  const [url, setUrl] = useState("");
  const [isBroken, setBroken] = useState(false);
  useEffect(() => {
    const created = URL.createObjectURL(blob);
    setUrl(created);
    return () => URL.revokeObjectURL(created);
  }, [blob]);
  if (isBroken) return <p class="nbtrack-faint">This file is no image that can be shown.</p>;
  if (url === "") return null;
  return <img class="nbtrack-image" src={url} alt={name} onError={() => setBroken(true)} />;
}

interface TextPreviewProps {
  blob: Blob;
  kind: PreviewKind;
  entry: ArtifactEntry;
}

function TextPreview({ blob, kind, entry }: TextPreviewProps) {
  const [text, setText] = useState<string | null>(null);
  useEffect(() => {
    let isWanted = true;
    void blob.text().then((read) => {
      if (isWanted) setText(read);
    });
    return () => {
      isWanted = false;
    };
  }, [blob]);
  if (text === null) return null;
  if (kind === "unknown" && isBinary(text)) return <NoPreview entry={entry} />;
  return (
    <>
      {entry.size > blob.size && (
        <p class="nbtrack-faint">
          The first {formatBytes(blob.size)} of {formatBytes(entry.size)}; download it to see all.
        </p>
      )}
      {kind === "html" && <Page text={text} name={entry.path} />}
      {kind === "csv" && <Table text={text} />}
      {kind !== "html" && kind !== "csv" && (
        <pre class="nbtrack-text">{kind === "json" ? prettyJson(text) : text}</pre>
      )}
    </>
  );
}

function Page({ text, name }: { text: string; name: string }) {
  const page = useMemo(() => stillPage(text), [text]);
  return (
    <>
      <p class="nbtrack-faint">Shown without scripts, links and what it loads from elsewhere.</p>
      <iframe
        class="nbtrack-page"
        title={name}
        sandbox=""
        srcdoc={page}
        referrerpolicy="no-referrer"
      />
    </>
  );
}

function Table({ text }: { text: string }) {
  const [header = [], ...rows] = useMemo(() => parseCsv(text), [text]);
  const shown = header.slice(0, MAX_CSV_COLUMNS);
  return (
    <>
      {header.length > shown.length && (
        <p class="nbtrack-faint">
          The first {shown.length} of {header.length.toLocaleString("en-US")} columns.
        </p>
      )}
      <table class="nbtrack-preview-table">
        <thead>
          <tr>
            {shown.map((name) => (
              <th scope="col" title={name}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr>
              {row.slice(0, MAX_CSV_COLUMNS).map((value) => (
                <td title={value}>{value}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

/** A look at one file of a run; whatever it holds is shown as text or as an image, never run. */

import { useEffect, useState } from "preact/hooks";
import { RequestError } from "../../errors";
import { formatBytes } from "../../grid/format";
import type { ArtifactEntry } from "../../protocol";
import { useSession } from "../context";
import { ErrorNote } from "../ErrorNote";
import { readFile } from "./files";
import { MAX_TEXT_BYTES, type PreviewKind, parseCsv, prettyJson, previewKind } from "./previews";

interface PreviewProps {
  runId: string;
  entry: ArtifactEntry;
}

export function Preview({ runId, entry }: PreviewProps) {
  const kind = previewKind(entry);
  if (kind === "none") {
    return (
      <p class="nbtrack-faint">
        No preview of {entry.media_type || "this type"}, {formatBytes(entry.size)}.
      </p>
    );
  }
  return <LoadedPreview key={entry.digest} runId={runId} entry={entry} kind={kind} />;
}

function LoadedPreview({ runId, entry, kind }: PreviewProps & { kind: PreviewKind }) {
  const { client } = useSession();
  const [blob, setBlob] = useState<Blob | null>(null);
  const [error, setError] = useState<RequestError | null>(null);
  const [attempt, setAttempt] = useState(0);
  const { path, media_type: type } = entry;
  useEffect(() => {
    const controller = new AbortController();
    const limit = kind === "image" ? {} : { limit: MAX_TEXT_BYTES };
    readFile(client, runId, path, { ...limit, signal: controller.signal }).then(
      (chunks) => {
        setError(null);
        setBlob(new Blob(chunks, { type: kind === "image" ? type : "text/plain" }));
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
    <TextPreview blob={blob} kind={kind} isCut={entry.size > MAX_TEXT_BYTES} />
  );
}

function ImagePreview({ blob, name }: { blob: Blob; name: string }) {
  const [url, setUrl] = useState("");
  useEffect(() => {
    const created = URL.createObjectURL(blob);
    setUrl(created);
    return () => URL.revokeObjectURL(created);
  }, [blob]);
  return url === "" ? null : <img class="nbtrack-image" src={url} alt={name} />;
}

interface TextPreviewProps {
  blob: Blob;
  kind: PreviewKind;
  isCut: boolean;
}

function TextPreview({ blob, kind, isCut }: TextPreviewProps) {
  const [text, setText] = useState("");
  useEffect(() => {
    let isWanted = true;
    void blob.text().then((read) => {
      if (isWanted) setText(read);
    });
    return () => {
      isWanted = false;
    };
  }, [blob]);
  return (
    <>
      {kind === "csv" ? (
        <Table rows={parseCsv(text)} />
      ) : (
        <pre class="nbtrack-text">{kind === "json" ? prettyJson(text) : text}</pre>
      )}
      {isCut && (
        <p class="nbtrack-faint">
          The first {formatBytes(MAX_TEXT_BYTES)}; download it to see all.
        </p>
      )}
    </>
  );
}

function Table({ rows: [header = [], ...rows] }: { rows: string[][] }) {
  return (
    <table class="nbtrack-preview-table">
      <thead>
        <tr>
          {header.map((name) => (
            <th scope="col">{name}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr>
            {row.map((value) => (
              <td>{value}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

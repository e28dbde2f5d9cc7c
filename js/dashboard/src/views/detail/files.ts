/** Reading a run's files by chunk, and arranging their paths as folders. */

import type { Client } from "../../client";
import type { ArtifactArgs, ArtifactEntry, ArtifactResult } from "../../protocol";

export interface Folder {
  kind: "folder";
  name: string;
  path: string;
  children: FileNode[];
}

export interface FileLeaf {
  kind: "file";
  name: string;
  entry: ArtifactEntry;
}

export type FileNode = Folder | FileLeaf;

/** Folders before files, both by name. */
export function fileTree(entries: readonly ArtifactEntry[]): FileNode[] {
  const root: Folder = { kind: "folder", name: "", path: "", children: [] };
  const folders = new Map([["", root]]);
  const folderAt = (path: string): Folder => {
    const known = folders.get(path);
    if (known !== undefined) return known;
    const cut = path.lastIndexOf("/");
    const folder: Folder = { kind: "folder", name: path.slice(cut + 1), path, children: [] };
    folders.set(path, folder);
    folderAt(path.slice(0, Math.max(0, cut))).children.push(folder);
    return folder;
  };
  for (const entry of entries) {
    const cut = entry.path.lastIndexOf("/");
    const folder = folderAt(entry.path.slice(0, Math.max(0, cut)));
    folder.children.push({ kind: "file", name: entry.path.slice(cut + 1), entry });
  }
  for (const { children } of folders.values()) {
    children.sort(
      (left, right) =>
        Number(left.kind === "file") - Number(right.kind === "file") ||
        left.name.localeCompare(right.name),
    );
  }
  return root.children;
}

export interface ReadOptions {
  /** Bytes to read at most; the whole file without it. */
  limit?: number;
  signal?: AbortSignal;
  onProgress?(bytes: number): void;
}

/** Reads a file chunk by chunk; what has come so far is never copied before the end. */
export async function readFile(
  client: Client,
  runId: string,
  path: string,
  options: ReadOptions = {},
): Promise<Uint8Array<ArrayBuffer>[]> {
  const { limit = Number.POSITIVE_INFINITY, signal, onProgress } = options;
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let offset: number | null = 0;
  let bytes = 0;
  while (offset !== null && bytes < limit) {
    const rest = limit - bytes;
    const args: ArtifactArgs = {
      run_id: runId,
      path,
      offset,
      ...(Number.isFinite(rest) && { limit: rest }),
    };
    const reply: ArtifactResult = await client.request("artifact", args, { signal });
    const chunk = decodeBase64(reply.data);
    chunks.push(chunk);
    bytes += chunk.length;
    onProgress?.(bytes);
    offset = reply.next_offset;
  }
  return chunks;
}

export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/** Offers a file for saving; its type is neutral so that no browser opens it. */
export function saveFile(chunks: BlobPart[], name: string): void {
  const url = URL.createObjectURL(new Blob(chunks, { type: "application/octet-stream" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

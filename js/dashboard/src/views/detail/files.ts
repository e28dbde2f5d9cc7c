/** Reading a run's files by chunk, and arranging their paths as folders. */

import type { Client } from "../../client";
import {
  type ArtifactArgs,
  type ArtifactEntry,
  type ArtifactResult,
  MAX_CHUNK,
} from "../../protocol";

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

/** All files in the order shown. */
export function filesOf(tree: readonly FileNode[]): ArtifactEntry[] {
  return tree.flatMap((node) => (node.kind === "file" ? [node.entry] : filesOf(node.children)));
}

export function pathOf(node: FileNode): string {
  return node.kind === "file" ? node.entry.path : node.path;
}

export function baseNameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

export interface ReadOptions {
  /** Bytes to read at most; the whole file without it. */
  limit?: number;
  signal?: AbortSignal;
  onProgress?(bytes: number): void;
}

type Chunk = Uint8Array<ArrayBuffer>;

/** Reads a file chunk by chunk, each when the one before it has been used. */
export async function* readChunks(
  client: Client,
  runId: string,
  path: string,
  options: ReadOptions = {},
): AsyncGenerator<Chunk, void, void> {
  const { limit = Number.POSITIVE_INFINITY, signal, onProgress } = options;
  let offset: number | null = 0;
  let bytes = 0;
  while (offset !== null && bytes < limit) {
    const rest = limit - bytes;
    const args: ArtifactArgs = {
      run_id: runId,
      path,
      offset,
      ...(rest < MAX_CHUNK && { limit: rest }),
    };
    const reply: ArtifactResult = await client.request("artifact", args, { signal });
    const chunk = decodeBase64(reply.data);
    bytes += chunk.length;
    onProgress?.(bytes);
    offset = reply.next_offset;
    yield chunk;
  }
}

/** Reads a file into memory. */
export async function readFile(
  client: Client,
  runId: string,
  path: string,
  options: ReadOptions = {},
): Promise<Blob> {
  return gather(readChunks(client, runId, path, options));
}

/** Bytes that are held as they came before the browser takes them over, to disk if it likes. */
const HELD_BYTES = 16_000_000;

export async function gather(chunks: AsyncIterable<Chunk>): Promise<Blob> {
  let parts: BlobPart[] = [];
  let held = 0;
  for await (const chunk of chunks) {
    parts.push(chunk);
    held += chunk.length;
    if (held < HELD_BYTES) continue;
    parts = [new Blob(parts)];
    held = 0;
  }
  return new Blob(parts);
}

export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/** Offers a file for saving; its type is neutral so that no browser opens it. */
export function saveFile(content: Blob, name: string): void {
  const neutral = new Blob([content], { type: "application/octet-stream" });
  const url = URL.createObjectURL(neutral);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** Several files of a run as one zip, read chunk by chunk while it is written. */

import { makeZip } from "client-zip";
import type { Client } from "../../client";
import { RequestError } from "../../errors";
import type { ArtifactEntry } from "../../protocol";
import { gather, type ReadOptions, readChunks } from "./files";

export interface Zip {
  content: Blob;
  /** Paths of files that could not be read, or not to their end. */
  missing: string[];
}

type Chunks = AsyncGenerator<Uint8Array<ArrayBuffer>, void, void>;

/** Codes of errors that concern one file alone. */
const ONE_FILE: readonly string[] = ["artifact", "not_found"];

/** A file that cannot be read is left out and named; whatever else fails ends it all. */
export async function zipFiles(
  client: Client,
  runId: string,
  entries: readonly ArtifactEntry[],
  { signal, onProgress }: Pick<ReadOptions, "signal" | "onProgress">,
): Promise<Zip> {
  const missing: string[] = [];
  let done = 0;
  const options = (before: number): ReadOptions => ({
    ...(signal && { signal }),
    onProgress: (bytes) => onProgress?.(before + bytes),
  });
  async function* inputs() {
    for (const { path, size } of entries) {
      const chunks = forgiving(readChunks(client, runId, path, options(done)), () =>
        missing.push(path),
      );
      const first = await chunks.next();
      done += size;
      if (first.done !== true) yield { name: path, input: prepend(first.value, chunks) };
    }
  }
  const stream = makeZip(inputs()) as ReadableStream<Uint8Array<ArrayBuffer>>;
  return { content: await gather(chunksOf(stream)), missing };
}

/** Ends where the file can be read no further. */
async function* forgiving(chunks: Chunks, onMissing: () => void): Chunks {
  try {
    yield* chunks;
  } catch (reason) {
    if (!ONE_FILE.includes(RequestError.from(reason).code)) throw reason;
    onMissing();
  }
}

async function* prepend(first: Uint8Array<ArrayBuffer>, rest: Chunks): Chunks {
  yield first;
  yield* rest;
}

/** Not all browsers let a stream be looped over. */
async function* chunksOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Chunks {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

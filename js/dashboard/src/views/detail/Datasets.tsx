/** The data a run used: what it is, where it came from, and the copy where one was kept. */

import { formatBytes } from "../../grid/format";
import type { ArtifactEntry, DatasetEntry, RunDetail } from "../../protocol";
import { useRequest, useSession } from "../context";
import { Bounded } from "./Bounded";
import { Download } from "./Download";
import type { DetailProps } from "./detailTabs";
import { Facts, fact } from "./Facts";
import { baseNameOf } from "./files";

const NONE: ArtifactEntry[] = [];

export function Datasets({ run }: DetailProps) {
  const isKept = run.datasets.some(({ artifact_path }) => artifact_path !== null);
  const { result } = useRequest("artifacts", { run_id: run.run_id }, isKept);
  if (run.datasets.length === 0) return <p class="nbtrack-faint">No datasets were logged.</p>;
  return (
    <div class="nbtrack-datasets">
      {run.datasets.map((dataset) => (
        <Dataset
          key={`${dataset.name} ${dataset.digest} ${dataset.context}`}
          run={run}
          dataset={dataset}
          kept={keptFiles(dataset, result?.artifacts ?? NONE)}
        />
      ))}
    </div>
  );
}

/** The files by which a dataset is kept. */
export function keptFiles(
  { artifact_path: path }: DatasetEntry,
  entries: readonly ArtifactEntry[],
): ArtifactEntry[] {
  if (path === null) return [];
  return entries.filter((entry) => entry.path === path || entry.path.startsWith(`${path}/`));
}

interface DatasetProps {
  run: RunDetail;
  dataset: DatasetEntry;
  kept: ArtifactEntry[];
}

function Dataset({ run, dataset, kept }: DatasetProps) {
  const session = useSession();
  const { name, context, digest, source, source_type: type, schema, profile } = dataset;
  const [only] = kept;
  return (
    <section>
      <div class="nbtrack-dataset-head">
        <strong class="nbtrack-label" title={name}>
          {name}
        </strong>
        {context !== null && (
          <span class="nbtrack-faint nbtrack-label" title={context}>
            {context}
          </span>
        )}
        <button
          type="button"
          class="nbtrack-link-button"
          title="Show all runs that used this very data"
          onClick={() => session.showRunsWithData(digest)}
        >
          Runs with this data
        </button>
        {only !== undefined && (
          <Download
            runId={run.run_id}
            entries={kept}
            name={kept.length === 1 ? baseNameOf(only.path) : `${name}.zip`}
            label={`Download dataset ${name}`}
          />
        )}
      </div>
      <Facts
        facts={[
          { name: "digest", value: <code>{digest}</code>, title: digest },
          fact("type", type),
          fact("source", source),
          ...profileFacts(profile ?? {}),
          fact("kept copy", dataset.artifact_path),
        ]}
      />
      <Schema schema={schema ?? {}} />
    </section>
  );
}

function profileFacts(profile: Record<string, unknown>) {
  return Object.entries(profile).map(([key, value]) => {
    if (key === "bytes" && typeof value === "number") return fact("size", formatBytes(value));
    if (key === "shape" && Array.isArray(value)) return fact(key, value.join(" × "));
    if (typeof value === "number") return fact(key, value.toLocaleString("en-US"));
    return fact(key, value);
  });
}

export interface SchemaColumn {
  name: string;
  type: string;
}

function Schema({ schema }: { schema: Record<string, unknown> }) {
  const columns = schemaColumns(schema);
  if (columns.length === 0) return null;
  return (
    <div class="nbtrack-schema">
      <h4>Schema</h4>
      <Bounded entries={columns} noun="column" textOf={({ name, type }) => `${name} ${type}`}>
        {({ entries, before, after }) => (
          <Facts
            facts={entries.map(({ name, type }) => fact(name, type))}
            before={before}
            after={after}
          />
        )}
      </Bounded>
    </div>
  );
}

/** Names and types of all parts that a recorded schema tells of, however nested. */
export function schemaColumns(schema: Record<string, unknown>, prefix = ""): SchemaColumn[] {
  const { columns, index, parts, dtype, type } = schema;
  const own = typeof dtype === "string" ? dtype : type;
  return [
    ...(typeof own === "string" ? [{ name: prefix || "values", type: own }] : []),
    ...listed(index, prefix, " (index)"),
    ...listed(columns, prefix, ""),
    ...Object.entries(isRecord(parts) ? parts : {}).flatMap(([name, part]) =>
      isRecord(part) ? schemaColumns(part, joined(prefix, name)) : [],
    ),
  ];
}

function listed(columns: unknown, prefix: string, suffix: string): SchemaColumn[] {
  if (!Array.isArray(columns)) return [];
  return columns.filter(isRecord).map(({ name, dtype }) => ({
    name: `${joined(prefix, String(name))}${suffix}`,
    type: String(dtype),
  }));
}

function joined(prefix: string, name: string): string {
  return prefix === "" ? name : `${prefix} / ${name}`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

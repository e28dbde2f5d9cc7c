/** The machine and the programs that executed the run. */

import { formatBytes } from "../../grid/format";
import type { DetailProps } from "./detailTabs";
import { type Fact, Facts, fact } from "./Facts";

/** What is known of a host, in the order shown; anything else follows. */
const NAMES = new Map<string, string>(
  Object.entries({
    cpu: "CPU",
    physical_cores: "physical cores",
    logical_cores: "logical cores",
    memory: "memory",
    os: "OS",
    machine: "machine",
    platform: "platform",
    hostname: "host",
    python: "Python",
    implementation: "implementation",
    jupyterlab: "JupyterLab",
    ipykernel: "ipykernel",
    ipython: "IPython",
    nbtrack: "nbtrack",
  }),
);

export function Host({ run }: DetailProps) {
  const { gpus, ...host } = run.host;
  const keys = [...new Set([...NAMES.keys(), ...Object.keys(host)])];
  const gpuList = Array.isArray(gpus) ? gpus : [];
  return (
    <Facts
      facts={[
        ...keys.map((key) => hostFact(key, host[key])),
        ...gpuList.map((gpu, index) =>
          fact(gpuList.length > 1 ? `GPU ${index}` : "GPU", gpuText(gpu)),
        ),
        fact("kernel", run.kernel_id),
        fact("process", run.pid),
      ]}
    />
  );
}

function hostFact(key: string, value: unknown): Fact | null {
  const name = NAMES.get(key) ?? key.replaceAll("_", " ");
  return fact(name, key === "memory" && typeof value === "number" ? formatBytes(value) : value);
}

function gpuText(gpu: unknown): string {
  if (typeof gpu !== "object" || gpu === null) return String(gpu);
  const { name, memory, driver } = gpu as Record<string, unknown>;
  const parts = [
    name,
    typeof memory === "number" ? formatBytes(memory) : null,
    typeof driver === "string" ? `driver ${driver}` : null,
  ];
  return parts.filter((part) => part).join(", ");
}

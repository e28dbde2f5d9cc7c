/** The machine and the programs that executed the run. */

import { formatBytes } from "../../grid/format";
import { type Fact, Facts, fact } from "./Facts";
import type { DetailProps } from "./RunDetailView";

const NAMES: Record<string, string> = {
  cpu: "CPU",
  physical_cores: "physical cores",
  logical_cores: "logical cores",
  os: "OS",
  hostname: "host",
  python: "Python",
  jupyterlab: "JupyterLab",
  ipython: "IPython",
};

export function Host({ run }: DetailProps) {
  const { gpus, ...host } = run.host;
  const gpuList = Array.isArray(gpus) ? gpus : [];
  return (
    <Facts
      facts={[
        ...Object.entries(host).map(([key, value]) => hostFact(key, value)),
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
  const name = NAMES[key] ?? key.replaceAll("_", " ");
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

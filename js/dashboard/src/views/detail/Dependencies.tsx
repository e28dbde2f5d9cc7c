/** The packages of the run's environment, those that the session had imported first. */

import { useMemo, useState } from "preact/hooks";
import type { PackageEntry } from "../../protocol";
import { FilterField } from "./Bounded";
import type { DetailProps } from "./detailTabs";

export function Dependencies({ run }: DetailProps) {
  const [filter, setFilter] = useState("");
  const shown = useMemo(() => choosePackages(run.packages, filter), [run.packages, filter]);
  if (run.packages.length === 0) return <p class="nbtrack-faint">No packages were recorded.</p>;
  const imported = shown.filter((entry) => entry.imported);
  const others = shown.filter((entry) => !entry.imported);
  return (
    <>
      <FilterField noun="package" count={run.packages.length} value={filter} onChange={setFilter} />
      {shown.length === 0 && <p class="nbtrack-faint">No package has this name.</p>}
      <Packages name="Imported" packages={imported} />
      <Packages name="Installed" packages={others} />
    </>
  );
}

function Packages({ name, packages }: { name: string; packages: PackageEntry[] }) {
  if (packages.length === 0) return null;
  return (
    <section>
      <h3>{name}</h3>
      <ul class="nbtrack-packages">
        {packages.map((entry) => (
          <li key={entry.name} title={`${entry.name} ${entry.version}`}>
            {entry.name} <span class="nbtrack-faint">{entry.version}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Packages whose name contains the text, imported ones first, by name. */
export function choosePackages(packages: readonly PackageEntry[], text: string): PackageEntry[] {
  const wanted = text.trim().toLowerCase();
  return packages
    .filter(({ name }) => name.toLowerCase().includes(wanted))
    .sort(
      (left, right) =>
        Number(right.imported) - Number(left.imported) || left.name.localeCompare(right.name),
    );
}

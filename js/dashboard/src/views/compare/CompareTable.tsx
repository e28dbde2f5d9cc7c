/** Runs as columns, what was recorded of them as rows. */

import { X } from "lucide-static";
import { useState } from "preact/hooks";
import {
  formatAgo,
  formatBytes,
  formatDuration,
  formatNumber,
  formatTime,
} from "../../grid/format";
import { StatusMark } from "../../grid/StatusMark";
import { Icon } from "../../icon";
import type {
  Cell,
  ComparedRow,
  ComparedRun,
  CompareResult,
  Number as WireNumber,
} from "../../protocol";
import { useSession } from "../context";
import { Swatch } from "./Overlays";

type Section = ComparedRow["section"];

const SECTIONS: Record<Section, string> = {
  attributes: "Attributes",
  params: "Params",
  metrics: "Metrics",
  tags: "Tags",
  packages: "Packages",
  host: "Host",
  git: "Git",
};

/** Rows of a section that are drawn before all of them are asked for. */
const FIRST_ROWS = 40;

interface CompareTableProps {
  result: CompareResult;
  isOnlyDiffering: boolean;
  onLeaveOut(runId: string): void;
}

export function CompareTable({ result, isOnlyDiffering, onLeaveOut }: CompareTableProps) {
  const { runs, rows } = result;
  const shown = isOnlyDiffering ? rows.filter(({ differs }) => differs) : rows;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
    <section class="nbtrack-compare-scroll" tabIndex={0} aria-label="Runs side by side">
      <table class="nbtrack-compare-table">
        <thead>
          <tr>
            <td />
            {runs.map((run, place) => (
              <RunHead key={run.run_id} run={run} place={place} onLeaveOut={onLeaveOut} />
            ))}
          </tr>
        </thead>
        {(Object.keys(SECTIONS) as Section[]).map((section) => (
          <SectionRows
            key={section}
            section={section}
            rows={shown.filter((row) => row.section === section)}
            width={runs.length + 1}
          />
        ))}
      </table>
      {shown.length === 0 && <p class="nbtrack-faint">These runs do not differ.</p>}
    </section>
  );
}

interface RunHeadProps {
  run: ComparedRun;
  place: number;
  onLeaveOut(runId: string): void;
}

function RunHead({ run, place, onLeaveOut }: RunHeadProps) {
  const session = useSession();
  const { run_id, run_name, status, attempt, start_time } = run;
  const attempts = attempt === null ? "" : `attempt ${attempt}, `;
  const started = start_time === null ? "not started" : formatAgo(start_time, Date.now());
  return (
    <th scope="col" title={start_time === null ? undefined : formatTime(start_time)}>
      <span class="nbtrack-compare-name">
        <Swatch place={place} />
        <button
          type="button"
          class="nbtrack-run-link nbtrack-label"
          title={`Open ${run_name}`}
          onClick={() => session.openRun(run_id)}
        >
          {run_name}
        </button>
        <button
          type="button"
          class="nbtrack-icon-button"
          aria-label={`Leave out ${run_name}`}
          title={`Leave out ${run_name}`}
          onClick={() => onLeaveOut(run_id)}
        >
          <Icon svg={X} />
        </button>
      </span>
      <StatusMark status={status} />
      <span class="nbtrack-faint">
        {attempts}
        {started}
      </span>
    </th>
  );
}

interface SectionRowsProps {
  section: Section;
  rows: readonly ComparedRow[];
  width: number;
}

function SectionRows({ section, rows, width }: SectionRowsProps) {
  const [isWhole, setWhole] = useState(false);
  if (rows.length === 0) return null;
  const drawn = isWhole ? rows : rows.slice(0, FIRST_ROWS);
  return (
    <tbody>
      <tr class="nbtrack-compare-section">
        <th scope="rowgroup">{SECTIONS[section]}</th>
        {width > 1 && <td colSpan={width - 1} />}
      </tr>
      {drawn.map((row) => (
        <tr key={row.key} class={row.differs ? "nbtrack-differs" : undefined}>
          <th scope="row">
            <span class="nbtrack-label" title={row.key}>
              {row.key}
            </span>
            {row.differs && <span class="nbtrack-unseen"> differs</span>}
          </th>
          {row.values.map((value, place) => (
            <ValueCell key={place} row={row} value={value} />
          ))}
        </tr>
      ))}
      {drawn.length < rows.length && (
        <tr>
          <th scope="row">
            <button type="button" class="nbtrack-link-button" onClick={() => setWhole(true)}>
              Show all {rows.length.toLocaleString("en-US")}
            </button>
          </th>
        </tr>
      )}
    </tbody>
  );
}

function ValueCell({ row, value }: { row: ComparedRow; value: Cell }) {
  const isNumber = typeof value === "number";
  return (
    <td class={isNumber ? "nbtrack-numeric" : undefined}>
      <span class="nbtrack-label" title={value === null ? "" : String(value)}>
        {writeValue(row, value)}
      </span>
    </td>
  );
}

function writeValue({ section, key }: ComparedRow, value: Cell): string {
  if (value === null) return "–";
  if (section === "metrics") return formatNumber(value as WireNumber);
  if (typeof value !== "number" || section !== "attributes") return String(value);
  if (key.endsWith("_time") || key === "created") return formatTime(value);
  if (key === "peak_memory") return formatBytes(value);
  return key === "duration" ? formatDuration(value) : String(value);
}

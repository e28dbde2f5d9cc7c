/** How one column makes groups: their width or period, and their order. */

import { isNumeric } from "../grid/columns";
import { useObserved } from "../hooks";
import type { ColumnInfo, GroupOptions } from "../protocol";
import { useRequest, useSession } from "./context";
import { type GroupOrder, orderOf, orderText, STATISTICS, type Statistic } from "./groupWords";
import { Popover } from "./Popover";

interface GroupDialogProps {
  column: string;
  anchor: HTMLElement;
  onClose(): void;
}

export function GroupDialog({ column, anchor, onClose }: GroupDialogProps) {
  const session = useSession();
  useObserved(session.view.current);
  const info = session.columnInfo(column);
  const options = session.groups.options(column);
  const change = (patch: { [Key in keyof GroupOptions]: GroupOptions[Key] | undefined }) =>
    session.groups.setOptions(column, { ...options, ...patch } as GroupOptions);
  return (
    <Popover
      label={`Group options ${info.label}`}
      anchor={anchor}
      class="nbtrack-filter"
      onClose={onClose}
    >
      <div class="nbtrack-form">
        {isNumeric(info) && <BucketField info={info} options={options} onChange={change} />}
        {info.type === "date" && <PeriodField options={options} onChange={change} />}
        <OrderFields options={options} onChange={change} />
        <label class="nbtrack-check">
          <input
            type="checkbox"
            checked={options.descending === true}
            onChange={(event) => change({ descending: event.currentTarget.checked || undefined })}
          />
          Descending
        </label>
        <div class="nbtrack-dialog-buttons">
          <button type="button" class="nbtrack-button nbtrack-primary" onClick={onClose}>
            Done
          </button>
        </div>
      </div>
    </Popover>
  );
}

interface OptionProps {
  options: GroupOptions;
  onChange(patch: { [Key in keyof GroupOptions]: GroupOptions[Key] | undefined }): void;
}

function BucketField({ info, options, onChange }: OptionProps & { info: ColumnInfo }) {
  const { bucket } = options;
  const usual = info.id.startsWith("params.") ? "each value" : "chosen by the range";
  return (
    <label class="nbtrack-form-line">
      Bucket width
      <input
        type="number"
        class="nbtrack-field"
        min="0"
        step="any"
        placeholder={usual}
        title={`Missing: ${usual}; 0: each value is a group`}
        data-first=""
        value={bucket ?? ""}
        onChange={(event) => {
          const width = event.currentTarget.valueAsNumber;
          onChange({ bucket: width >= 0 ? width : undefined });
        }}
      />
    </label>
  );
}

const PERIODS = ["day", "week", "month"] as const;

function PeriodField({ options, onChange }: OptionProps) {
  return (
    <label class="nbtrack-form-line">
      Period
      <select
        class="nbtrack-field"
        data-first=""
        value={options.period ?? "day"}
        onChange={(event) => {
          const period = PERIODS.find((each) => each === event.currentTarget.value);
          onChange({ period: period === "day" ? undefined : period });
        }}
      >
        {PERIODS.map((period) => (
          <option key={period} value={period}>
            {period}
          </option>
        ))}
      </select>
    </label>
  );
}

const ORDERS: Record<GroupOrder["by"], string> = {
  value: "value",
  count: "number of runs",
  min: "smallest",
  mean: "mean",
  max: "largest",
};

function OrderFields({ options, onChange }: OptionProps) {
  const order = orderOf(options);
  const metrics = useMetrics(order);
  const isStatistic = (by: string): by is Statistic => STATISTICS.some((each) => each === by);
  const set = (by: string, metric = metrics[0]?.id) => {
    if (!isStatistic(by)) onChange({ order: by === "count" ? by : undefined });
    else if (metric !== undefined) onChange({ order: orderText({ by, metric }) });
  };
  const chosen = order.metric === "" ? undefined : order.metric;
  return (
    <>
      <label class="nbtrack-form-line">
        Order by
        <select
          class="nbtrack-field"
          value={order.by}
          onChange={(event) => set(event.currentTarget.value, chosen)}
        >
          {Object.entries(ORDERS).map(([by, words]) => (
            <option key={by} value={by} disabled={isStatistic(by) && metrics.length === 0}>
              {words}
            </option>
          ))}
        </select>
      </label>
      {chosen !== undefined && (
        <label class="nbtrack-form-line">
          Metric
          <select
            class="nbtrack-field"
            value={chosen}
            onChange={(event) => set(order.by, event.currentTarget.value)}
          >
            {metrics.map(({ id, label }) => (
              <option key={id} value={id}>
                {label}
              </option>
            ))}
          </select>
        </label>
      )}
    </>
  );
}

/** The first metrics that there are, and the one that is chosen. */
function useMetrics(order: GroupOrder): ColumnInfo[] {
  const session = useSession();
  const { result } = useRequest("list_columns", { view: {}, kinds: ["metrics"] });
  const shown = session
    .shownColumns()
    .filter((id) => id.startsWith("metrics."))
    .map((id) => session.columnInfo(id));
  const chosen = order.metric === "" ? [] : [session.columnInfo(order.metric)];
  const all = [...shown, ...chosen, ...(result?.columns ?? [])];
  return [...new Map(all.map((info) => [info.id, info])).values()];
}

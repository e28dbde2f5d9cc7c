/** One run over the whole dashboard: its details, its files, and what can be done with it. */

import { ArrowLeft, FileDown, RotateCcw, Tag, Trash2 } from "lucide-static";
import { useLayoutEffect, useRef } from "preact/hooks";
import { formatDuration, formatTime } from "../grid/format";
import { StatusMark } from "../grid/StatusMark";
import { useObserved } from "../hooks";
import { Icon } from "../icon";
import type { RunDetail } from "../protocol";
import { CopyButton } from "./CopyButton";
import { addressOf } from "./compare/links";
import { useDomId, useRequest, useSession } from "./context";
import { DETAIL_TABS, panelOf } from "./detail/detailTabs";
import { ErrorNote } from "./ErrorNote";
import { Notice } from "./Notice";
import { RemovalDialog } from "./RemovalDialog";
import { PageOverview } from "./RunPageOverview";
import { DEFAULT_HEIGHT } from "./RunsPanel";
import { Tabs } from "./Tabs";

const PAGE_TABS = DETAIL_TABS.filter(({ id }) => id !== "charts");

export function RunPage({ runId }: { runId: string }) {
  const session = useSession();
  const { height = DEFAULT_HEIGHT } = useObserved(session.view.current);
  const filled = useObserved(session.filledHeight);
  const { result: run, error, retry } = useRequest("run", { run_id: runId });
  const back = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => back.current?.focus({ preventScroll: true }), []);
  const close = () => {
    session.openRun(null);
    if (session.details.isOpen(runId)) session.details.goTo(runId);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    event.stopPropagation();
    close();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys come here from what is inside
    <div class="nbtrack-run-page" style={{ minHeight: filled ?? height }} onKeyDown={onKeyDown}>
      <header class="nbtrack-run-head">
        <button
          type="button"
          class="nbtrack-icon-button"
          ref={back}
          aria-label="Back to the runs"
          title="Back to the runs"
          onClick={close}
        >
          <Icon svg={ArrowLeft} />
        </button>
        {run !== null && <Heading run={run} />}
        <span class="nbtrack-spring" />
        {run !== null && <Actions run={run} />}
      </header>
      {error !== null && <ErrorNote error={error} onRetry={retry} />}
      {run !== null && <Content key={runId} run={run} />}
      <div class="nbtrack-foot">
        <span class="nbtrack-spring" />
        <Notice />
      </div>
      <RemovalDialog />
    </div>
  );
}

function Heading({ run }: { run: RunDetail }) {
  const { start_time: start, end_time: end } = run;
  const facts = [
    run.experiment,
    run.attempt === null ? null : `attempt ${run.attempt}`,
    start === null ? null : formatTime(start),
    start === null || end === null ? null : formatDuration((end - start) / 1000),
    run.stage === "deleted" ? "marked as deleted" : null,
  ];
  const words = facts.filter((fact) => fact !== null).join(" · ");
  return (
    <>
      <h2 class="nbtrack-label" title={run.run_name}>
        {run.run_name}
      </h2>
      <StatusMark status={run.status} />
      <span class="nbtrack-faint nbtrack-label" title={words}>
        {words}
      </span>
    </>
  );
}

function Actions({ run }: { run: RunDetail }) {
  const { removal, dialogs, pageAddress } = useSession();
  const page = useObserved(pageAddress);
  const { run_id: runId, run_name: runName } = run;
  const runs = { args: { run_ids: [runId] }, count: 1 };
  return (
    <div class="nbtrack-run-actions">
      {run.stage === "deleted" ? (
        <Tool
          label="Restore"
          svg={RotateCcw}
          onClick={() => void removal.restore({ runId, runName })}
        />
      ) : (
        <Tool label="Delete" svg={Trash2} onClick={() => removal.ask({ runId, runName })} />
      )}
      <Tool
        label="Tag…"
        svg={Tag}
        onClick={(anchor) => dialogs.open({ kind: "tag", anchor, runs })}
      />
      <Tool
        label="Create dataset…"
        svg={FileDown}
        onClick={(anchor) => dialogs.open({ kind: "dataset", anchor, runs })}
      />
      <CopyButton
        label="Copy %track load"
        words="%track load"
        text={`%track load ${runId.slice(0, 12)}`}
      />
      {page !== null && <CopyButton label="Copy address" text={addressOf(page, { run: runId })} />}
    </div>
  );
}

interface ToolProps {
  label: string;
  svg: string;
  onClick(anchor: HTMLElement): void;
}

function Tool({ label, svg, onClick }: ToolProps) {
  return (
    <button type="button" class="nbtrack-tool" onClick={(event) => onClick(event.currentTarget)}>
      <Icon svg={svg} />
      {label}
    </button>
  );
}

function Content({ run }: { run: RunDetail }) {
  const { details } = useSession();
  const chosen = useObserved(details.pageTab);
  const tab = PAGE_TABS.some(({ id }) => id === chosen) ? chosen : "overview";
  const id = useDomId();
  const Panel = tab === "overview" ? PageOverview : panelOf(tab);
  return (
    <div class="nbtrack-detail">
      <Tabs
        label="Run details"
        idPrefix={id}
        tabs={PAGE_TABS}
        selected={tab}
        onSelect={(next) => details.pageTab.set(next)}
      />
      <div
        class="nbtrack-detail-panel"
        role="tabpanel"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be in reach of arrows
        tabIndex={0}
        id={`${id}-panel`}
        aria-labelledby={`${id}-tab-${tab}`}
      >
        <div class="nbtrack-detail-content">
          <Panel run={run} />
        </div>
      </div>
    </div>
  );
}

/** An open row: all that is known of one run, in tabs. */

import { Maximize2 } from "lucide-static";
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { useObserved } from "../../hooks";
import { Icon } from "../../icon";
import { MIN_DETAIL_HEIGHT } from "../../state/details";
import { useDomId, useRequest, useSession } from "../context";
import { ErrorNote } from "../ErrorNote";
import { ResizeHandle } from "../ResizeHandle";
import { Tabs } from "../Tabs";
import { DETAIL_TABS, panelOf } from "./detailTabs";

const MAX_DETAIL_HEIGHT = 1_200;

export function RunDetailView({ runId }: { runId: string }) {
  const session = useSession();
  const { details } = session;
  const detail = useObserved(details.open).get(runId);
  const { result: run, error, retry } = useRequest("run", { run_id: runId });
  const id = useDomId();
  if (detail === undefined) return null;
  const Panel = panelOf(detail.tab);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    details.goTo(runId);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys come here from what is inside
    <div class="nbtrack-detail" onKeyDown={onKeyDown}>
      <div class="nbtrack-detail-head">
        <Tabs
          label="Run details"
          idPrefix={id}
          tabs={DETAIL_TABS}
          selected={detail.tab}
          onSelect={(tab) => details.select(runId, tab)}
        />
        <button
          type="button"
          class="nbtrack-icon-button"
          aria-label={`Open page of ${run?.run_name ?? "the run"}`}
          title="Open the run's page"
          onClick={() => session.openRun(runId)}
        >
          <Icon svg={Maximize2} />
        </button>
      </div>
      <div
        class="nbtrack-detail-panel"
        role="tabpanel"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be in reach of arrows
        tabIndex={0}
        id={`${id}-panel`}
        aria-labelledby={`${id}-tab-${detail.tab}`}
      >
        {error !== null && <ErrorNote error={error} onRetry={retry} />}
        {run !== null && (
          <Content key={detail.tab} onHeight={(needed) => details.fit(runId, needed)}>
            <Panel run={run} />
          </Content>
        )}
      </div>
      <ResizeHandle
        label="Height of the details"
        height={detail.height}
        minimum={MIN_DETAIL_HEIGHT}
        maximum={MAX_DETAIL_HEIGHT}
        onResize={(height) => details.resize(runId, height)}
      />
    </div>
  );
}

interface ContentProps {
  /** Told how high the details have to be to show all of it, once it is there. */
  onHeight(needed: number): void;
  children: ComponentChildren;
}

function Content({ onHeight, children }: ContentProps) {
  const content = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = content.current;
    if (element === null) return;
    const report = () => {
      const needed = neededHeight(element);
      if (needed > 0) onHeight(needed);
    };
    const observer = new ResizeObserver(report);
    observer.observe(element);
    report();
    return () => observer.disconnect();
  }, []);
  return (
    <div class="nbtrack-detail-content" ref={content}>
      {children}
    </div>
  );
}

/** Of the whole detail with this content; 0 while there is none. */
function neededHeight(content: HTMLElement): number {
  const [shown] = content.children;
  const panel = content.parentElement;
  const detail = content.closest<HTMLElement>(".nbtrack-detail");
  if (shown === undefined || panel === null || detail === null) return 0;
  if (shown.hasAttribute("data-fills")) return Number.POSITIVE_INFINITY;
  return content.offsetHeight + detail.offsetHeight - panel.clientHeight;
}

/** An open row: all that is known of one run, in tabs. */

import type { ComponentChildren, FunctionComponent } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { useObserved } from "../../hooks";
import type { RunDetail } from "../../protocol";
import { MIN_DETAIL_HEIGHT } from "../../state/details";
import { useDomId, useRequest, useSession } from "../context";
import { ErrorNote } from "../ErrorNote";
import { ResizeHandle } from "../ResizeHandle";
import { Tabs } from "../Tabs";
import { Artifacts } from "./Artifacts";
import { Charts } from "./Charts";
import { Code } from "./Code";
import { Datasets } from "./Datasets";
import { Dependencies } from "./Dependencies";
import { Git } from "./Git";
import { Host } from "./Host";
import { Output } from "./Output";
import { Overview } from "./Overview";
import { Timeline } from "./Timeline";

export interface DetailProps {
  run: RunDetail;
}

const TABS: readonly { id: string; label: string; Panel: FunctionComponent<DetailProps> }[] = [
  { id: "overview", label: "Overview", Panel: Overview },
  { id: "code", label: "Code", Panel: Code },
  { id: "charts", label: "Charts", Panel: Charts },
  { id: "artifacts", label: "Artifacts", Panel: Artifacts },
  { id: "datasets", label: "Datasets", Panel: Datasets },
  { id: "dependencies", label: "Dependencies", Panel: Dependencies },
  { id: "host", label: "Host", Panel: Host },
  { id: "git", label: "Git", Panel: Git },
  { id: "output", label: "Output", Panel: Output },
  { id: "timeline", label: "Timeline", Panel: Timeline },
];

const MAX_DETAIL_HEIGHT = 1_200;

export function RunDetailView({ runId }: { runId: string }) {
  const { details } = useSession();
  const detail = useObserved(details.open).get(runId);
  const { result: run, error, retry } = useRequest("run", { run_id: runId });
  const id = useDomId();
  if (detail === undefined) return null;
  const { Panel } = TABS.find((tab) => tab.id === detail.tab) ?? { Panel: Overview };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    details.goTo(runId);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys come here from what is inside
    <div class="nbtrack-detail" onKeyDown={onKeyDown}>
      <Tabs
        label="Run details"
        idPrefix={id}
        tabs={TABS}
        selected={detail.tab}
        onSelect={(tab) => details.select(runId, tab)}
      />
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

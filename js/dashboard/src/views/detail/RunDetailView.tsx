/** An open row: all that is known of one run, in tabs. */

import type { FunctionComponent } from "preact";
import { useObserved } from "../../hooks";
import type { RunDetail } from "../../protocol";
import { MIN_DETAIL_HEIGHT } from "../../state/details";
import { useDomId, useRequest, useSession } from "../context";
import { ErrorNote } from "../ErrorNote";
import { ResizeHandle } from "../ResizeHandle";
import { Tabs } from "../Tabs";
import { Artifacts } from "./Artifacts";
import { Code } from "./Code";
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
  { id: "artifacts", label: "Artifacts", Panel: Artifacts },
  { id: "output", label: "Output", Panel: Output },
  { id: "git", label: "Git", Panel: Git },
  { id: "host", label: "Host", Panel: Host },
  { id: "dependencies", label: "Dependencies", Panel: Dependencies },
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
  return (
    <div class="nbtrack-detail">
      <Tabs
        label="Run details"
        idPrefix={id}
        tabs={TABS}
        selected={detail.tab}
        onSelect={(tab) => details.set(runId, { tab })}
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
        {run !== null && <Panel run={run} />}
      </div>
      <ResizeHandle
        label="Height of the details"
        height={detail.height}
        minimum={MIN_DETAIL_HEIGHT}
        maximum={MAX_DETAIL_HEIGHT}
        onResize={(height) => details.set(runId, { height })}
      />
    </div>
  );
}

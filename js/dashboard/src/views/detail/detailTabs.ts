/** The tabs in which a run's details are told, in its open row and on its page. */

import type { FunctionComponent } from "preact";
import type { RunDetail } from "../../protocol";
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

export const DETAIL_TABS: readonly {
  id: string;
  label: string;
  Panel: FunctionComponent<DetailProps>;
}[] = [
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

export function panelOf(id: string): FunctionComponent<DetailProps> {
  return DETAIL_TABS.find((tab) => tab.id === id)?.Panel ?? Overview;
}

/** The whole dashboard. */

import type { FunctionComponent } from "preact";
import { type RefObject, useEffect, useId, useRef, useState } from "preact/compat";
import type { Session } from "../state/session";
import { SessionContext } from "./context";
import { Dialogs } from "./Dialogs";
import { ForceLine } from "./ForceLine";
import { GroupDrop } from "./GroupDrop";
import { RunsPanel } from "./RunsPanel";
import { Summary } from "./Summary";
import { Tabs } from "./Tabs";
import { Toolbar } from "./Toolbar";

type TabId = "runs";

interface DashboardTab {
  id: TabId;
  label: string;
  Tools: FunctionComponent;
  Panel: FunctionComponent;
}

const RUNS: DashboardTab = { id: "runs", label: "Runs", Tools: Toolbar, Panel: RunsPanel };
const TABS: readonly DashboardTab[] = [RUNS];

export function Dashboard({ session }: { session: Session }) {
  const [selected, setSelected] = useState<TabId>("runs");
  const root = useRef<HTMLElement>(null);
  const id = `nbtrack-${session.client.prefix}${useId()}`;
  useOwnKeys(root);
  const { Tools, Panel } = TABS.find((tab) => tab.id === selected) ?? RUNS;
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "/" || isTyping(event.target)) return;
    event.preventDefault();
    root.current?.querySelector<HTMLElement>('input[type="search"]')?.focus();
  };
  return (
    <SessionContext.Provider value={session}>
      <section class="nbtrack" ref={root} aria-label="nbtrack dashboard" onKeyDown={onKeyDown}>
        <Summary />
        <div class="nbtrack-bar">
          <Tabs
            label="Dashboard"
            idPrefix={id}
            tabs={TABS}
            selected={selected}
            onSelect={(tab) => setSelected(tab)}
          />
          <Tools />
          <GroupDrop root={root} />
        </div>
        {selected === "runs" && <ForceLine />}
        <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-tab-${selected}`}>
          <Panel />
        </div>
        <Dialogs />
      </section>
    </SessionContext.Provider>
  );
}

/**
 * Keeps JupyterLab from answering plain keys meant for the dashboard (x would cut the cell). Its
 * shortcuts look for this attribute from the target upwards, so it has to be on the target itself.
 * Those with Ctrl or Cmd, such as save, go on working.
 */
function useOwnKeys(root: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const target = event.target;
      if (!(target instanceof HTMLElement) || !root.current?.contains(target)) return;
      const isSaving = event.key === "Enter" && isTyping(target);
      const isPlain = !event.ctrlKey && !event.metaKey;
      target.toggleAttribute("data-lm-suppress-shortcuts", isPlain || isSaving);
    };
    window.addEventListener("keydown", onKeyDown, true);
    return () => window.removeEventListener("keydown", onKeyDown, true);
  }, [root]);
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;
}

/** The whole dashboard. */

import type { FunctionComponent } from "preact";
import { type RefObject, useEffect, useId, useLayoutEffect, useRef, useState } from "preact/compat";
import { useObserved } from "../hooks";
import type { Session, TabId } from "../state/session";
import { ComparePanel } from "./compare/Compare";
import { SessionContext, useSession } from "./context";
import { Dialogs } from "./Dialogs";
import { ForceLine } from "./ForceLine";
import { GroupDrop } from "./GroupDrop";
import { RunPage } from "./RunPage";
import { RunsPanel } from "./RunsPanel";
import { Sidebar } from "./Sidebar";
import { Summary } from "./Summary";
import { Tabs } from "./Tabs";
import { Toolbar } from "./Toolbar";

interface DashboardTab {
  id: TabId;
  label: string;
  Tools: FunctionComponent;
  Panel: FunctionComponent;
}

const RUNS: DashboardTab = { id: "runs", label: "Runs", Tools: Toolbar, Panel: RunsPanel };
const COMPARE: DashboardTab = {
  id: "compare",
  label: "Compare",
  Tools: () => null,
  Panel: ComparePanel,
};
const TABS: readonly DashboardTab[] = [RUNS, COMPARE];

export function Dashboard({ session }: { session: Session }) {
  const root = useRef<HTMLElement>(null);
  const view = useObserved(session.view.current);
  const id = `nbtrack-${session.client.prefix}${useId()}`;
  useOwnKeys(root);
  const isWide = useIsWide(root);
  const isSidebarOpen = view.sidebar ?? isWide;
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "/" || isTyping(event.target)) return;
    event.preventDefault();
    root.current?.querySelector<HTMLElement>('[aria-label="Search runs"]')?.focus();
  };
  return (
    <SessionContext.Provider value={session}>
      <section class="nbtrack" ref={root} aria-label="nbtrack dashboard" onKeyDown={onKeyDown}>
        <Summary
          isSidebarOpen={isSidebarOpen}
          onToggleSidebar={() => session.view.update({ sidebar: !isSidebarOpen })}
        />
        <div class="nbtrack-body">
          {isSidebarOpen && view.run === undefined && <Sidebar />}
          {view.run === undefined ? (
            <Main id={id} root={root} />
          ) : (
            <RunPage key={view.run} runId={view.run} />
          )}
        </div>
        <Dialogs />
      </section>
    </SessionContext.Provider>
  );
}

function Main({ id, root }: { id: string; root: RefObject<HTMLElement | null> }) {
  const session = useSession();
  const selected = useObserved(session.tab);
  const { Tools, Panel } = TABS.find((tab) => tab.id === selected) ?? RUNS;
  return (
    <div class="nbtrack-main">
      <div class="nbtrack-bar">
        <Tabs
          label="Dashboard"
          idPrefix={id}
          tabs={TABS}
          selected={selected}
          onSelect={(tab) => session.tab.set(tab)}
        />
        <Tools />
        {selected === "runs" && <GroupDrop root={root} />}
      </div>
      {selected === "runs" && <ForceLine />}
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-tab-${selected}`}>
        <Panel />
      </div>
    </div>
  );
}

/** From this width on, CSS pixels, there is room for the list of experiments without asking. */
const WIDE = 1_300;

function useIsWide(root: RefObject<HTMLElement | null>): boolean {
  const [isWide, setWide] = useState(false);
  useLayoutEffect(() => setWide((root.current?.clientWidth ?? 0) >= WIDE), [root]);
  return isWide;
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

/** A list of tabs by the ARIA pattern: one tab stop, arrows choose. */

interface TabsProps<Id extends string> {
  label: string;
  /** Prefix of the DOM ids that tie tabs to their panels. */
  idPrefix: string;
  tabs: readonly { id: Id; label: string }[];
  selected: Id;
  onSelect(id: Id): void;
}

export function Tabs<Id extends string>(props: TabsProps<Id>) {
  const { label, idPrefix, tabs, selected, onSelect } = props;
  const onKeyDown = (event: KeyboardEvent) => {
    const target = targetOf(
      event.key,
      tabs.findIndex(({ id }) => id === selected),
      tabs.length,
    );
    const tab = target === null ? undefined : tabs[target];
    if (tab === undefined || target === null) return;
    event.preventDefault();
    event.stopPropagation();
    onSelect(tab.id);
    (event.currentTarget as HTMLElement)
      .querySelectorAll<HTMLElement>('[role="tab"]')
      [target]?.focus();
  };
  return (
    <div class="nbtrack-tabs" role="tablist" aria-label={label} onKeyDown={onKeyDown}>
      {tabs.map((tab) => (
        <button
          type="button"
          role="tab"
          key={tab.id}
          id={`${idPrefix}-tab-${tab.id}`}
          class="nbtrack-tab"
          aria-selected={tab.id === selected}
          aria-controls={tab.id === selected ? `${idPrefix}-panel` : undefined}
          tabIndex={tab.id === selected ? 0 : -1}
          onClick={() => onSelect(tab.id)}
        >
          {tab.label}
        </button>
      ))}
    </div>
  );
}

function targetOf(key: string, current: number, count: number): number | null {
  if (key === "ArrowRight") return (current + 1) % count;
  if (key === "ArrowLeft") return (current + count - 1) % count;
  if (key === "Home") return 0;
  return key === "End" ? count - 1 : null;
}

/** A dialog that chooses columns out of all that there are, and their order. */

import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { RequestError } from "../errors";
import type { ColumnInfo } from "../protocol";
import { AttributesState, type Kind } from "../state/attributes";
import { AttributeList } from "./AttributeList";
import { useSession } from "./context";
import { OrderList } from "./OrderList";
import { Popover } from "./Popover";
import { Switch } from "./Switch";

interface ChooserProps {
  label: string;
  anchor: HTMLElement;
  chosen: readonly string[];
  chosenLabel: string;
  /** How many can be chosen at once. */
  limit: number;
  canCheckKinds: boolean;
  /** What stands beside Done. */
  children?: ComponentChildren;
  onChange(columns: string[]): void;
  onClose(): void;
}

export function Chooser(props: ChooserProps) {
  const { label, anchor, chosen, chosenLabel, onChange, onClose } = props;
  const session = useSession();
  const [problem, setProblem] = useState<string | null>(null);
  const attributes = useAttributes();
  const choose = (columns: readonly string[]) => {
    const next = [...new Set(columns)];
    setProblem(next.length > props.limit ? tooMany(props.limit) : null);
    onChange(next.slice(0, props.limit));
  };
  const toggleKind = async (kind: Kind, on: boolean) => {
    const others = chosen.filter((id) => !id.startsWith(`${kind}.`));
    if (!on) return choose(others);
    try {
      const found = await attributes.state.allOf(kind, props.limit + 1);
      choose([...chosen, ...found.map(({ id }) => id)]);
    } catch (reason) {
      const error = RequestError.from(reason);
      if (!error.isQuiet) setProblem(error.message);
    }
  };
  const toggle = ({ id }: ColumnInfo, on: boolean) =>
    choose(on ? [...chosen, id] : chosen.filter((other) => other !== id));
  return (
    <Popover label={label} anchor={anchor} class="nbtrack-chooser" onClose={onClose}>
      <div class="nbtrack-chooser-parts">
        <div class="nbtrack-chooser-all">
          <SearchFields {...attributes} label={label} />
          <AttributeList
            attributes={attributes.state}
            chosen={new Set(chosen)}
            onToggle={toggle}
            onToggleKind={props.canCheckKinds ? (kind, on) => void toggleKind(kind, on) : undefined}
          />
        </div>
        <div class="nbtrack-chooser-chosen">
          <div class="nbtrack-kind-head">
            {chosenLabel} <span class="nbtrack-faint">{chosen.length}</span>
          </div>
          <OrderList
            label={chosenLabel}
            columns={chosen}
            labelOf={(id) => session.columnInfo(id).label}
            onOrder={onChange}
            onRemove={(id) => choose(chosen.filter((other) => other !== id))}
          />
        </div>
      </div>
      <div class="nbtrack-chooser-foot">
        <span class="nbtrack-form-problem" role="alert">
          {problem}
        </span>
        {props.children}
        <button type="button" class="nbtrack-button nbtrack-primary" onClick={onClose}>
          Done
        </button>
      </div>
    </Popover>
  );
}

function tooMany(limit: number): string {
  return `At most ${limit.toLocaleString("en-US")} can be chosen at once.`;
}

function useAttributes() {
  const session = useSession();
  const [search, setSearch] = useState("");
  const [differing, setDiffering] = useState(false);
  const state = useMemo(() => {
    const view = session.view.current.get();
    return new AttributesState(session.client, view, (columns) => session.meet(columns));
  }, [session]);
  useEffect(() => void state.setQuery({ search, differing }), [state, search, differing]);
  return { state, search, setSearch, differing, setDiffering };
}

type SearchFieldsProps = Omit<ReturnType<typeof useAttributes>, "state"> & { label: string };

function SearchFields({ label, search, setSearch, differing, setDiffering }: SearchFieldsProps) {
  return (
    <>
      <input
        class="nbtrack-field"
        type="search"
        aria-label={`Search for ${label === "Columns" ? "columns" : "attributes"}`}
        placeholder="Search"
        autocomplete="off"
        spellcheck={false}
        data-first=""
        value={search}
        onInput={(event) => setSearch(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape" || search === "") return;
          event.preventDefault();
          event.stopPropagation();
          setSearch("");
        }}
      />
      <Switch
        label="Only those that differ"
        title="Leave out what is the same in all runs"
        on={differing}
        onChange={setDiffering}
      />
    </>
  );
}

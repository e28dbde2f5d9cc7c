/** The filters in force, each to be changed or removed. */

import { X } from "lucide-static";
import { useObserved } from "../hooks";
import { Icon } from "../icon";
import { useSession } from "./context";
import { describeFilter } from "./filterWords";

export function FilterChips() {
  const session = useSession();
  const { filters } = useObserved(session.view.current);
  useObserved(session.columns);
  return filters?.map((filter, place) => {
    const info = session.columnInfo(filter.column);
    const words = describeFilter(filter, info);
    return (
      <span class="nbtrack-token" key={`${filter.column} ${place}`}>
        <button
          type="button"
          class="nbtrack-token-text nbtrack-label"
          title={`${words}: change`}
          onClick={(event) =>
            session.dialogs.open({
              kind: "filter",
              column: filter.column,
              place,
              anchor: event.currentTarget,
            })
          }
        >
          {words}
        </button>
        <button
          type="button"
          class="nbtrack-token-remove"
          aria-label={`Remove filter ${info.label}`}
          title={`Remove filter ${info.label}`}
          onClick={() => session.filters.remove(place)}
        >
          <Icon svg={X} />
        </button>
      </span>
    );
  });
}

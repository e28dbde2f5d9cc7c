"""What ``%track list`` returns: a table that a terminal shows a line for each run."""

from __future__ import annotations

from pandas import DataFrame

from nbtrack.listing import records, run_table

NEEDED = frozenset({"run_id", "run_name", "status", "start_time"})


class ListedRuns(DataFrame):
    """Runs as a DataFrame; what is made from it is a plain one."""

    def __repr__(self) -> str:
        if not set(self.columns) >= NEEDED:
            return super().__repr__()
        return run_table(
            {name: value for name, value in record.items() if value is not None or name in NEEDED}
            for record in records(self)
        )

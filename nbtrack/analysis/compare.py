"""Runs side by side: what they were given, what came out, where they ran; differences first."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from nbtrack.analysis.code_diff import code_diff
from nbtrack.errors import InvalidValueError
from nbtrack.model import RunInfo
from nbtrack.rich import diff_block, differences_table
from nbtrack.store.engine import Database
from nbtrack.store.reader import read_run
from nbtrack.store.values import encode_param, param_number

if TYPE_CHECKING:
    from pandas import DataFrame

MIN_RUNS, MAX_RUNS = 2, 50
"""Runs that can be compared at once."""

MAX_SHOWN_ROWS = 300
"""Rows that are shown in a notebook; `Comparison.rows` has all."""

MAX_SHOWN_TEXT = 200

Section = Literal["attributes", "params", "metrics", "tags", "packages", "host", "git"]
SECTIONS: tuple[Section, ...] = (
    "attributes", "params", "metrics", "tags", "packages", "host", "git",
)  # fmt: skip

_ATTRIBUTES = (
    "status", "reason", "experiment", "attempt", "duration", "user_id", "notebook", "cell_id",
    "execution_count", "parent_run_id", "description", "peak_memory",
)  # fmt: skip
_READERS: dict[Section, Callable[[RunInfo], Mapping[str, Any]]] = {
    "attributes": lambda run: {name: getattr(run, name) for name in _ATTRIBUTES},
    "params": lambda run: run.params,
    "metrics": lambda run: {key: metric.last for key, metric in run.metrics.items()},
    "tags": lambda run: run.tags,
    "packages": lambda run: run.packages,
    "host": lambda run: run.host,
    "git": lambda run: run.git,
}


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """What runs have under one key."""

    section: Section
    key: str
    cells: tuple[Any, ...]
    """In the order of the runs; None where a run has nothing."""
    differs: bool


@dataclass(frozen=True, slots=True, repr=False)
class Comparison:
    """Runs side by side; a table in a notebook, the differences as text elsewhere."""

    runs: tuple[RunInfo, ...]
    rows: tuple[ComparedRow, ...] = field(repr=False)
    """By section; within each those that differ first, then by key."""
    diff: str = field(repr=False)
    """From the code of the first run to that of the second, as a unified diff."""

    @property
    def differences(self) -> tuple[ComparedRow, ...]:
        """The rows that differ."""
        return tuple(row for row in self.rows if row.differs)

    def to_frame(self) -> DataFrame:
        """Return all rows as a table: section, key, differs, and a column for each run's id."""
        import pandas as pd

        named = {
            run.run_id: pd.Series([row.cells[place] for row in self.rows], dtype=object)
            for place, run in enumerate(self.runs)
        }
        head = pd.DataFrame(
            {
                "section": [row.section for row in self.rows],
                "key": [row.key for row in self.rows],
                "differs": [row.differs for row in self.rows],
            }
        )
        return pd.concat([head, pd.DataFrame(named, index=head.index)], axis=1)

    def __repr__(self) -> str:
        names = " | ".join(f"{run.run_name} {run.run_id[:8]}" for run in self.runs)
        lines = [
            f"{row.section}.{row.key}: {' | '.join(map(shown_value, row.cells))}"
            for row in self.differences[:MAX_SHOWN_ROWS]
        ]
        more = len(self.differences) - len(lines)
        lines += [f"and {more:,} more differences"] if more > 0 else []
        return "\n".join([names, *lines, *([self.diff] if self.diff else [])])

    def _repr_html_(self) -> str:
        same = [row for row in self.rows if not row.differs]
        parts = [
            self._table(self.differences) if self.differences else "<p>No differences.</p>",
            _folded(f"The same in all: {len(same):,}", self._table(same)) if same else "",
            _folded("Changes of the code", diff_block(self.diff), is_open=True)
            if self.diff
            else "",
        ]
        return f'<div style="overflow-x:auto">{"".join(parts)}</div>'

    def _table(self, rows: Sequence[ComparedRow]) -> str:
        sections: dict[str, dict[str, tuple[Any, ...]]] = {}
        for row in rows[:MAX_SHOWN_ROWS]:
            sections.setdefault(row.section, {})[row.key] = row.cells
        runs = [(run.run_name, run.run_id, run.status.value) for run in self.runs]
        more = len(rows) - MAX_SHOWN_ROWS
        rest = f"<p>and {more:,} more</p>" if more > 0 else ""
        return differences_table(runs, sections) + rest


def compare_runs(database: Database, run_ids: Iterable[str]) -> Comparison:
    """Put runs side by side.

    Parameters
    ----------
    run_ids : iterable of str
        2 to 50 whole run ids; the code of the first two is compared, too.

    Raises
    ------
    InvalidValueError
        They are too few or too many.
    NotFoundError
        There is no such run.
    """
    given = list(run_ids)
    wanted = list(dict.fromkeys(given))
    if len(wanted) == 1 < len(given):
        raise InvalidValueError(
            f"The run {wanted[0][:8]} cannot be compared with itself.",
            hint="Give another one, too.",
        )
    if not MIN_RUNS <= len(wanted) <= MAX_RUNS:
        counted = "1 run" if len(wanted) == 1 else f"{len(wanted):,} runs"
        raise InvalidValueError(
            f"{counted} cannot be compared.", hint=f"Give {MIN_RUNS} to {MAX_RUNS} different runs."
        )
    runs = tuple(read_run(database, run_id) for run_id in wanted)
    rows = [row for section in SECTIONS for row in _rows(section, runs)]
    old, new = runs[:2]
    diff = code_diff(
        old.code, new.code, *(f"{run.run_name} {run.run_id[:8]}" for run in (old, new))
    )
    return Comparison(runs, tuple(rows), diff)


def shown_value(value: Any) -> str:
    """Return a value as people read it in one line."""
    match value:
        case None:
            return "-"
        case bool():
            return str(value).lower()
        case float():
            return f"{value:.6g}"
        case str():
            text = value
        case list() | tuple() | dict():
            text = json.dumps(value, ensure_ascii=False, default=str)
        case _:
            text = str(value)
    line = " ".join(text.split())
    return line if len(line) <= MAX_SHOWN_TEXT else f"{line[: MAX_SHOWN_TEXT - 1]}…"


def _rows(section: Section, runs: Sequence[RunInfo]) -> list[ComparedRow]:
    found = [_READERS[section](run) for run in runs]
    keys = dict.fromkeys(key for entries in found for key in entries)
    ordered = list(keys) if section == "attributes" else sorted(keys)
    rows = [
        ComparedRow(section, key, values, len(set(map(_identity, values))) > 1)
        for key in ordered
        for values in [tuple(entries.get(key) for entries in found)]
        if any(value is not None for value in values)
    ]
    return sorted(rows, key=lambda row: not row.differs)


def _identity(value: Any) -> object:
    """Return what is equal for values that people take for the same: 1 and 1.0, NaN and NaN."""
    if value is None:
        return None
    kind, text = encode_param(value)
    number = param_number(kind, text) if kind in {"int", "float"} else None
    return text if number is None else number


def _folded(summary: str, content: str, *, is_open: bool = False) -> str:
    opened = " open" if is_open else ""
    return f"<details{opened}><summary>{html.escape(summary)}</summary>{content}</details>"

"""The columns of the run table: which exist, which are shown at first, how SQL finds each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from nbtrack.query.quoting import quoted_key, unquoted_key

ColumnType = Literal["text", "number", "date", "duration", "status"]
KeyKind = Literal["param", "metric", "tag"]

KINDS: dict[str, KeyKind] = {"params": "param", "metrics": "metric", "tags": "tag"}

MAX_DEFAULT_METRICS = 3
MAX_DEFAULT_PARAMS = 4


@dataclass(frozen=True, slots=True)
class Column:
    """A column by its identifier in the search language, such as ``metrics.acc``."""

    entity: str
    """attributes, params, metrics or tags."""
    key: str

    @property
    def id(self) -> str:
        """The identifier; keys with odd characters stand in backticks."""
        return f"{self.entity}.{quoted_key(self.key)}"


ATTRIBUTES: dict[str, tuple[str, ColumnType]] = {
    "status": ("Status", "status"),
    "run_name": ("Name", "text"),
    "attempt": ("Attempt", "number"),
    "start_time": ("Started", "date"),
    "duration": ("Duration", "duration"),
    "user_id": ("User", "text"),
    "notebook": ("Notebook", "text"),
    "experiment": ("Experiment", "text"),
    "run_id": ("Run id", "text"),
    "end_time": ("Ended", "date"),
    "reason": ("Reason", "text"),
    "cell_id": ("Cell", "text"),
    "kernel_id": ("Kernel", "text"),
    "host": ("Host", "text"),
    "git_commit": ("Commit", "text"),
    "git_branch": ("Branch", "text"),
    "artifact_uri": ("Artifacts", "text"),
    "description": ("Description", "text"),
}
"""Attribute -> its heading and type, in the order of the column chooser."""

DEFAULT_ATTRIBUTES = (
    "status", "run_name", "attempt", "start_time", "duration", "user_id", "notebook",
)  # fmt: skip


def parse_column(identifier: str) -> Column | None:
    """Return the column of an identifier, or None where it names none.

    Examples
    --------
    >>> parse_column("metrics.`val loss`")
    Column(entity='metrics', key='val loss')
    """
    entity, dot, key = identifier.partition(".")
    if not dot or not key:
        return None
    key = unquoted_key(key)
    if entity == "attributes":
        return Column(entity, key) if key in ATTRIBUTES else None
    return Column(entity, key) if entity in KINDS else None


def default_columns(
    main: str | None, metrics: Iterable[str], differing_params: Iterable[str]
) -> list[str]:
    """Return the curated default: what tells runs apart, at a glance.

    Parameters
    ----------
    main : str or None
        The main metric, which comes first.
    metrics : iterable of str
        Metric keys, the most used first.
    differing_params : iterable of str
        Keys of the params that differ between runs, the most used first.
    """
    ordered = list(dict.fromkeys([*([main] if main else []), *metrics]))
    return [
        *(Column("attributes", name).id for name in DEFAULT_ATTRIBUTES),
        *(Column("metrics", key).id for key in ordered[:MAX_DEFAULT_METRICS]),
        *(Column("params", key).id for key in list(differing_params)[:MAX_DEFAULT_PARAMS]),
    ]

"""What the command line prints: runs and stores as text and as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from nbtrack import __version__
from nbtrack.dashboard.protocol import PROTOCOL_VERSION, SummaryResult
from nbtrack.dashboard.service import DashboardService
from nbtrack.errors import StoreError
from nbtrack.model import RunInfo

if TYPE_CHECKING:
    from pandas import DataFrame

    from nbtrack.analysis.compare import Comparison
    from nbtrack.api import Store

Record = dict[str, Any]
_KILO = 1000
KEYED = ("params", "metrics", "tags")


def as_json(value: object) -> str:
    """Return a value as JSON; NaN and infinities as text, times in ISO format."""
    return json.dumps(_plain(value), ensure_ascii=False, indent=2, allow_nan=False)


def run_records(frame: DataFrame) -> list[Record]:
    """Return runs as objects keyed by the identifiers of the search language.

    Parameters
    ----------
    frame : pandas.DataFrame
        From ``runs(format="json")``.
    """
    found = records(frame)
    for record in found:
        for entity in KEYED:
            entries = json.loads(record.pop(entity))
            record.update((f"{entity}.{key}", value) for key, value in entries.items())
    return found


def records(frame: DataFrame) -> list[Record]:
    """Return the rows of a table as objects of Python's own values; None is a missing one."""
    rows = frame.astype(object).where(frame.notna(), None).to_dict(orient="records")
    return [{str(name): _standard(value) for name, value in row.items()} for row in rows]


def run_table(records: Iterable[Record]) -> str:
    """Return runs as a table of text, a line each."""
    lines = [("RUN", "NAME", "STATUS", "STARTED", "METRICS")]
    for record in records:
        started = record["start_time"]
        metrics = [
            f"{name.removeprefix('metrics.')}={_number(value)}"
            for name, value in record.items()
            if name.startswith("metrics.")
        ]
        lines.append(
            (
                record["run_id"][:8],
                record["run_name"],
                record["status"],
                local_time(started) if started is not None else "",
                " ".join(metrics),
            )
        )
    return table(lines) if len(lines) > 1 else "No runs."


def comparison_records(comparison: Comparison) -> list[Record]:
    """Return the rows of a comparison as objects; what runs have stands under their ids."""
    return [
        {
            "section": row.section,
            "key": row.key,
            "differs": row.differs,
            **{run.run_id: cell for run, cell in zip(comparison.runs, row.cells, strict=True)},
        }
        for row in comparison.rows
    ]


def experiment_table(records: Iterable[Record]) -> str:
    """Return experiments as a table of text, a line each."""
    lines = [("NAME", "RUNS", "LAST RUN")]
    for record in records:
        last = record["last_activity"]
        shown = local_time(last) if last is not None else ""
        lines.append((record["name"], f"{record['run_count']:,}", shown))
    return table(lines) if len(lines) > 1 else "No experiments."


def shown_size(size: int) -> str:
    """Return a number of bytes as people read it.

    Examples
    --------
    >>> shown_size(0), shown_size(1_500), shown_size(2_500_000_000)
    ('0 bytes', '1.5 kB', '2.5 GB')
    """
    if size < _KILO:
        return f"{size} bytes"
    shown = float(size)
    for unit in ("kB", "MB", "GB"):
        shown /= _KILO
        if shown < _KILO:
            return f"{shown:.3g} {unit}"
    return f"{shown / _KILO:,.1f} TB"


def table(lines: Sequence[Sequence[str]]) -> str:
    """Return lines of cells as columns of text."""
    widths = [max(len(line[place]) for line in lines) for place in range(len(lines[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def run_page(run: RunInfo) -> str:
    """Return a run as text: what it is, its params, metrics, tags and artifacts, how it ended."""
    head = {
        "run": run.run_id,
        "name": run.run_name,
        "experiment": run.experiment,
        "status": f"{run.status} ({run.reason})" if run.reason else run.status,
        "started": local_time(run.start_time) if run.start_time else None,
        "seconds": run.duration,
        "notebook": run.notebook,
        "attempt": run.attempt,
        "user": run.user_id,
        "description": run.description,
    }
    sections: dict[str, Mapping[str, Any]] = {
        "params": run.params,
        "metrics": {key: _number(metric.last) for key, metric in run.metrics.items()},
        "tags": run.tags,
        "artifacts": {entry.path: f"{entry.size} bytes" for entry in run.artifacts},
    }
    parts = [pairs({name: value for name, value in head.items() if value is not None})]
    parts += [f"{name}\n{pairs(entries, '  ')}" for name, entries in sections.items() if entries]
    if run.traceback:
        parts.append(run.traceback.rstrip())
    return "\n\n".join(parts)


def store_facts(store: Store) -> Record:
    """Return what a store is, and how many runs it holds."""
    request = {"v": PROTOCOL_VERSION, "id": 1, "op": "summary", "args": {"view": {}}}
    reply = DashboardService(store.database).handle(request)
    if not reply["ok"]:
        raise StoreError(reply["error"]["message"], hint=reply["error"].get("hint"))
    summary: SummaryResult = reply["result"]
    return {
        "store": store.shown_name,
        "store_id": store.database.store_id,
        "artifacts": store.config.artifacts,
        "runs": summary["total"],
        **{str(status): count for status, count in summary["statuses"].items()},
        "deleted": summary["deleted"],
        "version": __version__,
    }


def pairs(entries: Mapping[str, Any], indent: str = "") -> str:
    """Return names and values in two columns."""
    width = max(len(name) for name in entries)
    return "\n".join(f"{indent}{name:<{width}}  {value}" for name, value in entries.items())


def _standard(value: Any) -> Any:
    return value.to_pydatetime() if hasattr(value, "to_pydatetime") else value


def local_time(moment: datetime) -> str:
    """Return a moment in local time."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _number(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(name): _plain(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return value

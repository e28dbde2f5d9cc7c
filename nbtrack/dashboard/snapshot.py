"""The dashboard as static HTML: what a saved notebook shows where no code of ours runs."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from nbtrack.dashboard.operations import columns, overview, rows
from nbtrack.dashboard.operations.context import Context, where_of
from nbtrack.dashboard.operations.rows import MAX_TEXT
from nbtrack.dashboard.protocol import Cell, ColumnInfo, GroupRow, RunRow, View
from nbtrack.dashboard.sparkline import sparklines
from nbtrack.query.columns import parse_column
from nbtrack.rich import STATUS_COLOURS, shown_duration, status_mark

MAX_ROWS = 50
MAX_WHERE = 1_000
"""Characters of a search that are shown."""

_CELL = (
    "padding:2px 10px 2px 0;white-space:nowrap;max-width:24em;overflow:hidden;"
    "text-overflow:ellipsis;"
)
_LONG_NUMBER = 1e15


def snapshot_html(context: Context, view: View) -> str:
    """Return the runs of a view as an HTML table of at most 50 rows, every text escaped.

    Groups are open, each with a heading above its runs. The first metric shown has its course.
    """
    found = columns.columns(context, {"view": view})
    known = {column["id"]: column for column in found["columns"]}
    shown = [known[name] for name in view.get("columns", found["default"]) if name in known]
    window = rows.rows(
        context,
        {
            "view": view,
            "columns": [column["id"] for column in shown],
            "offset": 0,
            "limit": MAX_ROWS,
            "expanded": {"all": True, "paths": []},
        },
    )
    labels = {column["id"]: column["label"] for column in found["columns"]}
    courses = _courses(context, window["rows"], shown)
    head = "".join(
        f'<th style="{_CELL}text-align:{_align(column)}">{html.escape(column["label"])}</th>'
        for column in shown
    )
    body = "".join(
        _group_row(row, labels, len(shown))
        if row["kind"] == "group"
        else _run_row(row, shown, courses)
        for row in window["rows"]
    )
    more = window["runs"] - sum(row["kind"] == "run" for row in window["rows"])
    rest = f"<p>and {more:,} more</p>" if more > 0 else ""
    return (
        '<div style="overflow-x:auto;font-size:var(--jp-ui-font-size1,13px)">'
        f"{_heading(context, view, window['runs'])}"
        f'<table style="border-collapse:collapse"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table>{rest}</div>"
    )


def _heading(context: Context, view: View, runs: int) -> str:
    names = overview.summary(context, {"view": view})["experiments"]
    heading = html.escape(", ".join(names) or "nbtrack")
    moment = datetime.now(tz=UTC).astimezone().strftime("%Y-%m-%d %H:%M")
    where = where_of(view)
    condition = f"<p><code>{html.escape(_cut(where, MAX_WHERE))}</code></p>" if where else ""
    return f"<p><b>{heading}</b> · {_count(runs)} · as of {moment}</p>{condition}"


def _group_row(group: GroupRow, labels: Mapping[str, str], width: int) -> str:
    label = html.escape(labels.get(group["column"], group["column"]))
    value = html.escape(_cut(group["label"]))
    indent = f"padding:6px 0 2px {(group['level'] - 1) * 16}px"
    return (
        f'<tr><th colspan="{max(1, width)}" scope="rowgroup" style="{indent};text-align:left">'
        f"{label}: {value} · {_count(group['count'])}</th></tr>"
    )


def _run_row(
    run: RunRow, shown: Sequence[ColumnInfo], courses: Mapping[tuple[str, str], str]
) -> str:
    cells = "".join(
        _cell(column, value, courses.get((run["run_id"], column["id"]), ""))
        for column, value in zip(shown, run["cells"], strict=True)
    )
    return f"<tr>{cells}</tr>"


def _courses(
    context: Context, window: Sequence[RunRow | GroupRow], shown: Sequence[ColumnInfo]
) -> dict[tuple[str, str], str]:
    """Return the lines of the first metric shown, by run and column."""
    metric = next((column["id"] for column in shown if column["id"].startswith("metrics.")), None)
    column = None if metric is None else parse_column(metric)
    if metric is None or column is None:
        return {}
    run_ids = [row["run_id"] for row in window if row["kind"] == "run"]
    lines = sparklines(context.database, run_ids, column.key)
    return {(run_id, metric): line for run_id, line in lines.items()}


def _cut(text: str, longest: int = MAX_TEXT) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def snapshot_text(context: Context, view: View) -> str:
    """Return the dashboard as one line of text."""
    counts = overview.summary(context, {"view": view})
    statuses = ", ".join(f"{number} {status}" for status, number in counts["statuses"].items())
    names = ", ".join(counts["experiments"]) or "no experiment"
    return f"nbtrack dashboard: {names}, {_count(counts['total'])} ({statuses or 'none yet'})"


def _count(runs: int) -> str:
    return "1 run" if runs == 1 else f"{runs:,} runs"


def _align(column: ColumnInfo) -> str:
    return "right" if column["type"] in {"number", "duration"} else "left"


def _cell(column: ColumnInfo, value: Cell, course: str) -> str:
    text = html.escape(_shown(column, value))
    style = f"{_CELL}text-align:{_align(column)};"
    if column["type"] == "status" and value in STATUS_COLOURS:
        return f'<td style="{style}">{status_mark(str(value))}</td>'
    return f'<td style="{style}">{text}{course}</td>'


def _shown(column: ColumnInfo, value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float | int):
        return _shown_number(column, value)
    if column["id"] == "attributes.notebook":
        return value.replace("\\", "/").rpartition("/")[2]
    return value


def _shown_number(column: ColumnInfo, value: float) -> str:
    if column["type"] == "date":
        return _shown_date(value)
    if column["type"] == "duration":
        return shown_duration(value)
    if isinstance(value, int) or (value.is_integer() and abs(value) < _LONG_NUMBER):
        return f"{value:,.0f}"
    return f"{value:.4g}"


def _shown_date(milliseconds: float) -> str:
    try:
        moment = datetime.fromtimestamp(milliseconds / 1000, tz=UTC).astimezone()
    except (OverflowError, ValueError, OSError):  # no year of the calendar
        return ""
    return moment.strftime("%Y-%m-%d %H:%M")

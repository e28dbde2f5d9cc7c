"""How runs show themselves in a notebook: small pieces of HTML, every text of a run escaped."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Mapping
from typing import Any

MAX_ENTRIES = 30
"""Params, metrics or tags that a run shows of itself."""

MAX_TEXT = 120

STATUS_COLOURS: Mapping[str, str] = {
    "queued": "#6e7781",
    "running": "#0969da",
    "completed": "#1a7f37",
    "failed": "#cf222e",
    "interrupted": "#9a6700",
    "dead": "#82071e",
}

_MILLISECONDS, _MINUTE, _HOUR = 1000, 60, 3600
_FONT = "font-family:var(--jp-ui-font-family,sans-serif);font-size:var(--jp-ui-font-size1,13px)"
_FAINT = "color:var(--jp-ui-font-color2,#616161)"
_LINE = "border-bottom:1px solid var(--jp-border-color2,#e0e0e0)"


def shown_duration(seconds: float) -> str:
    """Return a duration as people read it.

    Examples
    --------
    >>> shown_duration(0.25), shown_duration(64), shown_duration(7384)
    ('250ms', '1m 04s', '2h 03m')
    """
    if not math.isfinite(seconds):
        return ""
    if seconds < 0:
        return f"-{shown_duration(-seconds)}"
    if (milliseconds := round(seconds * 1000)) < _MILLISECONDS:
        return f"{milliseconds}ms"
    if (tenths := round(seconds, 1)) < _MINUTE:
        return f"{tenths:.1f}s"
    whole = round(seconds)
    if whole < _HOUR:
        return f"{whole // _MINUTE}m {whole % _MINUTE:02d}s"
    return f"{whole // _HOUR}h {whole % _HOUR // _MINUTE:02d}m"


def shown_value(value: object) -> str:
    r"""Return a value in one line of bounded length; numbers to four significant digits.

    Examples
    --------
    >>> shown_value(0.123456), shown_value(True), shown_value("two\nlines")
    ('0.1235', 'true', 'two lines')
    """
    if isinstance(value, bool):
        return str(value).lower()
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    line = " ".join(text.split())
    return line if len(line) <= MAX_TEXT else f"{line[: MAX_TEXT - 1]}…"


def status_mark(status: str) -> str:
    """Return a status as a coloured dot and its word."""
    colour = STATUS_COLOURS.get(status, "currentColor")
    return f'<span style="color:{colour}">●</span> {html.escape(status)}'


def run_card(
    name: str,
    run_id: str,
    status: str,
    facts: Iterable[str | None],
    sections: Mapping[str, Mapping[str, object]],
    note: str | None = None,
) -> str:
    """Return a run as a heading with its sections beside each other.

    Parameters
    ----------
    facts : iterable of str or None
        Stand in the heading; None is left out.
    sections : mapping of str to mapping
        Heading -> names and values; empty ones are left out.
    note : str, optional
        Stands below.
    """
    told = " · ".join(html.escape(shown_value(fact)) for fact in facts if fact)
    tables = "".join(_section(title, entries) for title, entries in sections.items() if entries)
    below = f'<div style="{_FAINT};margin-top:4px">{html.escape(note)}</div>' if note else ""
    return (
        f'<div style="{_FONT};color:var(--jp-ui-font-color1,#212121);padding:4px 0">'
        f"<div>{status_mark(status)} · <b>{html.escape(shown_value(name))}</b> "
        f'<span style="{_FAINT}"><code>{html.escape(run_id[:8])}</code>'
        f"{' · ' if told else ''}{told}</span></div>"
        f'<div style="display:flex;flex-wrap:wrap;gap:0 32px">{tables}</div>{below}</div>'
    )


def _section(title: str, entries: Mapping[str, object]) -> str:
    shown = list(entries.items())[:MAX_ENTRIES]
    rows = "".join(
        f'<tr style="background:none;{_LINE}">'
        f'<td style="text-align:left;padding:1px 16px 1px 0;{_FAINT}">'
        f"{html.escape(shown_value(key))}</td>"
        f'<td style="text-align:{_align(value)};padding:1px 0">'
        f"{html.escape(shown_value(value))}</td></tr>"
        for key, value in shown
    )
    more = len(entries) - len(shown)
    rest = f'<div style="{_FAINT}">and {more:,} more</div>' if more else ""
    return (
        f'<div style="margin-top:6px"><div style="font-weight:600">{html.escape(title)}</div>'
        f'<table style="border-collapse:collapse;margin:0;font-size:inherit"><tbody>{rows}'
        f"</tbody></table>{rest}</div>"
    )


def _align(value: Any) -> str:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return "right;font-variant-numeric:tabular-nums" if is_number else "left"


def differences_table(
    runs: Iterable[tuple[str, str, str]], sections: Mapping[str, Mapping[str, Iterable[object]]]
) -> str:
    """Return values of several runs as a table with a column for each run.

    Parameters
    ----------
    runs : iterable of (str, str, str)
        Name, id and status.
    sections : mapping of str to mapping
        Heading -> names and the values of the runs; None where a run has nothing.
    """
    cell = f"padding:2px 16px 2px 0;text-align:left;vertical-align:top;{_LINE}"
    head = "".join(
        f'<th style="{cell};font-weight:600">{html.escape(shown_value(name))} '
        f'<code style="{_FAINT};font-weight:400">{html.escape(run_id[:8])}</code>'
        f'<div style="font-weight:400">{status_mark(status)}</div></th>'
        for name, run_id, status in runs
    )
    body = "".join(
        f'<tr style="background:none"><th style="{cell};font-weight:600;padding-top:8px">'
        f"{html.escape(title)}</th></tr>"
        + "".join(_compared_row(key, values, cell) for key, values in rows.items())
        for title, rows in sections.items()
    )
    return (
        f'<table style="border-collapse:collapse;margin:0;{_FONT}">'
        f'<thead><tr><th style="{cell}"></th>{head}</tr></thead><tbody>{body}</tbody></table>'
    )


def _compared_row(key: str, values: Iterable[object], cell: str) -> str:
    cells = "".join(
        f'<td style="{cell}">{html.escape("-" if value is None else shown_value(value))}</td>'
        for value in values
    )
    name = html.escape(shown_value(key))
    return f'<tr style="background:none"><td style="{cell};{_FAINT}">{name}</td>{cells}</tr>'


def diff_block(diff: str) -> str:
    """Return a unified diff with its added and removed lines in colour."""
    colours = {"+": STATUS_COLOURS["completed"], "-": STATUS_COLOURS["failed"], "@": "#6e7781"}
    lines = "".join(
        f'<span style="color:{colours[line[0]]}">{html.escape(line)}</span>\n'
        if line[:1] in colours
        else f"{html.escape(line)}\n"
        for line in diff.split("\n")
    )
    return f'<pre style="overflow-x:auto">{lines}</pre>'

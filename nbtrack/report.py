"""The one line under a tracked cell: status, duration, main metric, and the run's id."""

from __future__ import annotations

import html
from typing import Any, NamedTuple

from nbtrack.analysis.attempts import Comparison, compare_with_attempts
from nbtrack.dashboard.sparkline import MAX_DRAWN, sparkline, sparkline_text
from nbtrack.errors import NbtrackError
from nbtrack.model import Point
from nbtrack.query.points import sampled_points
from nbtrack.recording.cells import FinishedCell
from nbtrack.rich import STATUS_COLOURS, shown_duration

OPENING_SECONDS = 2.0
"""How long the line waits for a store that is not open yet."""


class _Part(NamedTuple):
    """A part of the line, with the course of the metric that it tells."""

    text: str
    course: list[Point] = []  # noqa: RUF012  # a named tuple's default, which nobody changes


def report_bundle(finished: FinishedCell) -> dict[str, Any]:
    """Return the line as a MIME bundle of text and HTML."""
    parts = [_Part(f"{finished.status.value} in {shown_duration(finished.seconds)}")]
    if finished.reason:
        parts.append(_Part(finished.reason[:120]))
    parts += _comparison_parts(finished)
    parts.append(_Part(f"{finished.run.name} {finished.run.run_id[:8]}"))
    colour = STATUS_COLOURS[finished.status.value]
    shown = " · ".join(html.escape(part.text) + sparkline(part.course) for part in parts)
    return {
        "text/plain": f"nbtrack: {' · '.join(map(_plain, parts))}",
        "text/html": (
            '<div style="padding-left:var(--jp-code-padding,5px);'
            "font-family:var(--jp-ui-font-family,sans-serif);"
            'font-size:var(--jp-ui-font-size1,13px);color:var(--jp-ui-font-color2,#616161)">'
            f'<span style="color:{colour}">●</span> {shown}</div>'
        ),
    }


def _plain(part: _Part) -> str:
    return " ".join(text for text in (part.text, sparkline_text(part.course)) if text)


def _comparison_parts(finished: FinishedCell) -> list[_Part]:
    delivery, run_id = finished.run.recorder.delivery, finished.run.run_id
    if not (delivery.is_open or delivery.wait(run_id, OPENING_SECONDS)):
        return []
    try:
        database = delivery.database()
        comparison = compare_with_attempts(database, run_id)
        course: list[Point] = []
        if comparison.key is not None:
            with database.reading() as connection:
                course = sampled_points(connection, run_id, comparison.key, MAX_DRAWN)
    except NbtrackError:  # the store is away; the run itself is safe in its outbox
        return []
    parts = [] if comparison.attempt is None else [_Part(f"attempt {comparison.attempt}")]
    if comparison.key is not None and comparison.value is not None:
        parts.append(_Part(_metric_text(comparison), course))
    return parts


def _metric_text(comparison: Comparison) -> str:
    assert comparison.value is not None
    text = f"{comparison.key} {comparison.value:.4g}"
    notes = []
    if comparison.previous is not None:
        notes.append(f"{comparison.value - comparison.previous:+.3g} vs previous")
    if comparison.best is not None:
        notes.append("best so far" if comparison.is_best else f"best {comparison.best:.4g}")
    return f"{text} ({', '.join(notes)})" if notes else text

"""The one line under a tracked cell: status, duration, main metric, and the run's id."""

from __future__ import annotations

import html
from typing import Any

from nbtrack.analysis.attempts import Comparison, compare_with_attempts
from nbtrack.dashboard.snapshot import STATUS_COLOURS, shown_duration
from nbtrack.errors import NbtrackError
from nbtrack.recording.cells import FinishedCell

OPENING_SECONDS = 2.0
"""How long the line waits for a store that is not open yet."""


def report_bundle(finished: FinishedCell) -> dict[str, Any]:
    """Return the line as a MIME bundle of text and HTML."""
    parts = [f"{finished.status.value} in {shown_duration(finished.seconds)}"]
    if finished.reason:
        parts.append(finished.reason[:120])
    parts += _comparison_parts(finished)
    parts.append(f"{finished.run.name} {finished.run.run_id[:8]}")
    text = " · ".join(parts)
    colour = STATUS_COLOURS[finished.status]
    return {
        "text/plain": f"nbtrack: {text}",
        "text/html": (
            '<div style="padding-left:var(--jp-code-padding,5px);'
            "font-family:var(--jp-ui-font-family,sans-serif);"
            'font-size:var(--jp-ui-font-size1,13px);color:var(--jp-ui-font-color2,#616161)">'
            f'<span style="color:{colour}">●</span> {html.escape(text)}</div>'
        ),
    }


def _comparison_parts(finished: FinishedCell) -> list[str]:
    delivery = finished.run.recorder.delivery
    if not (delivery.is_open or delivery.wait(finished.run.run_id, OPENING_SECONDS)):
        return []
    try:
        comparison = compare_with_attempts(delivery.database(), finished.run.run_id)
    except NbtrackError:  # the store is away; the run itself is safe in its outbox
        return []
    parts = [] if comparison.attempt is None else [f"attempt {comparison.attempt}"]
    if comparison.key is not None and comparison.value is not None:
        parts.append(_metric_text(comparison))
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

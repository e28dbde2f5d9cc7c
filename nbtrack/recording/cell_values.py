"""What a finished cell shows: the params and metrics that its options name, or its literals."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from nbtrack.errors import NbtrackError
from nbtrack.recording.literals import final_expression_name, literal_assignments
from nbtrack.recording.references import Reference, metric_values
from nbtrack.recording.run import Run
from nbtrack.recording.track_line import TrackOptions


def log_cell_values(
    run: Run, options: TrackOptions, code: str, namespace: dict[str, Any], result: object
) -> list[str]:
    """Log what the options name, or what the cell shows; return what could not be."""
    problems: list[str] = []
    for reference in options.params:
        _attempt(problems, partial(_log_param, run, reference, namespace))
    for reference in options.metrics:
        _attempt(problems, partial(_log_metric, run, reference, namespace))
    if options.capture and not options.params and not options.metrics:
        _capture_literals(run, code)
        _capture_result(run, code, result)
    return problems


def _attempt(problems: list[str], action: Callable[[], None]) -> None:
    try:
        action()
    except NbtrackError as error:
        problems.append(str(error))


def _log_param(run: Run, reference: Reference, namespace: dict[str, Any]) -> None:
    run.log_param(reference.key, reference.resolve(namespace))


def _log_metric(run: Run, reference: Reference, namespace: dict[str, Any]) -> None:
    value = reference.resolve(namespace)
    run.log_metrics(metric_values(reference.key, value))


def _capture_literals(run: Run, code: str) -> None:
    """Log literals as params, except where the cell logged a param of that name itself."""
    logged = run.params
    found = literal_assignments(code)
    run.log_params({key: value for key, value in found.items() if key not in logged})


def _capture_result(run: Run, code: str, value: object) -> None:
    """Log a final expression that is a number or a dict of numbers."""
    if value is None or isinstance(value, bool | str):
        return
    name = final_expression_name(code)
    if name is None:
        return
    try:
        found = metric_values(None if isinstance(value, dict) else name, value)
    except NbtrackError:
        return
    known = run.metric_keys | run.params.keys()
    run.log_metrics({key: number for key, number in found.items() if key not in known})

"""The constants of a search as the type of what they are compared with."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from nbtrack.query.nodes import Constant, Span

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INT64_LIMIT = 2**63
INT64_DIGITS = 18
"""Any integer of so many digits fits 64 bits."""


class SearchError(Exception):
    """What is wrong and where; the parser, which has the text, makes it a `QueryError`."""

    def __init__(self, message: str, span: Span, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.span = span
        self.hint = hint


def as_date(constant: Constant) -> Constant:
    """Return an ISO date as milliseconds since the epoch."""
    text = str(constant.value)
    milliseconds = _iso_milliseconds(text) if re.match(r"\d{4}-\d\d-\d\d", text) else None
    if milliseconds is None:
        raise SearchError(
            f"{text[:60]!r} is not a date.",
            constant.span,
            "Write '2026-11-01', '2026-11-01T13:30' (UTC) or '2026-11-01T13:30+01:00', "
            "or milliseconds since the epoch without quotes.",
        )
    whole = milliseconds.is_integer()
    return Constant(int(milliseconds) if whole else milliseconds, constant.span)


def _iso_milliseconds(text: str) -> float | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) / timedelta(milliseconds=1)


def as_number(constant: Constant) -> Constant:
    """Return a quoted number, which MLflow takes for a version, as a number."""
    try:
        return Constant(number_of(str(constant.value).strip()), constant.span)
    except ValueError:
        message = f"{str(constant.value)[:60]!r} is no number."
        raise SearchError(message, constant.span, "Remove the quotes.") from None


def number_of(text: str) -> float:
    """Return a number as an integer where it is written as one and fits 64 bits.

    Raises
    ------
    ValueError
        It is none.
    """
    digits = text.lstrip("-")
    if digits.isdecimal() and len(digits) <= INT64_DIGITS + 1:
        whole = int(text)
        if -_INT64_LIMIT <= whole < _INT64_LIMIT:
            return whole
    return float(text)


def as_experiment_id(constant: Constant) -> Constant:
    """Return an experiment's id, which MLflow writes as text, as a number."""
    text = str(constant.value)
    if not (text.isascii() and text.isdecimal() and len(text) <= INT64_DIGITS):
        raise SearchError(
            f"{text[:60]!r} is not an experiment id.", constant.span, "Ids are like '1'."
        )
    return Constant(int(text), constant.span)

"""What to say about a search that does not parse: what does not fit, and what would."""

from __future__ import annotations

import re

from nbtrack.errors import QueryError, did_you_mean
from nbtrack.query.nodes import Span

_TERMS = {
    "PATH": "a name such as metrics.acc",
    "COMPARATOR": "an operator such as =, <, LIKE, CONTAINS, IN, IS NULL or BETWEEN",
    "STRING": "a quoted text or a number",
    "LPAR": "'('",
    "COMMA": "','",
    "RPAR": "')'",
    "_NULL": "NULL",
    "_AND": "AND",
    "_OR": "OR",
    "_ASC": "ASC",
    "_DESC": "DESC",
    "$END": "the end",
}
_WORDS = {
    "LIKE": "LIKE",
    "ILIKE": "ILIKE",
    "CONTAINS": "CONTAINS",
    "STARTS_WITH": "STARTS WITH",
    "ENDS_WITH": "ENDS WITH",
    "_IN": "IN",
    "_IS": "IS",
    "_BETWEEN": "BETWEEN",
    "_NULL": "NULL",
    "_NOT": "NOT",
    "_AND": "AND",
    "_OR": "OR",
    "_ASC": "ASC",
    "_DESC": "DESC",
}
"""Terminals that are words, for a did-you-mean."""

_IN_BACKTICKS = "a key with unusual characters in backticks: metrics.`val loss`."
_DATE = re.compile(r"\d{4}-\d\d(?:-\d\d)?(?:T[\d:.]+)?")


def ends_too_early(text: str, expected: set[str]) -> QueryError:
    """Return the error of a search after which something must come."""
    end = len(text.rstrip())
    hint = _expectation(expected)
    return QueryError("The search ends too early.", text=text, span=(end, end), hint=hint)


def unclosed_quote(text: str, position: int) -> QueryError | None:
    """Return the error of a quote that begins at a position and never ends, or None."""
    quote = position + 1 if text.startswith((".`", '."', ".'"), position) else position
    if text[quote] not in "`'\"":
        return None
    message = f"The quote {text[quote]} is not closed."
    return QueryError(message, text=text, span=(quote, len(text)), hint="Close it.")


def unexpected(text: str, span: Span, expected: set[str]) -> QueryError:
    """Return the error of a part that does not fit where it stands.

    Parameters
    ----------
    text : str
        The search.
    span : tuple of (int, int)
        Where the part stands; one character where it is no token.
    expected : set of str
        Terminals of the grammar that would fit.
    """
    word = text[span[0] : span[1]]
    message, hint = f"{word} does not fit here.", _expectation(expected)
    wants_constant, wants_operator = "STRING" in expected, "COMPARATOR" in expected
    date = _date_around(text, span)
    if date:
        span = date.span()
        message, hint = f"The date {date[0]} is not quoted.", f"Put it in quotes: '{date[0]}'."
    elif word.startswith("."):
        message, hint = "A key is missing or needs quotes.", f"Put {_IN_BACKTICKS}"
    elif wants_constant and word[0].isalpha():
        message, hint = f"{word} is not quoted.", f"Put a text in quotes: '{word}'."
    elif wants_constant and word[0].isdecimal():
        digits = re.compile(r"[\w.]+").match(text, span[0])
        span = digits.span() if digits else span
        message = f"{text[span[0] : span[1]]} is no number."
    elif {"_IN", "CONTAINS"} <= expected and not wants_operator:
        message = f"NOT {word} does not exist."
        hint = _nearest(word, expected) or (
            "Write NOT before the whole condition: NOT params.model LIKE 'r%'."
        )
    elif _nearest(word, expected):
        hint = f"{_nearest(word, expected)} {hint}"
    elif wants_operator and word[0] not in "<>=!~,;()":
        hint = f"{hint} Put {_IN_BACKTICKS}"
    return QueryError(message, text=text, span=span, hint=hint)


def _nearest(word: str, expected: set[str]) -> str | None:
    """Return the did-you-mean for a misspelt word of the language."""
    return did_you_mean(word.upper(), [name for term, name in _WORDS.items() if term in expected])


def _date_around(text: str, span: Span) -> re.Match[str] | None:
    """Return the unquoted date that a part belongs to, as ``-11`` does in ``2026-11-01``."""
    for match in _DATE.finditer(text, max(0, span[0] - len("2026-11-01"))):
        if match.start() < span[0] < match.end():
            return match
    return None


def _expectation(expected: set[str]) -> str:
    phrases = [phrase for term, phrase in _TERMS.items() if term in expected]
    return f"Expected {' or '.join(phrases)}." if phrases else "Remove it."

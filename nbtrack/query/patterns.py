"""LIKE and ILIKE with one meaning on SQLite and PostgreSQL.

``%`` stands for any characters, ``_`` for one, and a backslash for itself. LIKE minds case, ILIKE
does not, also beyond ASCII. Neither database's own LIKE does all that: SQLite's ignores ASCII case
only, PostgreSQL's takes the backslash as an escape, and its lower() depends on the locale.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum

from sqlalchemy import ColumnElement, Text, collate, func, literal


class Wildcard(Enum):
    """What is not a plain character in a pattern."""

    ANY = "%"
    ONE = "_"


Pattern = tuple[str | Wildcard, ...]
"""Plain characters and wildcards, one by one."""


def from_like(text: str) -> Pattern:
    """Return the pattern that a LIKE or ILIKE constant stands for."""
    wildcards: dict[str, Wildcard] = {wildcard.value: wildcard for wildcard in Wildcard}
    return tuple(wildcards.get(character, character) for character in text)


def containing(text: str) -> Pattern:
    """Return the pattern of all texts in which `text` occurs."""
    return (Wildcard.ANY, *text, Wildcard.ANY)


def starting_with(text: str) -> Pattern:
    """Return the pattern of all texts that begin with `text`."""
    return (*text, Wildcard.ANY)


def ending_with(text: str) -> Pattern:
    """Return the pattern of all texts that end with `text`."""
    return (Wildcard.ANY, *text)


def matches(
    column: ColumnElement[str | None], pattern: Pattern, dialect_name: str, *, ignore_case: bool
) -> ColumnElement[bool]:
    """Return the condition that a column's whole text fits a pattern."""
    if dialect_name == "sqlite":
        if ignore_case and all(character.isascii() for character in _plain(pattern)):
            # its own LIKE folds ASCII alone, and is the quickest
            return column.like(_bound(_like(pattern, ignore_case=True)), escape="\\")
        glob = _glob(pattern, ignore_case=ignore_case)
        return column.op("GLOB", is_comparison=True)(_bound(glob))
    # The C collation folds ASCII alone; the rest of the alphabet is spelt out in the pattern.
    target = func.lower(collate(column, "C")) if ignore_case else column
    if ignore_case and any(len(_variants(character)) > 1 for character in _plain(pattern)):
        regex = f"^{_regex(pattern, ignore_case=ignore_case)}$"
        return target.op("~", is_comparison=True)(_bound(regex))
    like = _like(pattern, ignore_case=ignore_case)
    return target.op("LIKE", is_comparison=True)(_bound(like))


def fits(text: str, pattern: Pattern, *, ignore_case: bool) -> bool:
    """Tell in Python what `matches` asks a database.

    Examples
    --------
    >>> fits("Élan", from_like("é%"), ignore_case=True)
    True
    """
    folded = "".join(map(_lower_ascii, text)) if ignore_case else text
    return re.fullmatch(_regex(pattern, ignore_case=ignore_case), folded, re.DOTALL) is not None


def _bound(text: str) -> ColumnElement[str]:
    return literal(text, Text())


def _plain(pattern: Pattern) -> Iterator[str]:
    return (element for element in pattern if isinstance(element, str))


def _lower_ascii(character: str) -> str:
    return character.lower() if character.isascii() else character


def _variants(character: str) -> str:
    """Return a character in each case, or alone where ASCII lower-casing deals with it."""
    if character.isascii():
        return character.lower()
    cases = {character, character.lower(), character.upper()}
    return "".join(sorted(case for case in cases if len(case) == 1 and not case.isascii()))


def _glob(pattern: Pattern, *, ignore_case: bool) -> str:
    wildcards = {Wildcard.ANY: "*", Wildcard.ONE: "?"}
    parts = []
    for element in pattern:
        if isinstance(element, Wildcard):
            parts.append(wildcards[element])
            continue
        cases = element
        if ignore_case:
            ascii_cases = "".join(sorted({element.lower(), element.upper()}))
            cases = ascii_cases if element.isascii() else _variants(element)
        parts.append(f"[{cases}]" if len(cases) > 1 or cases in "*?[" else cases)
    return "".join(parts)


def _like(pattern: Pattern, *, ignore_case: bool) -> str:
    parts = []
    for element in pattern:
        if isinstance(element, Wildcard):
            parts.append(element.value)
        elif element in "%_\\":
            parts.append(f"\\{element}")
        else:
            parts.append(_lower_ascii(element) if ignore_case else element)
    return "".join(parts)


def _regex(pattern: Pattern, *, ignore_case: bool) -> str:
    wildcards = {Wildcard.ANY: ".*", Wildcard.ONE: "."}
    parts = []
    for element in pattern:
        if isinstance(element, Wildcard):
            parts.append(wildcards[element])
            continue
        cases = _variants(element) if ignore_case else element
        parts.append(f"[{cases}]" if len(cases) > 1 else re.escape(cases))
    return "".join(parts)

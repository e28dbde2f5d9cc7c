"""The overall search: plain words, each of which must occur in some column."""

from __future__ import annotations

import re

from sqlalchemy import ColumnElement, or_, select

from nbtrack.errors import QueryError
from nbtrack.model import Status
from nbtrack.query import patterns
from nbtrack.query.attributes import VOCABULARIES
from nbtrack.query.nodes import And, Comparison, Constant, Expression, Identifier
from nbtrack.store.tables import experiments, keys, params, runs, tags

MAX_WORDS = 20
"""Words of one overall search; each is looked for in every column."""

_TEXT_COLUMNS = ("run_name", "reason", "user_id", "notebook", "description", "git_branch")
_HEXADECIMAL = re.compile("[0-9a-fA-F]+")

_RUN = VOCABULARIES["run"]
_PREFIXES = "|".join(_RUN.prefixes)
_ATTRIBUTES = "|".join(map(re.escape, ["any", *_RUN.attributes, *_RUN.aliases]))

_TESTS = r"i?like|contains|(?:starts|ends)\s+with"

_PHRASE = re.compile(r'"([^"]*)"')
_WORD = re.compile(r'"([^"]+)"|(\S+)')

_EXPRESSION_SIGNS = re.compile(
    rf"""
      [<>=]                                        # a comparison
    | ^\W*(?:not\s+)?\W*(?:{_PREFIXES})`?\s*\.     # metrics.acc ...
    | ^\s*\(
    | ^\s*(?:not\s+)?[`"]?(?:{_ATTRIBUTES})[`"]?\s+(?:not\s+)?(?:{_TESTS}|in|is|between)\b
    | \s(?:{_TESTS})\s*['"]
    | \s(?:in\s*\(|is\s+(?:not\s+)?null\b|between\s*['"\d.-])
    """,
    re.IGNORECASE | re.VERBOSE,
)


def is_meant_as_expression(text: str) -> bool:
    """Tell whether a text is an expression, perhaps a wrong one, or plain words.

    Comparison signs inside double quotes do not count: ``"a = b"`` is a phrase to be found.

    Examples
    --------
    >>> is_meant_as_expression("params.lr IS")
    True
    >>> is_meant_as_expression("what is new")
    False
    """
    return _EXPRESSION_SIGNS.search(_PHRASE.sub('""', text)) is not None


def parse_words(text: str) -> Expression:
    """Split a text at blanks; a part in double quotes stays together.

    Examples
    --------
    >>> parse_words('"learning rate"').constant
    Constant(value='learning rate')
    """
    found = {match[1] or match[2]: match.span() for match in reversed([*_WORD.finditer(text)])}
    words = tuple(
        Comparison(Identifier("any", "", span), "CONTAINS", Constant(word, span), span)
        for word, span in reversed(found.items())
    )
    if len(words) > MAX_WORDS:
        raise QueryError(
            f"At most {MAX_WORDS} words can be searched for; these are {len(words):,}.",
            text=text,
            span=(0, len(text)),
            hint="Leave some out, or put a phrase in double quotes.",
        )
    return words[0] if len(words) == 1 else And(words, (0, len(text)))


def word_condition(word: str, dialect_name: str) -> ColumnElement[bool]:
    """Return the condition on ``runs`` that a word occurs in some column, whatever its case."""
    pattern = patterns.containing(word)

    def contains(column: ColumnElement[str | None]) -> ColumnElement[bool]:
        return patterns.matches(column, pattern, dialect_name, ignore_case=True)

    statuses = [status for status in Status if word.lower() in status]
    alternatives = [contains(runs.c[name]) for name in _TEXT_COLUMNS]
    alternatives.append(runs.c.status.in_(statuses))
    alternatives.append(
        runs.c.experiment_id.in_(select(experiments.c.id).where(contains(experiments.c.name)))
    )
    if _HEXADECIMAL.fullmatch(word):
        beginning = patterns.starting_with(word)
        alternatives.extend(
            patterns.matches(column, beginning, dialect_name, ignore_case=True)
            for column in (runs.c.run_id, runs.c.git_commit)
        )
    for kind, table in (("param", params), ("tag", tags)):
        named = select(keys.c.id).where(keys.c.kind == kind, contains(keys.c.name))
        holders = select(table.c.run_id).where(
            or_(contains(table.c.value), table.c.key_id.in_(named))
        )
        alternatives.append(runs.c.id.in_(holders))
    return or_(*alternatives)

"""The overall search: plain words, each of which must occur in some column."""

from __future__ import annotations

import re

from nbtrack.errors import QueryError
from nbtrack.query.attributes import VOCABULARIES
from nbtrack.query.nodes import And, Comparison, Constant, Expression, Identifier

MAX_WORDS = 20
"""Words of one overall search; each is looked for in every column."""

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

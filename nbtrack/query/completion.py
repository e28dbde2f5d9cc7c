"""What may stand at the cursor of a half typed search: a name, an operator, a value, a keyword."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from nbtrack.query.attributes import VOCABULARIES
from nbtrack.query.nodes import Identifier
from nbtrack.query.overall import is_meant_as_expression
from nbtrack.query.quoting import unescaped, unquoted_key

Expected = Literal["name", "operator", "value", "keyword", "word"]
_Kind = Literal["text", "number", "path", "comparator", "sign"]

_RUN = VOCABULARIES["run"]
_TOKEN = re.compile(
    r"""
      (?P<text> e?'(?:''|\\.|[^'])*'? | "(?:""|\\"|[^"])*"? )
    | (?P<number> -?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)? (?![\w.]) )
    | (?P<path> (?:[^\W\d]\w*|`[^`]*`?) (?:\.(?:`[^`]*`?|"[^"]*"?|e?'[^']*'?|[\w./-]*))? )
    | (?P<comparator> [<>=!~]+ )
    | (?P<sign> [(),] )
    | (?P<other> \S )
    """,
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_REST_OF_WORD = re.compile(r"[\w.]*[`'\"]?")
_REST_OF_PHRASE = re.compile(r"[^`'\"]*[`'\"]")
_OPERATORS_OF_TWO_WORDS = {"starts": "with", "ends": "with"}
_NAME_AND_OPERATOR = 2
_TESTS = {"like", "ilike", "contains", "with"}

_DESCRIBED = {
    "=": "equal",
    "!=": "not equal",
    "<": "less than",
    "<=": "at most",
    ">": "greater than",
    ">=": "at least",
    "CONTAINS": "has it somewhere, in any case",
    "NOT CONTAINS": "has it nowhere, or has no value",
    "STARTS WITH": "in any case",
    "ENDS WITH": "in any case",
    "LIKE": "% any text, _ any character; case counts",
    "ILIKE": "% any text, _ any character; in any case",
    "IN (": "one of a list",
    "NOT IN (": "none of a list",
    "BETWEEN": "both ends included",
    "IS NULL": "has no value",
    "IS NOT NULL": "has a value",
}
"""Operators as they are proposed, with what they mean."""


@dataclass(frozen=True, slots=True)
class Place:
    """What is expected at the cursor."""

    expected: Expected
    start: int
    end: int
    """What a proposal would replace, in characters of the text."""
    fragment: str = ""
    """What is typed of it already, without its quotes."""
    identifier: Identifier | None = None
    """The name whose operator or value is expected."""
    keywords: tuple[str, ...] = ()
    """Words of the language that may stand here as well."""


def place_of(text: str, cursor: int) -> Place | None:
    """Return what is expected at the cursor, or None where nothing can be proposed.

    Parameters
    ----------
    text : str
        The search as typed so far.
    cursor : int
        Characters before the cursor.

    Examples
    --------
    >>> place_of("metrics.acc > 0.9 a", 19).keywords
    ('AND', 'OR')
    >>> place_of("status = 'comp", 14).fragment
    'comp'
    """
    tokens = list(_tokens(text[:cursor]))
    if not is_meant_as_expression(text) and not _begins_with_name(tokens, cursor):
        return _word_place(text, cursor)
    touched = tokens.pop() if tokens and _may_go_on(tokens[-1], cursor) else None
    start, typed = (touched.start, touched.text) if touched else (cursor, "")
    walk = _Walk()
    for token in tokens:
        if not walk.take(token):
            return None
    rest = _REST_OF_PHRASE if typed[:1] in {"'", '"', "`"} else _REST_OF_WORD
    remaining = rest.match(text, cursor) if touched else None
    end = remaining.end() if remaining and not _is_closed(typed) else cursor
    return walk.place(start, end, typed)


def operators_of(identifier: Identifier) -> list[tuple[str, str]]:
    """Return the operators that a name takes, the most useful first, and what they mean."""
    field = _RUN.find(identifier.entity, identifier.key)
    if field is None:
        return []
    allowed = field.text_operators | field.number_operators
    found = [
        (operator, meaning)
        for operator, meaning in _DESCRIBED.items()
        if operator.removeprefix("NOT ").removesuffix(" (") in allowed
    ]
    if field.nullable:
        found += [(operator, _DESCRIBED[operator]) for operator in ("IS NULL", "IS NOT NULL")]
    return found


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def word(self) -> str:
        return self.text.lower() if self.kind in {"path", "sign"} else self.kind


def _tokens(text: str) -> Iterator[_Token]:
    for match in _TOKEN.finditer(text):
        yield _Token(match.lastgroup or "other", match[0], match.start())


def _may_go_on(token: _Token, cursor: int) -> bool:
    return token.end == cursor and token.kind not in {"comparator", "sign", "other"}


def _is_closed(typed: str) -> bool:
    quote = typed[:1]
    return quote in {"'", '"'} and len(typed) > 1 and typed.endswith(quote)


def _begins_with_name(tokens: list[_Token], cursor: int) -> bool:
    """Tell whether a bare attribute stands first, and the cursor in the word behind it."""
    if not tokens or tokens[0].kind != "path" or tokens[0].end == cursor:
        return False
    of_two_words = len(tokens) > 1 and tokens[1].word in {"not", "is", "starts", "ends"}
    if len(tokens) > _NAME_AND_OPERATOR + of_two_words:
        return False
    return _identifier(tokens[0].text) is not None


def _word_place(text: str, cursor: int) -> Place:
    before = text[:cursor]
    if before.count('"') % 2:
        start = before.rindex('"')
        return Place("word", start, cursor, before[start + 1 :])
    word = re.search(r"\S*$", before)
    start = word.start() if word else cursor
    rest = re.compile(r"\S*").match(text, cursor)
    is_alone = not text[:start].strip() and not text[rest.end() if rest else cursor :].strip()
    expected: Expected = "name" if is_alone else "word"
    return Place(expected, start, rest.end() if rest else cursor, before[start:])


def _identifier(path: str) -> Identifier | None:
    head, dot, key = path.partition(".")
    head = unquoted_key(head)
    if not dot:
        if head.lower() == "any":
            return Identifier("any", "")
        name = _RUN.aliases.get(head, head)
        return Identifier("attribute", name) if name in _RUN.attributes else None
    entity = _RUN.prefixes.get(head)
    if entity is None or not key:
        return None
    name = unquoted_key(key)
    name = _RUN.aliases.get(name, name) if entity == "attribute" else name
    return Identifier(entity, name) if _RUN.find(entity, name) else None


_STEPS: dict[str, dict[str, str]] = {
    "name": {"(": "name", "not": "name", "path": "operator"},
    "operator": {
        "comparator": "value",
        **dict.fromkeys(_TESTS, "value"),
        **dict.fromkeys(_OPERATORS_OF_TWO_WORDS, "with"),
        "not": "negated", "in": "open", "is": "null", "between": "low",
    },
    "negated": {
        "contains": "value", "in": "open", **dict.fromkeys(_OPERATORS_OF_TWO_WORDS, "with"),
    },
    "with": {"with": "value"},
    "null": {"null": "done", "not": "not null"},
    "not null": {"null": "done"},
    "value": {"text": "done", "number": "done"},
    "low": {"text": "and", "number": "and"},
    "and": {"and": "value"},
    "open": {"(": "item"},
    "item": {"text": "next", "number": "next"},
    "next": {",": "item", ")": "done"},
    "done": {"and": "name", "or": "name", ")": "done"},
}  # fmt: skip
"""State -> what the next token may be -> the state after it."""

_KEYWORDS: dict[str, tuple[str, ...]] = {
    "name": ("NOT",),
    "with": ("WITH",),
    "null": ("NULL", "NOT NULL"),
    "not null": ("NULL",),
    "negated": ("CONTAINS", "STARTS WITH", "ENDS WITH", "IN ("),
    "and": ("AND",),
    "open": ("(",),
    "next": (",", ")"),
    "done": ("AND", "OR"),
}
"""State -> words of the language that may stand there."""


class _Walk:
    """Goes through the finished tokens, and knows what may follow."""

    def __init__(self) -> None:
        self._state = "name"
        self._identifier: Identifier | None = None

    def take(self, token: _Token) -> bool:
        """Go on by a token; False where it does not fit."""
        steps = _STEPS[self._state]
        step = steps.get(token.word) or steps.get(token.kind)
        if step is None and self._state == "name" and token.kind == "text":
            step = "operator"  # a name in double quotes
        if step is None:
            return False
        if step == "operator":
            self._identifier = _identifier(token.text)
            if self._identifier is None:
                return False
        self._state = step
        return True

    def place(self, start: int, end: int, typed: str) -> Place | None:
        keywords = _KEYWORDS.get(self._state, ())
        if self._state == "name":
            return Place("name", start, end, typed, keywords=keywords)
        if self._state == "operator":
            return Place("operator", start, end, typed, self._identifier)
        if self._state in {"value", "low", "item"}:
            return Place("value", start, end, _unquoted(typed), self._identifier)
        return Place("keyword", start, end, typed, keywords=keywords)


def _unquoted(typed: str) -> str:
    """Return the text of a constant that may not be closed yet."""
    if typed[:2].lower() == "e'":
        return unescaped(typed[2:].removesuffix("'"))
    if typed[:1] in {"'", '"'}:
        return typed[1:].removesuffix(typed[0])
    return typed

"""Text -> checked nodes, or a `QueryError` that says where, what was expected, and what to do."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import cast

from lark import Lark, UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from nbtrack.errors import QueryError
from nbtrack.query.attributes import VOCABULARIES, SearchEntity
from nbtrack.query.builder import Builder, token_span
from nbtrack.query.constants import SearchError
from nbtrack.query.nodes import Expression, OrderBy, conditions
from nbtrack.query.overall import MAX_WORDS, is_meant_as_expression, parse_words
from nbtrack.query.syntax_errors import ends_too_early, unclosed_quote, unexpected

MAX_LENGTH = 10_000
"""Characters of a search."""

MAX_NESTING = 20
"""Parentheses within parentheses: SQLite's parser takes few more."""

MAX_CONDITIONS = 100
"""Conditions of one search: PostgreSQL plans a hundred in a second, six hundred in minutes."""

_QUOTED = re.compile(r"""'(?:''|\\'|[^'])*'|"(?:""|\\"|[^"])*"|`[^`]*`""")


def parse_search(
    text: str, entity: SearchEntity = "run", *, plain_words: bool = True
) -> Expression | None:
    """Parse a search: an expression, or plain words to be found in any column.

    Parameters
    ----------
    text : str
        At most 10,000 characters. Blank means everything.
    entity : {"run", "experiment", "registered_model", "model_version"}
        What is searched; only runs have the overall search.
    plain_words : bool
        False refuses what is no expression, as MLflow does.

    Returns
    -------
    Expression or None
        None means everything.

    Raises
    ------
    QueryError
        With the span of the offending part.

    Examples
    --------
    >>> parse_search("tags.team IS NULL")
    NullTest(identifier=Identifier(entity='tag', key='team'), negated=False)
    >>> parse_search("resnet baseline") == parse_search(
    ...     "any CONTAINS 'resnet' AND any CONTAINS 'baseline'"
    ... )
    True
    """
    check_bounds(text)
    plain_words = plain_words and entity == "run"
    if not text or (plain_words and not text.strip()):
        return None
    if plain_words and not is_meant_as_expression(text):
        return parse_words(text)
    expression = cast(Expression, _parse(text, entity, "start"))
    _check_size(expression, text)
    return expression


def parse_order_by(text: str) -> tuple[OrderBy, ...]:
    """Parse sort keys: ``metrics.acc DESC, start_time``.

    Raises
    ------
    QueryError
        With the span of the offending part.

    Examples
    --------
    >>> parse_order_by("metrics.acc DESC")
    (OrderBy(identifier=Identifier(entity='metric', key='acc'), descending=True),)
    """
    check_bounds(text)
    if not text.strip():
        return ()
    return cast(tuple[OrderBy, ...], _parse(text, "run", "order_by"))


@cache
def _parser(entity: SearchEntity) -> Lark:
    return Lark(
        files("nbtrack.query").joinpath("grammar.lark").read_text(encoding="utf-8"),
        parser="lalr",
        lexer="contextual",
        start=["start", "order_by"],
        transformer=Builder(VOCABULARIES[entity]),
    )


def _parse(text: str, entity: SearchEntity, start: str) -> object:
    try:
        return _parser(entity).parse(text, start=start)
    except SearchError as error:
        raise QueryError(error.message, text=text, span=error.span, hint=error.hint) from None
    except UnexpectedInput as error:
        raise _syntax_error(text, error, entity, start) from None


def _check_size(expression: Expression, text: str) -> None:
    leaves = tuple(conditions(expression))
    if len(leaves) > MAX_CONDITIONS:
        message = f"A search has at most {MAX_CONDITIONS} conditions; this one has {len(leaves):,}."
        raise QueryError(message, text=text, span=expression.span, hint="Use IN for many values.")
    words = [leaf for leaf in leaves if leaf.identifier.entity == "any"]
    if len(words) > MAX_WORDS:
        message = f"A search has at most {MAX_WORDS} words; this one has {len(words):,}."
        raise QueryError(message, text=text, span=words[MAX_WORDS].span, hint="Leave some out.")


def check_bounds(text: str) -> None:
    """Make sure that a text is no longer than a search may be, and has no unusable character.

    Raises
    ------
    QueryError
        It is, or has one.
    """
    if len(text) > MAX_LENGTH:
        raise QueryError(
            f"A search has at most {MAX_LENGTH:,} characters; this one has {len(text):,}.",
            text=text[:80],
            span=(0, 1),
            hint="Make it shorter.",
        )
    unusable = re.search("[\0\ud800-\udfff]", text)
    if unusable:
        raise QueryError(
            f"The character {unusable[0]!r} cannot be searched for.",
            text=text,
            span=unusable.span(),
            hint="Remove it.",
        )
    depth = 0
    outside_quotes = _QUOTED.sub(lambda match: " " * len(match[0]), text)
    for bracket in re.finditer("[()]", outside_quotes):
        depth += 1 if bracket[0] == "(" else -1
        if depth > MAX_NESTING:
            raise QueryError(
                f"Parentheses are nested more than {MAX_NESTING} deep.",
                text=text,
                span=bracket.span(),
                hint="Remove those that are not needed.",
            )


def _syntax_error(
    text: str, error: UnexpectedInput, entity: SearchEntity, start: str
) -> QueryError:
    if isinstance(error, UnexpectedToken):
        if error.token.type == "$END":
            return ends_too_early(text, error.accepts)
        return unexpected(text, token_span(error.token), error.accepts)
    assert isinstance(error, UnexpectedCharacters)
    position = cast(int, error.pos_in_stream)
    quote = unclosed_quote(text, position)
    if quote:
        return quote
    parsed = _parser(entity).parse_interactive(text[:position], start=start)
    parsed.exhaust_lexer()
    expected: set[str] = parsed.accepts()  # type: ignore[no-untyped-call]
    return unexpected(text, (position, position + 1), expected)

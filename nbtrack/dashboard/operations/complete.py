"""Proposals for the search box: names, operators, values in use, keywords."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice

from sqlalchemy import Connection

from nbtrack.dashboard.operations.context import Context, selection_of
from nbtrack.dashboard.protocol import CompleteArgs, CompleteResult, Completion
from nbtrack.errors import RequestError
from nbtrack.query.columns import ATTRIBUTES, Column
from nbtrack.query.completion import Place, operators_of, place_of
from nbtrack.query.nodes import Identifier
from nbtrack.query.parser import MAX_LENGTH
from nbtrack.query.proposals import (
    ValueInUse,
    names_in_use,
    values_in_use,
    words_in_use,
)
from nbtrack.query.quoting import quoted_text
from nbtrack.query.tree import Selection

MAX_ITEMS = 20
"""Proposals at once."""

_MAX_WORD_VALUES = 8
_DATES = {"today": 0, "yesterday": 1, "7 days ago": 7, "30 days ago": 30}


def complete(context: Context, args: CompleteArgs) -> CompleteResult:
    """Propose what may stand at the cursor of the search box."""
    text, cursor = args["text"], args["cursor"]
    if not 0 <= cursor <= len(text):
        raise RequestError(
            f"The cursor stands at {cursor} of a text of {len(text):,} characters.",
            hint="It is 0 to the number of characters.",
        )
    place = place_of(text, cursor) if len(text) <= MAX_LENGTH else None
    if place is None:
        return {"start": cursor, "end": cursor, "items": []}
    selection = selection_of(args["view"], search=False)
    with context.database.reading() as connection:
        unique = {item["text"]: item for item in _items(connection, selection, place)}
    typed = text[place.start : place.end]
    items = [item for item in unique.values() if item["text"] != typed]
    return {"start": place.start, "end": place.end, "items": items[:MAX_ITEMS]}


def _items(connection: Connection, selection: Selection, place: Place) -> Iterator[Completion]:
    fragment = place.fragment
    match place.expected:
        case "name":
            words = () if place.keywords else words_in_use(connection, selection, fragment)
            values = [_word(each) for each in islice(words, _MAX_WORD_VALUES)]
            names = names_in_use(connection, selection, fragment)
            yield from islice(map(_name, names), MAX_ITEMS - len(values))
            yield from values
        case "word":
            yield from map(_word, words_in_use(connection, selection, fragment))
        case "operator":
            assert place.identifier is not None
            for operator, meaning in operators_of(place.identifier):
                if operator.startswith(fragment.upper()):
                    yield {"text": operator, "kind": "operator", "detail": meaning}
        case "value":
            assert place.identifier is not None
            yield from _values(connection, selection, place.identifier, fragment)
    for keyword in place.keywords:
        if keyword.startswith(fragment.upper()):
            yield {"text": keyword, "kind": "keyword", "detail": None}


def _name(column: Column) -> Completion:
    is_attribute = column.entity == "attributes"
    detail = ATTRIBUTES[column.key][0] if is_attribute else column.entity.removesuffix("s")
    return {
        "text": column.key if is_attribute else column.id,
        "kind": "column",
        "detail": detail,
    }


def _word(found: ValueInUse) -> Completion:
    text = found.value
    if '"' not in text and any(character.isspace() for character in text):
        text = f'"{text}"'
    return {"text": text, "kind": "value", "detail": found.column.id}


def _values(
    connection: Connection, selection: Selection, identifier: Identifier, fragment: str
) -> Iterator[Completion]:
    if identifier.key in {"start_time", "end_time"}:
        yield from _dates(fragment)
    if identifier.entity == "any":
        found = words_in_use(connection, selection, fragment)
    else:
        found = values_in_use(connection, selection, identifier, fragment)
    for each in found:
        detail = f"{each.runs:,} run{'' if each.runs == 1 else 's'}" if each.runs else None
        text = each.value if each.is_number else quoted_text(each.value)
        yield {"text": text, "kind": "value", "detail": detail}


def _dates(fragment: str) -> Iterator[Completion]:
    today = datetime.now(UTC).date()
    for name, days in _DATES.items():
        text = (today - timedelta(days=days)).isoformat()
        if text.startswith(fragment):
            yield {"text": f"'{text}'", "kind": "value", "detail": f"{name}, by UTC"}

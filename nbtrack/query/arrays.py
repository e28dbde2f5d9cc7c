"""Answers of SQL as numpy arrays: nothing is made per row but numbers.

A list of ids comes as one text, ``3,1,2``: both databases can join it, and numpy reads it many
times quicker than rows are fetched.
"""

from __future__ import annotations

import json
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    Text,
    collate,
    func,
    literal,
    select,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.types import String

Integers = NDArray[np.int64]
Places = NDArray[np.int32]
"""Indexes into an array of runs."""
Floats = NDArray[np.float64]

_FEW_NUMBERS = 1_000
_NUMBER_ROW = np.dtype([("id", np.int64), ("value", np.float64)])


def read_ids(connection: Connection, statement: Select[Any]) -> Integers:
    """Return the one column of a statement, integers in its order."""
    (column,) = statement.subquery().c
    return _integers(connection.execute(select(_joined(connection, column))).scalar())


def read_digits(connection: Connection, statement: Select[Any]) -> NDArray[np.uint8]:
    """Return the one column of a statement, integers from 0 to 9 in its order."""
    (column,) = statement.subquery().c
    joined = connection.execute(select(_joined(connection, column, ""))).scalar() or ""
    return np.frombuffer(joined.encode(), dtype=np.uint8) - ord("0")


def read_numbers(connection: Connection, statement: Select[Any]) -> tuple[Integers, Floats]:
    """Return the ids and the numbers of a statement on (id, number); NULL becomes NaN."""
    result = connection.execute(statement)
    rows = np.fromiter(cast(Any, result.cursor), dtype=_NUMBER_ROW)
    result.close()
    return rows["id"].copy(), rows["value"].copy()


def read_few_numbers(
    connection: Connection, statement: Select[Any]
) -> tuple[Integers, Floats] | None:
    """Return what `read_numbers` does, or None where there are more than 1,000 different numbers.

    The ids of one number come as one text, which is several times quicker. It pays only where an
    index has the numbers in order.
    """
    own_id, value = statement.subquery().c
    groups = select(value, _joined(connection, own_id)).group_by(value).limit(_FEW_NUMBERS + 1)
    rows = connection.execute(groups).all()
    if len(rows) > _FEW_NUMBERS:
        return None
    ids = [_integers(joined) for _, joined in rows]
    numbers = np.array([number for number, _ in rows], dtype=np.float64)
    lengths = [len(part) for part in ids]
    return np.concatenate([_integers(None), *ids]), np.repeat(numbers, lengths)


def read_ranks(connection: Connection, statement: Select[Any]) -> tuple[Integers, Integers]:
    """Return the ids of a statement on (id, text), and the rank of each one's text.

    Equal texts have the same rank, from 0 on, in the order of their characters' codes.
    """
    own_id, value = statement.subquery().c
    groups = (
        select(func.count().label("number"), _joined(connection, own_id).label("ids"))
        .group_by(value)
        .order_by(by_character(value, connection.dialect.name))
        .subquery()
    )
    joined = select(_joined(connection, groups.c.ids), _joined(connection, groups.c.number))
    ids, numbers = connection.execute(joined).one()
    lengths = _integers(numbers)
    return _integers(ids), np.repeat(np.arange(len(lengths)), lengths)


def those_of(ids: Integers, dialect_name: str) -> Select[Any]:
    """Return the statement that yields these ids, however many, from one bound parameter."""
    if dialect_name == "sqlite":
        listed = literal(json.dumps(ids.tolist()), Text())
        return select(func.json_each(listed).table_valued("value").c.value)
    return select(func.unnest(literal(ids.tolist(), ARRAY(BigInteger))))


def by_character(column: ColumnElement[Any], dialect_name: str) -> ColumnElement[Any]:
    """Return a column so that texts sort by their characters' codes on either database."""
    if dialect_name == "postgresql" and isinstance(column.type, String):
        return collate(column, "C")
    return column


def _joined(
    connection: Connection, column: ColumnElement[Any], separator: str = ","
) -> ColumnElement[str]:
    if connection.dialect.name == "sqlite":
        return func.group_concat(column, separator)
    return func.string_agg(sql_cast(column, Text), separator)


def _integers(joined: str | None) -> Integers:
    if not joined:
        return np.empty(0, dtype=np.int64)
    return np.fromstring(joined, dtype=np.int64, sep=",")

"""Inserting many rows by what each driver has for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import BigInteger, Connection, Double, Table, insert
from sqlalchemy import exc as sqlalchemy_errors

if TYPE_CHECKING:
    import psycopg

COPY_FROM = 50
"""Rows from which on PostgreSQL's COPY is worth its round trips."""

_BINARY_TYPES = {BigInteger: "int8", Double: "float8"}


def insert_rows(connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows whose values stand in the order of the table's columns.

    On PostgreSQL, many rows go by COPY, in its binary form where that knows all of the columns.

    Raises
    ------
    sqlalchemy.exc.DBAPIError
        The database refused them or failed.
    """
    if connection.dialect.name == "sqlite":
        compiled = insert(table).compile(dialect=connection.dialect)
        connection.exec_driver_sql(str(compiled), list(rows))
    elif len(rows) < COPY_FROM:
        names = table.columns.keys()
        connection.execute(insert(table), [dict(zip(names, row, strict=True)) for row in rows])
    else:
        _copy(connection, table, rows)


def _copy(connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    import psycopg

    quote = connection.dialect.identifier_preparer.quote
    names = ", ".join(quote(column.name) for column in table.columns)
    types = [_BINARY_TYPES.get(type(column.type), "") for column in table.columns]
    statement = f"COPY {quote(table.name)} ({names}) FROM STDIN"
    if all(types):
        statement += " (FORMAT BINARY)"
    driver = cast("psycopg.Connection[Any]", connection.connection.driver_connection)
    try:
        with driver.cursor() as cursor, cursor.copy(statement.encode()) as copy:
            if all(types):
                copy.set_types(types)
            for row in rows:
                copy.write_row(row)
    except psycopg.Error as error:
        lost = driver.closed or driver.broken
        raise sqlalchemy_errors.DBAPIError.instance(
            statement, None, error, psycopg.Error,
            connection_invalidated=lost, dialect=connection.dialect,
        ) from error  # fmt: skip

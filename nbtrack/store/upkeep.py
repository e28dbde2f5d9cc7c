"""Keeping a database quick and small: planner statistics, and space given back."""

from __future__ import annotations

from sqlalchemy import text

from nbtrack.config import sqlite_file
from nbtrack.store import tables
from nbtrack.store.engine import Database


def give_space_back(database: Database) -> int | None:
    """Give the space of removed rows back to the disk, and refresh the planner's statistics.

    Others wait meanwhile on SQLite, which needs room for a second copy of the file; they do not
    on PostgreSQL, which keeps the space for rows to come.

    Returns
    -------
    int or None
        The bytes that a SQLite file has become smaller.

    Raises
    ------
    StoreError
        The database failed, or others kept it busy for too long.
    """
    file = sqlite_file(database.config.store_url)
    before = file.stat().st_size if file else 0
    with database.unlocked() as connection:
        if file is None:
            for table in tables.metadata.sorted_tables:
                connection.execute(text(f"VACUUM (ANALYZE) {table.name}"))
            return None
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("VACUUM")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return before - file.stat().st_size

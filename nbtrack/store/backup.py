"""A copy of a store's database in a SQLite file, taken while others write."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from nbtrack.config import Config, load_config
from nbtrack.errors import StoreError
from nbtrack.store.copying import Report, copy_rows, finish_copy
from nbtrack.store.engine import Database, open_store, translated_errors


def back_up(database: Database, target: Path, report: Report = lambda _: None) -> int:
    """Write one state of the store's database to a new SQLite file, itself a store to open.

    SQLite writes it as one compact file, PostgreSQL is copied row by row and compared. The file
    gets its name when it is whole. Artifacts stay where they are.

    Parameters
    ----------
    target : pathlib.Path
        The file; it must not exist.
    report : callable, optional
        Called with the number of rows copied, twice for each row, from PostgreSQL only.

    Returns
    -------
    int
        Its size in bytes.

    Raises
    ------
    StoreError
        The file exists or cannot be written, or the database failed.
    """
    target = target.expanduser().absolute()
    if target.exists():
        raise StoreError(f"{str(target)!r} exists already.", hint="Give the name of a new file.")
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    with translated_errors(Config(str(target), "", target)):
        target.parent.mkdir(parents=True, exist_ok=True)
    try:
        if database.dialect == "sqlite":
            with database.unlocked() as connection:
                connection.exec_driver_sql("VACUUM INTO ?", (str(temporary),))
        else:
            _copy_to_file(database, temporary, report)
        _flush(temporary)
        temporary.rename(target)
    except OSError as error:
        raise StoreError(f"The backup {str(target)!r} cannot be written: {error}.") from error
    finally:
        for rest in (temporary, *temporary.parent.glob(f"{temporary.name}-*")):
            rest.unlink(missing_ok=True)
    return target.stat().st_size


def _copy_to_file(database: Database, file: Path, report: Report) -> None:
    copy = open_store(load_config(file))
    try:
        finish_copy(copy, copy_rows(database, copy, report))
    finally:
        copy.close()  # the last connection merges the write-ahead log into the file


def _flush(file: Path) -> None:
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""The one owner of database connections: opening, transactions, and the gate for foreign errors."""

from __future__ import annotations

import os
import sqlite3
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, func, select, update
from sqlalchemy import exc as sqlalchemy_errors

from nbtrack.config import Config, load_config, redact_url, shown_store, sqlite_file
from nbtrack.errors import (
    ConfigError,
    StoreCorruptError,
    StoreError,
    StoreUnavailableError,
)
from nbtrack.store.migrate import migrate, schema_version
from nbtrack.store.network_folder import network_kind
from nbtrack.store.tables import meta

BUSY_TIMEOUT = 30.0
"""Seconds that SQLite waits for another writer."""

LOCK_PAUSE = 0.02
"""Seconds after which a lock is asked for again, where SQLite does not wait itself."""

CONNECT_TIMEOUT = 5
"""Seconds to wait for PostgreSQL's answer."""

READ_SECONDS = 60
"""How long PostgreSQL may work on one statement of a read."""

READ_MEMORY = "64MB"
"""Memory that PostgreSQL may use for each sort and list of a read, before it takes to the disk."""

POOL = {"pool_size": 3, "max_overflow": 12, "pool_recycle": 1800, "pool_pre_ping": True}
"""Connections to PostgreSQL: few stay open, old ones are made anew, dead ones are noticed."""

_PASSING = (
    sqlalchemy_errors.OperationalError,
    sqlalchemy_errors.TimeoutError,
    sqlite3.OperationalError,
    OSError,
)
"""Errors that may be gone when the same is tried again."""

_TOO_LONG = "57014"
"""PostgreSQL's SQLSTATE of a statement that was cancelled."""

_open_databases: weakref.WeakSet[Database] = weakref.WeakSet()


class Database:
    """A store's database: an engine, its `store_id`, and transactions.

    Use `open_store` to make one. It is thread-safe, and usable in a forked child.
    """

    def __init__(self, config: Config, engine: Engine, store_id: str) -> None:
        self.config = config
        self.engine = engine
        self.store_id = store_id
        self.warning: str | None = None
        """What the user should know of this store."""
        self.key_ids: dict[tuple[str, str], int] = {}
        """Cache of the ``keys`` table, filled by the writer."""
        _open_databases.add(self)

    @property
    def dialect(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self.engine.dialect.name

    @property
    def name(self) -> str:
        """The store as people may see it: a path, or a URL without credentials."""
        return shown_store(self.config)

    @contextmanager
    def reading(self, *, seconds: int = READ_SECONDS) -> Iterator[Connection]:
        """Open a read transaction, all of which sees one state of the store.

        Parameters
        ----------
        seconds : int
            How long PostgreSQL may work on one statement; 0 is without end.

        Raises
        ------
        StoreError
            The database failed; the cause is kept.
        """
        with translated_errors(self.config), self.engine.connect() as connection:
            if self.dialect == "postgresql":
                connection.execution_options(
                    isolation_level="REPEATABLE READ", postgresql_readonly=True
                )
                bounds = {"statement_timeout": f"{seconds}s", "work_mem": READ_MEMORY}
                connection.execute(
                    select(*(func.set_config(name, value, True) for name, value in bounds.items()))  # noqa: FBT003
                )
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open a write transaction; it commits at the end and rolls back on an error.

        Raises
        ------
        StoreError
            The database failed; the cause is kept.
        """
        with (
            translated_errors(self.config),
            self.engine.execution_options(nbtrack_writing=True).begin() as connection,
        ):
            yield connection

    @contextmanager
    def unlocked(self) -> Iterator[Connection]:
        """Give a connection outside of any transaction, for maintenance.

        Raises
        ------
        StoreError
            The database failed; the cause is kept.
        """
        with translated_errors(self.config), self.engine.connect() as connection:
            if self.dialect == "postgresql":
                connection.execution_options(isolation_level="AUTOCOMMIT")
            else:
                connection.execution_options(nbtrack_unlocked=True)
            yield connection

    def revision(self) -> int:
        """Return the number that grows with each visible change."""
        with self.reading() as connection:
            return int(connection.execute(select(meta.c.revision)).scalar_one())

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def raise_revision(connection: Connection) -> None:
    """Raise ``meta.revision`` in the current transaction, so that dashboards look again."""
    connection.execute(update(meta).values(revision=meta.c.revision + 1))


def raise_view_revision(connection: Connection) -> None:
    """Raise ``meta.revision`` for a change of a stored view, which touches no run."""
    raised = {"revision": meta.c.revision + 1, "view_revision": meta.c.view_revision + 1}
    connection.execute(update(meta).values(raised))


def open_store(url: str | os.PathLike[str] | Config | None = None) -> Database:
    """Open a store, creating or migrating it as needed.

    Parameters
    ----------
    url : str, path or Config, optional
        SQLAlchemy URL or path of a SQLite file; the configured store when not given.

    Raises
    ------
    ConfigError
        The URL cannot be used.
    StoreUnavailableError
        The database cannot be reached, or its folder cannot be written.
    StoreCorruptError
        The file is not a database.
    StoreVersionError
        A newer nbtrack wrote it.
    """
    config = url if isinstance(url, Config) else load_config(url)
    with translated_errors(config):
        engine = _create_engine(config)
        try:
            migrate(engine)
            with engine.connect() as connection:
                store_id = connection.execute(select(meta.c.store_id)).scalar_one()
        except BaseException:
            engine.dispose()
            raise
    database = Database(config, engine, store_id)
    database.warning = _warning(config, engine)
    return database


def _warning(config: Config, engine: Engine) -> str | None:
    kind = engine.get_execution_options().get("nbtrack_network")
    if kind is None:
        return None
    return (
        f"The store {shown_store(config)} is on a network folder ({kind}), where SQLite is slow "
        "and several machines at once may damage it. Keep it on a local disk, or use PostgreSQL: "
        "`nbtrack store copy` takes all runs there."
    )


def stored_version(url: str | os.PathLike[str] | Config | None = None) -> str | None:
    """Return the schema version of a store without changing it, None where there is no store.

    Raises
    ------
    ConfigError, StoreError
        As for `open_store`.
    """
    config = url if isinstance(url, Config) else load_config(url)
    file = sqlite_file(config.store_url)
    if file is not None and not file.exists():
        return None
    with translated_errors(config):
        engine = _create_engine(config) if file is None else _read_only_engine(file)
        try:
            with engine.connect() as connection:
                return schema_version(connection)
        finally:
            engine.dispose()


def _create_engine(config: Config) -> Engine:
    file = sqlite_file(config.store_url)
    try:
        if file is not None:
            _make_folder(file.parent)
            url = URL.create("sqlite", database=str(file))  # a path may have a percent sign
            kind = network_kind(file.parent)
            engine = create_engine(
                url,
                connect_args={"timeout": BUSY_TIMEOUT},
                execution_options={"nbtrack_network": kind},
            )
            event.listen(engine, "connect", _set_up_sqlite if kind is None else _set_up_remote)
            event.listen(engine, "begin", _begin_sqlite)
            return engine
        return create_engine(
            config.store_url,
            connect_args={"connect_timeout": CONNECT_TIMEOUT, "application_name": "nbtrack"},
            **POOL,
        )
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"The store {redact_url(config.store_url)!r} needs the package {error.name!r}.",
            hint="Install it with: pip install 'nbtrack[postgres]'.",
        ) from error
    except (sqlalchemy_errors.ArgumentError, ValueError) as error:
        raise ConfigError(
            f"{redact_url(config.store_url)!r} is no database URL.",
            hint="Use sqlite:///path/to/file.db or postgresql://host/name.",
        ) from error


def _read_only_engine(file: Path) -> Engine:
    # opening it as usual would turn the write-ahead log on
    return create_engine(
        "sqlite://",
        creator=lambda: sqlite3.connect(f"file:{quote(str(file))}?mode=ro", uri=True),
    )


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnavailableError(
            f"The store's folder {str(folder)!r} cannot be made: {error.strerror}.",
            hint="Set NBTRACK_STORE to a place that can be written.",
        ) from error


def _set_up_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # SQLAlchemy's begin event below says BEGIN; the driver must not say it too
    connection.isolation_level = None
    cursor = connection.cursor()
    _use_write_ahead_log(cursor)
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA mmap_size = 0")
    cursor.close()


def _set_up_remote(connection: sqlite3.Connection, _record: object) -> None:
    """Set up a file on a network folder: a rollback journal, which needs no shared memory."""
    connection.isolation_level = None
    for statement in ("journal_mode = TRUNCATE", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {statement}").close()


def _use_write_ahead_log(cursor: sqlite3.Cursor) -> None:
    # SQLite waits for no lock here: several kernels may be opening a new store at once
    deadline = time.monotonic() + BUSY_TIMEOUT
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(LOCK_PAUSE)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("nbtrack_unlocked", False):
        return
    # a deferred transaction that writes later can fail at once with SQLITE_BUSY
    writing = options.get("nbtrack_writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


@contextmanager
def translated_errors(config: Config) -> Iterator[None]:
    """Turn every error of the database's driver into one of ours."""
    try:
        yield
    except sqlalchemy_errors.SQLAlchemyError as error:
        raise _translate(error, config) from error
    except (sqlite3.Error, OSError) as error:
        raise _translate(error, config) from error


def _translate(error: Exception, config: Config) -> StoreError:
    cause: Any = getattr(error, "orig", None) or error
    name = redact_url(config.store_url)
    reason = str(cause).strip().splitlines()[0] if str(cause).strip() else type(cause).__name__
    lowered = reason.lower()
    if "not a database" in lowered or "malformed" in lowered:
        return StoreCorruptError(
            f"The store {name} is damaged or no database: {reason}.",
            hint="Nothing was changed. Move the file away to start a new store, or restore a copy.",
        )
    if "readonly" in lowered or "read-only" in lowered or "unable to open" in lowered:
        return StoreUnavailableError(
            f"The store {name} cannot be written: {reason}.",
            hint="Make its folder writable, or set NBTRACK_STORE to another place.",
        )
    if getattr(cause, "sqlstate", None) == _TOO_LONG:
        return StoreUnavailableError(
            f"The store {name} took longer than it may for one answer: {reason}.",
            hint="Ask for less: an experiment, a search, fewer columns.",
        )
    lost = isinstance(error, sqlalchemy_errors.DBAPIError) and error.connection_invalidated
    if lost or isinstance(error, _PASSING):
        return StoreUnavailableError(
            f"The store {name} cannot be used now: {reason}.",
            hint="Check that it is running and can be reached.",
        )
    return StoreError(f"The store {name} failed: {reason}.")


def _forget_connections() -> None:
    for database in _open_databases:
        database.engine.dispose(close=False)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_connections)

"""Bringing a store's schema to the version of this code, safely beside other starting kernels."""

from __future__ import annotations

import secrets
import shutil
import sqlite3
import time
from pathlib import Path

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    insert,
    inspect,
    text,
)

from nbtrack.errors import StoreError, StoreVersionError
from nbtrack.store.tables import SCHEMA_VERSION, meta, metadata

MIGRATIONS = Path(__file__).parent / "migrations"
_POSTGRESQL_LOCK = 0x6E627472
"""Key of the advisory lock that one migrating process holds."""


def migrate(engine: Engine, *, target: str = SCHEMA_VERSION, migrations: Path = MIGRATIONS) -> None:
    """Bring the schema to `target`, creating it in an empty database.

    Asking for the version writes nothing. A migration runs in one transaction, which others wait
    for; a SQLite file is copied beside itself before.

    Raises
    ------
    StoreVersionError
        The store is at a version that this code does not know.
    StoreError
        The database holds another program's tables.
    """
    with engine.connect() as connection:
        if schema_version(connection) == target:
            return
    with engine.execution_options(nbtrack_writing=True).begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"),
                               {"key": _POSTGRESQL_LOCK})  # fmt: skip
        current = schema_version(connection)
        if current == target:  # another kernel was quicker
            return
        if current is not None:
            _refuse_newer(current, migrations)
            _copy_sqlite(engine, current)
            _upgrade(connection, target, migrations)
            return
        _refuse_foreign(connection)
        if target == SCHEMA_VERSION:
            _create(connection)
        else:
            _upgrade(connection, target, migrations)
        _insert_meta(connection)


def schema_version(connection: Connection) -> str | None:
    """Return the Alembic revision of the database, or None when it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    row = connection.execute(text("SELECT version_num FROM alembic_version")).first()
    return None if row is None else str(row[0])


def _create(connection: Connection) -> None:
    """Make the newest schema at once: Alembic takes longer to load than the rest of a start."""
    number = Column("version_num", String(32), nullable=False)
    key = PrimaryKeyConstraint(number, name="alembic_version_pkc")
    versions = Table("alembic_version", MetaData(), number, key)
    versions.create(connection)
    connection.execute(insert(versions).values(version_num=SCHEMA_VERSION))
    metadata.create_all(connection, checkfirst=False)


def _upgrade(connection: Connection, target: str, migrations: Path) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("version_locations", str(migrations / "versions").replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.attributes["connection"] = connection
    command.upgrade(config, target)


def _refuse_newer(current: str, migrations: Path) -> None:
    known = {file.stem.partition("_")[0] for file in (migrations / "versions").glob("*.py")}
    if current not in known:
        raise StoreVersionError(
            f"The store has schema version {current}, this nbtrack knows up to {SCHEMA_VERSION}.",
            hint="Install a newer nbtrack: pip install --upgrade nbtrack. Nothing was changed.",
        )


def _refuse_foreign(connection: Connection) -> None:
    taken = sorted(metadata.tables.keys() & set(inspect(connection).get_table_names()))
    if taken:
        raise StoreError(
            f"The database has tables of another program, such as {taken[0]!r}.",
            hint="Give nbtrack a database of its own. Nothing was changed.",
        )


def _copy_sqlite(engine: Engine, current: str) -> None:
    file = engine.url.database
    if engine.dialect.name != "sqlite" or not file:
        return
    target = Path(f"{file}.before-{current}-{time.strftime('%Y%m%dT%H%M%S')}")
    if shutil.disk_usage(target.parent).free < Path(file).stat().st_size:
        raise OSError(f"no room on the disk for a copy of {file} before its migration")
    source, copy = sqlite3.connect(file), sqlite3.connect(target)
    try:
        source.backup(copy)
    finally:
        source.close()
        copy.close()


def _insert_meta(connection: Connection) -> None:
    connection.execute(
        insert(meta).values(
            id=1, store_id=secrets.token_hex(16), created=time.time_ns() // 1_000_000, revision=0
        )
    )

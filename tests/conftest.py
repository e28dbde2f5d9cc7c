"""Fixtures of all tests: a store of their own, on SQLite and on a real PostgreSQL server."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from nbtrack.api import Store
from nbtrack.config import Config, load_config
from nbtrack.store import Database, open_store
from tests.postgresql_server import administer, database_url, running_postgresql

settings.register_profile("nbtrack", deadline=None)  # a busy machine is no failure
settings.load_profile("nbtrack")

_NUMBERS = itertools.count(1)
NewStore = Callable[[], Store]


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep every test away from the user's own store, configuration and outboxes."""
    for name in ("JUPYTER_DATA_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    monkeypatch.setenv("NBTRACK_OUTBOX", str(tmp_path / "outbox"))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    for name in ("NBTRACK_STORE", "NBTRACK_ARTIFACTS"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """URL of a running PostgreSQL server."""
    with running_postgresql() as url:
        yield url


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: str) -> str:
    """Name of a migrated database, of which each test gets a copy."""
    name = f"nbtrack_template_{os.getpid()}"
    administer(postgresql_server, f"CREATE DATABASE {name}")
    open_store(database_url(postgresql_server, name)).close()
    return name


@pytest.fixture
def postgresql_url(postgresql_server: str, postgresql_template: str) -> Iterator[str]:
    """URL of a fresh PostgreSQL store."""
    name = f"nbtrack_{os.getpid()}_{next(_NUMBERS)}"
    administer(postgresql_server, f"CREATE DATABASE {name} TEMPLATE {postgresql_template}")
    yield database_url(postgresql_server, name)
    administer(postgresql_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def empty_postgresql_url(postgresql_server: str) -> Iterator[str]:
    """URL of a PostgreSQL database without any table."""
    name = f"nbtrack_empty_{os.getpid()}_{next(_NUMBERS)}"
    administer(postgresql_server, f"CREATE DATABASE {name}")
    yield database_url(postgresql_server, name)
    administer(postgresql_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of a fresh store, once of each kind of database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store' / 'nbtrack.db'}"
    url: str = request.getfixturevalue("postgresql_url")
    return url


@pytest.fixture
def config(store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    """Configuration of a fresh store."""
    monkeypatch.setenv("NBTRACK_ARTIFACTS", str(tmp_path / "artifacts"))
    return load_config(store_url)


@pytest.fixture
def database(config: Config) -> Iterator[Database]:
    """A fresh store's database, once of each kind."""
    database = open_store(config)
    yield database
    database.close()


@pytest.fixture
def store(config: Config) -> Iterator[Store]:
    """A fresh store to record into, once of each kind of database."""
    store = Store(config)
    yield store
    store.close()


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[Store]:
    """A fresh SQLite store, for what does not depend on the database."""
    store = Store(load_config(tmp_path / "store" / "nbtrack.db"))
    yield store
    store.close()

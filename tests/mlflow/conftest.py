"""Stores that MLflow's clients talk to: MLflow's own, and nbtrack's on either database.

What a test expects of MLflow is thereby seen to be what MLflow's own store does.
"""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import mlflow
import pytest
from mlflow.store.model_registry.sqlalchemy_store import SqlAlchemyStore as SqlAlchemyRegistry
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

from nbtrack.integrations.mlflow.registry_store import RegistryStore
from nbtrack.integrations.mlflow.tracking_store import TrackingStore
from nbtrack.store import open_store
from tests.postgresql_server import administer, database_url, running_postgresql

_NUMBERS = itertools.count(1)
Opened = Callable[[], Any]


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keep every test away from the user's own store, and from the other tests' tracking URI."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "jupyter_config"))
    monkeypatch.setenv("NBTRACK_OUTBOX", str(tmp_path / "outbox"))
    for name in ("NBTRACK_STORE", "NBTRACK_ARTIFACTS", "MLFLOW_TRACKING_URI", "MLFLOW_RUN_ID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    yield
    mlflow.end_run()
    mlflow.tracking.fluent._active_experiment_id = None
    os.environ.pop("MLFLOW_EXPERIMENT_ID", None)
    mlflow.set_tracking_uri(None)
    mlflow.set_registry_uri(None)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """URL of a running PostgreSQL server."""
    with running_postgresql() as url:
        yield url


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: str) -> str:
    """Name of a migrated database, of which each test gets a copy."""
    name = f"nbtrack_mlflow_template_{os.getpid()}"
    administer(postgresql_server, f"CREATE DATABASE {name}")
    open_store(database_url(postgresql_server, name)).close()
    return name


@pytest.fixture
def postgresql_uri(postgresql_server: str, postgresql_template: str) -> Iterator[str]:
    """URI of a fresh store on PostgreSQL, as MLflow is told of it."""
    name = f"nbtrack_mlflow_{os.getpid()}_{next(_NUMBERS)}"
    administer(postgresql_server, f"CREATE DATABASE {name} TEMPLATE {postgresql_template}")
    yield database_url(postgresql_server, name, driver="nbtrack+postgresql")
    administer(postgresql_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def sqlite_uri(tmp_path: Path) -> str:
    """URI of a fresh store on SQLite, as MLflow is told of it."""
    return f"nbtrack+sqlite:///{tmp_path / 'store' / 'nbtrack.db'}"


@pytest.fixture(scope="session")
def mlflow_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a database of MLflow's own, of which each test gets a copy."""
    folder = tmp_path_factory.mktemp("mlflow")
    SqlAlchemyStore(f"sqlite:///{folder / 'mlflow.db'}", str(folder))._dispose_engine()
    return folder / "mlflow.db"


@pytest.fixture(params=["mlflow", "sqlite", "postgresql"])
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Opened:
    """Give a function that opens the store again, in a process that forgot it."""
    root = (tmp_path / "artifacts").as_uri()
    if request.param == "mlflow":
        shutil.copy(request.getfixturevalue("mlflow_database"), tmp_path / "mlflow.db")
        return lambda: SqlAlchemyStore(f"sqlite:///{tmp_path / 'mlflow.db'}", root)
    uri: str = request.getfixturevalue(f"{request.param}_uri")
    return lambda: TrackingStore(uri, root)


@pytest.fixture
def store(reopen: Opened) -> Iterator[Any]:
    """A fresh tracking store: MLflow's own, then nbtrack's."""
    opened = reopen()
    yield opened
    opened._dispose_engine()


@pytest.fixture(params=["mlflow", "sqlite", "postgresql"])
def registry(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """A fresh model registry: MLflow's own, then nbtrack's."""
    if request.param == "mlflow":
        shutil.copy(request.getfixturevalue("mlflow_database"), tmp_path / "mlflow.db")
        opened = SqlAlchemyRegistry(f"sqlite:///{tmp_path / 'mlflow.db'}")
        yield opened
        opened.engine.dispose()
        return
    opened = RegistryStore(request.getfixturevalue(f"{request.param}_uri"))
    yield opened
    opened._dispose_engine()


@pytest.fixture(params=["sqlite", "postgresql"])
def uri(request: pytest.FixtureRequest) -> str:
    """URI of a fresh store of nbtrack."""
    found: str = request.getfixturevalue(f"{request.param}_uri")
    return found

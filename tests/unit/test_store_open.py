"""Opening a store that is broken, away, or cannot be written: a clear error, nothing changed."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

from nbtrack import connect
from nbtrack.config import load_config
from nbtrack.errors import (
    ConfigError,
    StoreCorruptError,
    StoreError,
    StoreUnavailableError,
)
from nbtrack.store import Database, open_store
from nbtrack.store.experiments import create_experiment
from nbtrack.store.tables import meta


def test_a_new_sqlite_store_makes_its_folder(tmp_path: Path) -> None:
    store = connect(tmp_path / "new" / "folder" / "runs.db")
    assert (tmp_path / "new" / "folder" / "runs.db").is_file()
    assert store.runs().empty
    store.close()


def test_a_store_keeps_its_id(database: Database) -> None:
    again = open_store(database.config)
    assert again.store_id == database.store_id
    assert len(again.store_id) == 32
    again.close()


@pytest.mark.parametrize("content", [b"no database at all, " * 100, b"SQLite format 3\0" * 100])
def test_a_file_that_is_no_database_is_refused_and_kept(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "runs.db"
    file.write_bytes(content)
    with pytest.raises(StoreCorruptError, match="Move the file away") as caught:
        connect(file)
    assert str(file) in str(caught.value)
    assert file.read_bytes() == content


def test_a_damaged_database_is_told_as_such(tmp_path: Path) -> None:
    file = tmp_path / "runs.db"
    store = connect(file)
    with store.start_run(params={f"key {number}": "x" * 100 for number in range(200)}):
        pass
    store.close()
    with file.open("r+b") as damaged:
        damaged.seek(4096)
        damaged.write(b"\xff" * (file.stat().st_size - 4096))
    with pytest.raises(StoreError) as caught:
        connect(file).runs()
    assert caught.value.code in {"store_corrupt", "store"}


def test_an_unreachable_postgresql_is_told_without_its_password() -> None:
    with pytest.raises(StoreUnavailableError) as caught:
        connect("postgresql://ana:hunter2@127.0.0.1:1/runs")
    assert "127.0.0.1" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_missing_postgresql_database_is_told(postgresql_url: str) -> None:
    missing = sa.make_url(postgresql_url).set(database="not_there")
    with pytest.raises(StoreUnavailableError, match="not_there"):
        connect(missing.render_as_string(hide_password=False))


@pytest.mark.parametrize(
    "folder",
    [
        pytest.param("below-a-file", id="a folder that cannot be made"),
        pytest.param("/proc", id="a folder that takes no files"),
    ],
)
def test_a_folder_that_cannot_be_written_is_told(folder: str, tmp_path: Path) -> None:
    place = Path(folder)
    if not place.is_absolute():
        (tmp_path / "file").write_text("a file, no folder")
        place = tmp_path / "file" / folder
    with pytest.raises(StoreUnavailableError, match="NBTRACK_STORE"):
        connect(place / "runs.db")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("mysql://host/runs", "Unknown kind of store 'mysql'"),
        ("mysql://ana:hunter2@host/runs", "'mysql://host/runs'"),
        ("https://tracking.example", "Unknown kind of store 'https'"),
        ("sqlite://", "names no file"),
        ("sqlite:///", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("runs?.db", "question mark"),
        ("postgresql://[::1/runs", "no database URL|cannot be used"),
        ("postgresql://host:port/runs", "no database URL|cannot be used"),
        ("~nobody-of-that-name/runs.db", "cannot be used"),
    ],
)
def test_a_url_that_cannot_be_used_is_refused(url: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        connect(url)
    assert "hunter2" not in str(caught.value)


def test_an_error_inside_a_transaction_undoes_it(database: Database) -> None:
    def fail_after_a_change() -> None:
        with database.writing() as connection:
            connection.execute(sa.update(meta).values(revision=99))
            _ = 1 / 0

    with pytest.raises(ZeroDivisionError):
        fail_after_a_change()
    assert database.revision() == 0


def test_each_visible_change_raises_the_revision(database: Database) -> None:
    create_experiment(database, "one")
    first = database.revision()
    create_experiment(database, "two")
    assert database.revision() > first > 0


def test_a_foreign_error_comes_out_as_ours_with_its_cause(database: Database) -> None:
    with pytest.raises(StoreError) as caught, database.reading() as connection:
        connection.execute(sa.text("SELECT nothing FROM nowhere"))
    assert isinstance(caught.value.__cause__, sa.exc.SQLAlchemyError)


def test_sqlite_is_set_up_for_many_readers_and_one_writer(tmp_path: Path) -> None:
    database = open_store(tmp_path / "runs.db")
    with database.reading() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "mmap_size")
        }
    assert found == {"journal_mode": "wal", "synchronous": 1, "foreign_keys": 1, "mmap_size": 0}
    database.close()


def test_readers_do_not_wait_for_a_writer(tmp_path: Path) -> None:
    database = open_store(tmp_path / "runs.db")
    other = sqlite3.connect(tmp_path / "runs.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert database.revision() == 0
    other.close()
    database.close()


def test_a_forked_child_reads_and_writes_beside_its_parent(database: Database) -> None:
    assert database.revision() == 0  # the parent has a connection that the child inherits
    child = os.fork()
    if child == 0:
        try:
            create_experiment(database, "of the child")
            os._exit(0)
        finally:
            os._exit(1)
    create_experiment(database, "of the parent")
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    with database.reading() as connection:
        names = connection.execute(sa.text("SELECT name FROM experiments")).scalars()
        assert set(names) == {"of the child", "of the parent"}


def test_a_store_that_is_given_as_a_path_or_a_url_is_the_same(tmp_path: Path) -> None:
    first = open_store(tmp_path / "runs.db")
    second = open_store(load_config(f"sqlite:///{tmp_path / 'runs.db'}"))
    assert first.store_id == second.store_id
    first.close()
    second.close()

"""Copies, backups and checks of stores, on both databases, while others write."""

from __future__ import annotations

import math
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest
import sqlalchemy as sa

from nbtrack.api import Store
from nbtrack.config import load_config
from nbtrack.errors import StoreCorruptError, StoreError
from nbtrack.store import Database, open_store
from nbtrack.store.backup import back_up
from nbtrack.store.checking import check_database
from nbtrack.store.copying import copy_rows, count_rows, finish_copy
from tests.unit.processes import kill, read_lines, start_python
from tests.unit.recorded_runs import deliver_run, record_full_run

DIES = """
import os
import sys
from nbtrack.store import copying, open_store

copying.ROWS = 50
source, target = open_store(sys.argv[1]), open_store(sys.argv[2])
copied = 0
def report(rows):
    global copied
    copied += rows
    print(copied, flush=True)
    sys.stdin.readline()
copying.copy_rows(source, target, report)
"""
LEAVES = """
import sys
import nbtrack
with nbtrack.connect(sys.argv[1]).start_run("left behind") as run:
    for step in range(1000):
        run.log_metric("loss", step)
    run.recorder.delivery.close()
    run.log_metric("late", 1)
    print(run.run_id, flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def filled(store: Store, tmp_path: Path) -> Store:
    """A store with something in every table that runs fill."""
    record_full_run(store, tmp_path)
    with store.start_run("many points") as run:
        for step in range(3000):
            run.log_metric("loss", math.nan if step % 7 == 0 else 1 / (step + 1))
        run.log_metric("zero", -0.0)
    database = store.database
    for number in range(120):
        deliver_run(database, name=f"run {number}", params={"n": number}, metrics={"m": number})
    with store.start_run("deleted") as run:
        pass
    store.delete_runs(run.run_id)
    assert store.recorder.delivery.flush(60)
    return store


@pytest.fixture
def other_url(
    config: object, store_url: str, tmp_path: Path, request: pytest.FixtureRequest
) -> str:
    """URL of an empty store on the other kind of database."""
    if store_url.startswith("sqlite"):
        url: str = request.getfixturevalue("empty_postgresql_url")
        return url
    return f"sqlite:///{tmp_path / 'other.db'}"


def copy_whole(source: Database, target: Database) -> None:
    finish_copy(target, copy_rows(source, target))


def test_a_copy_on_the_other_database_equals_its_source_and_records_on(
    filled: Store, other_url: str
) -> None:
    copied: list[int] = []
    target = Store(load_config(other_url))
    compared = copy_rows(filled.database, target.database, copied.append)
    assert sum(copied) == 2 * count_rows(filled.database)
    assert all(table.equal for table in compared)
    assert {table.name: table.source for table in compared}["metrics"] == 3000 + 1 + 6 + 120
    finish_copy(target.database, compared)
    full = filled.runs(limit=1, order_by="run_name ASC", where="run_name LIKE 'full%'")
    run_id = full.run_id[0]
    assert repr(target.get_run(run_id)) == repr(filled.get_run(run_id))
    assert target.history(run_id).equals(filled.history(run_id))
    with target.start_run("after it", parent=run_id) as run:
        run.log_metric("loss", 1)
    assert len(target.runs()) == len(filled.runs()) + 1
    with pytest.raises(StoreError, match="holds runs already"):
        copy_rows(filled.database, target.database)
    target.close()


def test_a_copy_whose_process_dies_goes_on_where_it_stopped(filled: Store, other_url: str) -> None:
    total = count_rows(filled.database)
    process = start_python(DIES, filled.config.store_url, other_url)
    assert process.stdin is not None
    line = "0"
    for _ in range(25):
        (line,) = read_lines(process, 1)
        process.stdin.write("\n")
        process.stdin.flush()
    assert 0 < int(line) < total
    kill(process)
    target = open_store(other_url)
    findings = [finding.text for finding in check_database(target)]
    assert "an unfinished copy of another store: run `nbtrack store copy` again" in findings
    copied: list[int] = []
    compared = copy_rows(filled.database, target, copied.append)
    assert sum(copied) == 2 * total
    assert all(table.equal for table in compared)
    target.close()


def test_a_copy_begins_anew_when_its_source_was_changed_meanwhile(
    filled: Store, other_url: str
) -> None:
    target = open_store(other_url)

    class StopError(Exception):
        pass

    def stop(rows: int) -> None:
        if rows == 124 + 2:  # the runs are there, what they logged is not
            raise StopError

    with pytest.raises(StopError):
        copy_rows(filled.database, target, stop)
    filled.delete_runs(list(filled.runs(limit=3).run_id))
    copy_whole(filled.database, target)
    assert not list(check_database(target))
    target.close()


def test_a_copy_that_was_changed_is_refused_and_begun_anew(filled: Store, other_url: str) -> None:
    target = open_store(other_url)
    copy_rows(filled.database, target)
    with target.writing() as connection:
        connection.execute(sa.text("UPDATE params SET value = 'forged' WHERE value = '7'"))
    with pytest.raises(StoreError, match=r"differs from its source: params \(126 and 126 rows\)"):
        finish_copy(target, copy_rows(filled.database, target))
    copy_whole(filled.database, target)
    target.close()


def test_the_unfinished_copy_of_another_store_is_refused(
    filled: Store, other_url: str, tmp_path: Path
) -> None:
    target, another = open_store(other_url), open_store(tmp_path / "another.db")
    copy_rows(another, target)
    with pytest.raises(StoreError, match="unfinished copy of another store"):
        copy_rows(filled.database, target)
    target.close()
    another.close()


def test_a_backup_is_a_store_of_one_moment_though_others_write(
    filled: Store, tmp_path: Path
) -> None:
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            deliver_run(filled.database, name=f"meanwhile {number}", metrics={"m": 1, "n": 2})
            number += 1

    thread = threading.Thread(target=write)
    thread.start()
    file = tmp_path / "backups" / "1.db"
    try:
        for each in (file.with_name("0.db"), file):
            assert back_up(filled.database, each) == each.stat().st_size
    finally:
        stop.set()
        thread.join()
    assert sorted(path.name for path in file.parent.iterdir()) == ["0.db", "1.db"]
    copy = Store(load_config(file))
    assert not list(check_database(copy.database))
    frame = copy.runs()
    late = frame[frame.run_name.str.startswith("meanwhile")]
    assert late["metrics.n"].notna().all()
    assert len(frame) - len(late) == len(filled.runs("not run_name LIKE 'meanwhile%'"))
    with pytest.raises(StoreError, match="exists already"):
        back_up(filled.database, file)
    copy.close()


def test_damage_and_lost_rows_are_found(filled: Store) -> None:
    database = filled.database
    assert not list(check_database(database))
    with database.writing() as connection:
        connection.execute(sa.text("DELETE FROM metrics WHERE position = 0"))
        connection.execute(sa.text("UPDATE runs SET source_id = NULL"))
    texts = [finding.text for finding in check_database(database)]
    assert texts[0].endswith("metrics have another number of points than they say")
    assert "sources that no run has" in texts[1]


def test_a_damaged_sqlite_file_is_found(sqlite_store: Store, tmp_path: Path) -> None:
    for number in range(200):
        deliver_run(sqlite_store.database, name=f"run {number}", params={"text": "x" * 500})
    sqlite_store.close()
    file = tmp_path / "store" / "nbtrack.db"
    with sqlite3.connect(file) as connection:
        roots = "SELECT rootpage FROM sqlite_master WHERE name IN ('params', 'run_events')"
        pages = [page for (page,) in connection.execute(roots)]
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    connection.close()
    with file.open("r+b") as data:
        for page in pages:
            data.seek((page - 1) * size)
            data.write(os.urandom(size))
    database = open_store(file)
    found = set()
    with suppress(StoreCorruptError):  # beyond what the check of the file tells
        for finding in check_database(database):
            found.add(finding.part)
    assert "database" in found
    database.close()


def run_cli(*arguments: str, code: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "nbtrack", "store", *arguments],
        capture_output=True, text=True, check=False, env={**os.environ, "COLUMNS": "200"},
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    return done.stderr if code and done.stderr else done.stdout


def test_the_command_checks_delivers_copies_and_backs_up(
    tmp_path: Path, empty_postgresql_url: str
) -> None:
    file, artifacts = tmp_path / "runs.db", tmp_path / "team" / "artifacts"
    assert "nbtrack store upgrade" in run_cli("check", "--store", str(file), code=1)
    assert "was none, is now" in run_cli("upgrade", "--store", str(file))
    process = start_python(LEAVES, str(file))
    (run_id,) = read_lines(process, 1)
    said = run_cli("check", "--store", str(file))
    assert "its process delivers it" in said
    assert "No problem was found." in said
    kill(process)
    said = run_cli("check", "--store", str(file), "--no-deliver", code=1)
    assert "its process is gone" in said
    said = run_cli("check", "--store", str(file))
    assert "1 of vanished processes were delivered" in said
    store = Store(load_config(file))
    assert store.get_run(run_id).metrics["late"].count == 1
    with store.start_run():
        store.log_text("hello", "note.txt")
    store.close()
    said = run_cli("copy", str(file), empty_postgresql_url, "--artifacts", str(artifacts))
    assert "equals" in said
    assert [path.name for path in artifacts.rglob("*.txt")] == ["note.txt"]
    assert "holds runs already" in run_cli("copy", str(file), empty_postgresql_url, code=1)
    assert "onto itself" in run_cli("copy", str(file), str(file), code=1)
    backup = tmp_path / "backup.db"
    run_cli("backup", str(backup), "--store", empty_postgresql_url)
    assert len(Store(load_config(backup)).runs()) == 2
    shutil.rmtree(tmp_path / "artifacts")
    assert "1 artifacts that runs list are gone" in run_cli("check", "--store", str(file), code=1)
    assert "exists already" in run_cli("backup", str(backup), "--store", str(file), code=1)


def test_a_check_leaves_an_older_store_as_it_is(tmp_path: Path) -> None:
    corpus = sorted((Path(__file__).parents[1] / "corpus").rglob("*.db"))
    old = next(file for file in corpus if "0001" in file.name)
    file = tmp_path / "old.db"
    shutil.copy(old, file)
    content = file.read_bytes()
    assert "its schema version is 0001" in run_cli("check", "--store", str(file), code=1)
    assert file.read_bytes() == content
    assert "was 0001, is now" in run_cli("upgrade", "--store", str(file))
    assert sqlite3.connect(file).execute("SELECT 1").fetchone()

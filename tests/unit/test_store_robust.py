"""Stores in trouble: lost connections, slow statements, network folders, space to give back."""

from __future__ import annotations

import threading
from pathlib import Path

import psutil
import pytest
import sqlalchemy as sa
from sqlalchemy import Connection

from nbtrack.api import Store
from nbtrack.config import load_config, sqlite_file
from nbtrack.errors import StoreUnavailableError
from nbtrack.store import Database, network_folder, open_store
from nbtrack.store.network_folder import network_kind
from nbtrack.store.retry import write
from nbtrack.store.upkeep import give_space_back
from tests.unit.processes import read_lines, start_python
from tests.unit.recorded_runs import deliver_run
from tests.waiting import until

WRITES = """
import sys
import nbtrack
store = nbtrack.connect(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
for number in range(2):
    with store.start_run(f"{sys.argv[2]}-{number}", params={"worker": sys.argv[2]}) as run:
        for step in range(300):
            run.log_metrics({"loss": step, f"own {sys.argv[2]}": step})
print(store.recorder.delivery.flush(120), flush=True)
"""


@pytest.fixture
def postgresql(postgresql_url: str) -> Database:
    return open_store(postgresql_url)


def own_process(connection: Connection) -> int:
    return int(connection.execute(sa.text("SELECT pg_backend_pid()")).scalar_one())


def test_a_write_whose_connection_is_lost_is_made_again(postgresql: Database) -> None:
    tried: list[int] = []

    def work(connection: Connection) -> int:
        tried.append(own_process(connection))
        connection.execute(sa.text("UPDATE meta SET revision = revision + 1"))
        if len(tried) == 1:
            with postgresql.unlocked() as other:
                other.execute(sa.text("SELECT pg_terminate_backend(:pid)"), {"pid": tried[0]})
            until(lambda: not is_there(postgresql, tried[0]), "the connection to be lost")
        return int(connection.execute(sa.text("SELECT revision FROM meta")).scalar_one())

    before = postgresql.revision()
    assert write(postgresql, work) == before + 1
    assert len(tried) == 2
    assert postgresql.revision() == before + 1
    postgresql.close()


def is_there(database: Database, process: int) -> bool:
    query = sa.text("SELECT count(*) FROM pg_stat_activity WHERE pid = :pid")
    with database.unlocked() as connection:
        return bool(connection.execute(query, {"pid": process}).scalar_one())


def test_a_read_that_takes_too_long_is_cut_off_and_says_so(postgresql: Database) -> None:
    with (
        pytest.raises(StoreUnavailableError, match="took longer than it may"),
        postgresql.reading(seconds=1) as connection,
    ):
        connection.execute(sa.text("SELECT pg_sleep(60)"))
    with postgresql.reading() as connection:
        assert connection.execute(sa.text("SHOW statement_timeout")).scalar_one() == "1min"
        with pytest.raises(sa.exc.InternalError, match="read-only"):
            connection.execute(sa.text("UPDATE meta SET revision = 0"))
    with postgresql.writing() as connection:
        assert connection.execute(sa.text("SHOW statement_timeout")).scalar_one() == "0"
    postgresql.close()


def test_several_processes_write_and_somebody_looks_on(store_url: str) -> None:
    open_store(store_url).close()
    workers = [start_python(WRITES, store_url, str(number)) for number in range(4)]
    for worker in workers:
        assert read_lines(worker, 1) == ["ready"]
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("\n")
        worker.stdin.flush()
    store, stop, seen = Store(load_config(store_url)), threading.Event(), list[int]()

    def look() -> None:
        while not stop.is_set():
            seen.append(len(store.runs()))

    thread = threading.Thread(target=look)
    thread.start()
    for worker in workers:
        stdout, stderr = worker.communicate(timeout=150)
        assert (worker.returncode, stdout, stderr) == (0, "True\n", "")
    stop.set()
    thread.join()
    frame = store.runs()
    assert seen == sorted(seen)
    assert len(frame) == 8
    assert set(frame.status) == {"completed"}
    assert (frame["metrics.loss"] == 299).all()
    assert len(store.history(list(frame.run_id))) == 8 * 600
    store.close()


def test_a_network_folder_gets_a_rollback_journal_and_one_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert network_kind(tmp_path) is None
    mounts = psutil.disk_partitions(all=True)
    here = [mount for mount in mounts if tmp_path.is_relative_to(mount.mountpoint)]
    kind = max(here, key=lambda mount: len(mount.mountpoint)).fstype
    monkeypatch.setattr(network_folder, "_NETWORK", {kind})
    file = tmp_path / "shared" / "runs.db"
    file.parent.mkdir()
    store = Store(load_config(file))
    for _ in range(2):
        with store.start_run() as run:
            run.log_metric("loss", 1)
    assert len(store.runs()) == 2
    with store.database.unlocked() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "truncate"
    store.close()
    assert not file.with_name("runs.db-wal").exists()
    (warning,) = capsys.readouterr().err.splitlines()
    assert f"is on a network folder ({kind})" in warning


def test_the_space_of_cleared_runs_is_given_back(store: Store) -> None:
    for number in range(200):
        deliver_run(store.database, params={"text": f"{number}" + "x" * 5000})
    store.delete_runs(list(store.runs(format="json").run_id))
    assert len(store.clear_deleted()) == 200
    freed = give_space_back(store.database)
    file = sqlite_file(store.config.store_url)
    if file is None:
        assert freed is None
    else:
        assert freed is not None
        assert freed > 500_000
    assert store.runs().empty

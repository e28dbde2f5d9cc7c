"""Runs of vanished processes: nothing acknowledged is lost, and no living run is called dead."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest
import sqlalchemy as sa

from nbtrack.api import Store
from nbtrack.kernels import identity
from nbtrack.kernels.identity import has_vanished, is_alive, process_start, this_kernel
from nbtrack.kernels.reconcile import deliver_leftovers, mark_dead, reconcile
from nbtrack.model import Kernel, Status, now
from nbtrack.recording.run import Run
from nbtrack.store import Database, tables
from nbtrack.store.edits import ensure_kernel
from nbtrack.store.outbox import Batch, OutboxWriter, Record
from nbtrack.store.reader import read_run
from nbtrack.store.writer import deliver
from tests.unit.processes import kill, read_lines, start_python

RUN_ID = "c" * 32

RECORD = """
    import itertools, sys
    from nbtrack import connect

    store = connect(sys.argv[1])
    with store.start_run("parent") as parent, store.start_run("child", params={"lr": 0.1}) as run:
        print(parent.run_id, run.run_id, flush=True)
        for step in itertools.count():
            run.log_metric("loss", step)
            print(step, flush=True)
"""


@pytest.fixture
def gone() -> Kernel:
    """A process of this host that has lived, and is reaped."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    kernel = dataclasses.replace(
        this_kernel(), pid=process.pid, process_start=process_start(process.pid) or 0
    )
    assert is_alive(kernel)
    process.communicate()
    return kernel


def start_record(kernel: Kernel | None, parent: str | None = None, time: int = 1_000) -> Record:
    return {
        "op": "start", "time": time, "status": "running", "experiment": "Default",
        "parent": parent, "run": {"run_name": "by hand"}, "code": None,
        "kernel": kernel and dataclasses.asdict(kernel),
    }  # fmt: skip


def open_run(database: Database, kernel: Kernel | None, time: int = 1_000) -> None:
    deliver(database, Batch(RUN_ID, 0, 10, [start_record(kernel, time=time)], 0))


@pytest.mark.parametrize("store_away", [False, True], ids=["store there", "store away"])
def test_a_killed_process_loses_nothing_that_was_acknowledged(
    store_away: bool, store_url: str, tmp_path: Path, store: Store
) -> None:
    process = start_python(RECORD, store_url)
    parent, run_id = read_lines(process, 1)[0].split()
    # while it is occupied, the process cannot deliver what it logs
    with _occupied(store) if store_away else nullcontext():
        acknowledged = read_lines(process, 200)
        rest = kill(process)
    last = int([*acknowledged, *rest.split()][-1])
    assert sorted(reconcile(store.database)) == sorted([parent, run_id])
    history = store.history(run_id)
    assert history.step.tolist()[: last + 1] == list(range(last + 1))
    assert len(history) <= last + 2  # the one that was written, and not yet printed
    found = store.get_run(run_id)
    assert found.params == {"lr": 0.1}
    assert found.parent_run_id == parent
    assert found.status is Status.DEAD
    assert found.reason is not None
    assert found.reason.startswith(f"kernel process {process.pid} is gone")
    assert found.end_time is not None
    assert found.events[-1].observer == "reconciler"
    assert not list(store.config.outbox.glob("*"))
    assert reconcile(store.database) == []


@contextmanager
def _occupied(store: Store) -> Iterator[None]:
    """Lock the store for other writers: SQLite as a whole, of PostgreSQL the runs."""
    engine = store.database.engine.execution_options(nbtrack_writing=True)
    with engine.connect() as connection:
        connection.execute(sa.update(tables.runs).values(stage="active"))
        yield


def test_what_living_processes_record_is_left_alone(store: Store) -> None:
    with store.start_run("alive") as run:
        assert store.recorder.delivery.wait(run.run_id, 60)
        assert reconcile(store.database) == []
        assert store.get_run(run.run_id).status is Status.RUNNING
        assert list(store.config.outbox.glob("*.outbox"))


def _reused_pid(kernel: Kernel) -> Kernel:
    return dataclasses.replace(kernel, pid=os.getpid(), process_start=kernel.process_start - 1)


def _other_host(kernel: Kernel) -> Kernel:
    return dataclasses.replace(kernel, host="other", boot_id="other-machine/other-boot/pid:[1]")


def _other_machine_of_that_name(kernel: Kernel) -> Kernel:
    return dataclasses.replace(kernel, boot_id="other-machine/other-boot/pid:[1]")


def _other_container(kernel: Kernel) -> Kernel:
    boot = kernel.boot_id.rpartition("/")[0]
    return dataclasses.replace(kernel, boot_id=f"{boot}/pid:[1]")


def _before_reboot(kernel: Kernel) -> Kernel:
    machine = kernel.boot_id.partition("/")[0]
    return dataclasses.replace(kernel, boot_id=f"{machine}/earlier-boot/pid:[1]")


@pytest.mark.parametrize(
    ("change", "dead"),
    [
        (lambda kernel: kernel, True),
        (_reused_pid, True),
        (_before_reboot, True),
        (_other_host, False),
        (_other_machine_of_that_name, False),
        (_other_container, False),
        (lambda kernel: this_kernel(), False),
        (lambda kernel: None, False),
    ],
    ids=[
        "gone",
        "pid reused",
        "rebooted",
        "other host",
        "other machine of that name",
        "other container",
        "alive",
        "no kernel",
    ],
)
def test_who_is_dead(
    change: Callable[[Kernel], Kernel | None], dead: bool, gone: Kernel, database: Database
) -> None:
    kernel = change(gone)
    open_run(database, kernel, now())
    assert mark_dead(database) == ([RUN_ID] if dead else [])
    assert read_run(database, RUN_ID).status is (Status.DEAD if dead else Status.RUNNING)
    if kernel is not None:
        assert (has_vanished(kernel) is not None) == dead


def test_a_zombie_does_not_live() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)  # it has ended, and is not reaped
    assert process_start(child) is None
    os.waitpid(child, 0)


def test_a_run_that_ended_is_not_called_dead(gone: Kernel, database: Database) -> None:
    open_run(database, gone)
    end = {"op": "end", "time": 2, "status": "failed", "reason": "x", "peak_memory": None}
    deliver(database, Batch(RUN_ID, 10, 20, [end], 0))
    assert mark_dead(database) == []
    assert read_run(database, RUN_ID).status is Status.FAILED


def test_a_dead_run_is_revived_by_the_end_that_its_own_process_reports(
    gone: Kernel, database: Database
) -> None:
    open_run(database, gone)
    assert mark_dead(database) == [RUN_ID]
    end = {"op": "end", "time": 9_000, "status": "completed", "reason": None, "peak_memory": None}
    deliver(database, Batch(RUN_ID, 10, 20, [end], 0))
    run = read_run(database, RUN_ID)
    assert run.status is Status.COMPLETED
    assert run.reason is None
    assert [event.to_status for event in run.events] == ["running", "dead", "completed"]


def test_a_dead_run_ended_when_it_was_last_heard_of(gone: Kernel, database: Database) -> None:
    open_run(database, gone)
    point = {"op": "metrics", "time": 500_000, "points": [["loss", 0, 1.0]]}
    deliver(database, Batch(RUN_ID, 10, 20, [point], 0))
    mark_dead(database)
    run = read_run(database, RUN_ID)
    assert run.end_time is not None
    assert run.end_time.timestamp() == 500
    with database.reading() as connection:
        assert connection.execute(sa.select(tables.kernels.c.ended)).scalar() is not None


def leave_outbox(database: Database, run_id: str, *records: Record) -> Path:
    outbox = OutboxWriter(database.config.outbox, run_id)
    for record in records:
        outbox.append(record)
    outbox.close()
    return outbox.path


def test_leftovers_are_delivered_from_the_spare_outbox_too(
    gone: Kernel, database: Database
) -> None:
    for number, folder in enumerate((database.config.outbox, database.config.spare_outbox)):
        outbox = OutboxWriter(folder, f"{number:032x}")
        outbox.append(start_record(gone))
    assert deliver_leftovers(database) == 2
    assert len(mark_dead(database)) == 2
    assert not list(database.config.spare_outbox.glob("*"))


def test_children_find_their_parent_whose_outbox_is_newer(gone: Kernel, database: Database) -> None:
    child, parent = "1" * 32, "2" * 32
    leave_outbox(database, child, start_record(gone, parent, time=2_000))
    leave_outbox(database, parent, start_record(gone, time=1_000), {"op": "note", "time": 1})
    assert deliver_leftovers(database) == 2
    assert read_run(database, child).parent_run_id == parent


def test_a_record_within_which_the_process_died_is_noted(gone: Kernel, database: Database) -> None:
    path = leave_outbox(database, RUN_ID, start_record(gone), {"op": "tags", "values": {"a": "b"}})
    with path.open("ab") as file:
        file.write(b'damaged\n{"op": "tags", "values": {"lost"')
    deliver_leftovers(database)
    run = read_run(database, RUN_ID)
    assert run.tags == {"a": "b"}
    assert [event.cause for event in run.events if event.cause] == [
        "incomplete: 1 records were unreadable"
    ] * 2
    assert not path.exists()


@pytest.mark.parametrize(
    "content",
    [
        b"", b"garbage\n", b'{"op": "start"}\n', b'{"op": "tags", "values": {}}\n',
        b'{"op": "start", "kernel": {"unknown": 1}}\n', b"[]\n", b'{"op": "start", "time": "x"}\n',
    ],
)  # fmt: skip
def test_an_outbox_that_nobody_understands_is_kept_and_holds_up_no_other(
    content: bytes, gone: Kernel, sqlite_store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    database = sqlite_store.database
    strange = database.config.outbox / f"{'0' * 32}.outbox"
    leave_outbox(database, RUN_ID, start_record(gone))
    strange.write_bytes(content)
    assert reconcile(database) == [RUN_ID]
    assert strange.read_bytes() == content


def test_a_first_record_that_is_long_is_understood(gone: Kernel, sqlite_store: Store) -> None:
    database = sqlite_store.database
    leave_outbox(database, RUN_ID, {**start_record(gone), "code": "x = 1\n" * 5_000})
    assert reconcile(database) == [RUN_ID]
    assert read_run(database, RUN_ID).code == "x = 1\n" * 5_000


def test_a_kernel_has_one_row(database: Database) -> None:
    kernel = this_kernel("/n.ipynb")
    first = ensure_kernel(database, kernel)
    assert ensure_kernel(database, dataclasses.replace(kernel, notebook="/m.ipynb")) == first
    assert ensure_kernel(database, dataclasses.replace(kernel, pid=kernel.pid + 1)) != first


def test_a_run_knows_its_kernel(sqlite_store: Store) -> None:
    with sqlite_store.start_run() as run:
        pass
    assert _kernel_of(sqlite_store, run) == this_kernel(sqlite_store.get_run(run.run_id).notebook)


def _kernel_of(store: Store, run: Run) -> Kernel | None:
    assert store.recorder.delivery.wait(run.run_id, 60)
    return store.get_run(run.run_id).kernel


def test_the_identity_of_a_process_can_be_written_as_json() -> None:
    kernel = this_kernel()
    assert Kernel(**json.loads(json.dumps(dataclasses.asdict(kernel)))) == kernel
    assert kernel.pid == os.getpid()
    assert identity.is_alive(kernel) is True

"""Signs of life: who is taken for dead, who is revived, and in whose words."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest
import sqlalchemy as sa

from nbtrack.api import Store
from nbtrack.kernels import heartbeat, memory
from nbtrack.kernels.heartbeat import Heartbeat, beat
from nbtrack.kernels.identity import process_start, this_kernel
from nbtrack.kernels.memory import Memory, memory_in_use
from nbtrack.kernels.reconcile import LEASE_SECONDS, mark_dead, reconcile
from nbtrack.model import Kernel, RunInfo, Status, now
from nbtrack.store import Database, tables
from nbtrack.store.liveness import Beat, bury, note_life, open_kernels
from nbtrack.store.outbox import Batch, Record
from nbtrack.store.reader import read_run
from nbtrack.store.writer import deliver
from tests.unit.processes import run_python
from tests.waiting import until

RUN_ID = "c" * 32
ELSEWHERE = Kernel("far", "other-machine/boot/pid:[1]", 4711, 42)
EXPIRED = int((LEASE_SECONDS + 1) * 1000)


def start(
    database: Database, kernel: Kernel, *, run_id: str = RUN_ID, status: str = "running"
) -> None:
    record: Record = {
        "op": "start", "time": now(), "status": status, "experiment": "Default", "parent": None,
        "run": {"run_name": "by hand"}, "code": None, "kernel": asdict(kernel),
    }  # fmt: skip
    deliver(database, Batch(run_id, 0, 10, [record], 0))


def silence(database: Database, milliseconds: int) -> None:
    """Let all kernels have been silent for a while."""
    kernels = tables.kernels
    with database.writing() as connection:
        connection.execute(sa.update(kernels).values(heartbeat=kernels.c.heartbeat - milliseconds))


def live(database: Database, kernel: Kernel, *run_ids: str) -> list[str]:
    open_runs = dict.fromkeys(run_ids, Status.RUNNING)
    return note_life(database, asdict(kernel), open_runs, observer="kernel", cause="alive").revived


def story(run: RunInfo) -> list[tuple[str | None, str | None, str | None]]:
    return [(event.from_status, event.to_status, event.observer) for event in run.events]


def test_elsewhere_a_lease_decides(database: Database) -> None:
    start(database, ELSEWHERE)
    silence(database, EXPIRED - 60_000)
    assert mark_dead(database) == []
    silence(database, 60_000)
    assert mark_dead(database) == [RUN_ID]
    assert read_run(database, RUN_ID).reason == "no sign of life from host far for 180 s"


def test_a_heartbeat_renews_the_lease(database: Database) -> None:
    start(database, ELSEWHERE)
    silence(database, EXPIRED)
    assert live(database, ELSEWHERE, RUN_ID) == []
    assert mark_dead(database) == []


def test_here_no_silence_makes_a_living_process_dead(database: Database) -> None:
    start(database, this_kernel())
    silence(database, 100 * EXPIRED)
    assert mark_dead(database) == []


def test_a_process_that_lives_revives_its_runs(database: Database) -> None:
    start(database, ELSEWHERE)
    waiting, foreign = "d" * 32, "e" * 32
    start(database, ELSEWHERE, run_id=waiting, status="queued")
    start(database, dataclasses.replace(ELSEWHERE, pid=1), run_id=foreign)
    silence(database, EXPIRED)
    assert sorted(mark_dead(database)) == [RUN_ID, waiting, foreign]
    open_runs = {RUN_ID: Status.RUNNING, waiting: Status.QUEUED, foreign: Status.RUNNING}
    found = note_life(database, asdict(ELSEWHERE), open_runs, observer="kernel", cause="alive")
    assert sorted(found.revived) == [RUN_ID, waiting]
    run = read_run(database, RUN_ID)
    assert (run.status, run.reason, run.end_time) == (Status.RUNNING, None, None)
    assert story(run) == [
        (None, "running", "kernel"), ("running", "dead", "reconciler"),
        ("dead", "running", "kernel"),
    ]  # fmt: skip
    assert run.events[-1].cause == "alive"
    assert read_run(database, waiting).status is Status.QUEUED
    assert read_run(database, foreign).status is Status.DEAD


def test_a_run_that_ended_is_not_revived(database: Database) -> None:
    start(database, ELSEWHERE)
    end = {"op": "end", "time": now(), "status": "failed", "reason": "x", "peak_memory": None}
    deliver(database, Batch(RUN_ID, 10, 20, [end], 0))
    assert live(database, ELSEWHERE, RUN_ID) == []
    assert read_run(database, RUN_ID).status is Status.FAILED


def test_a_heartbeat_after_the_look_keeps_the_run(database: Database) -> None:
    start(database, ELSEWHERE)
    silence(database, EXPIRED)
    (seen,) = open_kernels(database)
    live(database, ELSEWHERE, RUN_ID)
    assert bury(database, seen, cause="x", observer="reconciler", unless_heard=True) == []
    assert read_run(database, RUN_ID).status is Status.RUNNING


def test_a_clock_that_is_behind_is_taken_for_dead_at_most_once(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, hour, ahead = sqlite_store.database, 3_600_000, 0

    def live_an_hour_behind() -> Beat:
        with monkeypatch.context() as patch:
            patch.setattr("nbtrack.store.liveness.now", lambda: now() - hour)
            return note_life(
                database, asdict(ELSEWHERE), {RUN_ID: Status.RUNNING}, ahead=ahead,
                observer="kernel", cause="alive",
            )  # fmt: skip

    start(database, ELSEWHERE)
    silence(database, hour)
    assert live_an_hour_behind() == Beat([], 0)
    assert mark_dead(database) == [RUN_ID]
    revived, ahead = live_an_hour_behind()
    assert revived == [RUN_ID]
    for _ in range(3):
        assert live_an_hour_behind().revived == []
        assert mark_dead(database) == []


def test_a_queued_run_that_was_taken_for_dead_begins(database: Database) -> None:
    start(database, ELSEWHERE, status="queued")
    assert read_run(database, RUN_ID).start_time is None
    silence(database, EXPIRED)
    assert mark_dead(database) == [RUN_ID]
    begin = {"op": "begin", "time": now(), "experiment": "Default", "run": {"execution_count": 3}}
    deliver(database, Batch(RUN_ID, 10, 20, [{**begin, "status": "running"}], 0))
    run = read_run(database, RUN_ID)
    assert (run.status, run.execution_count, run.reason) == (Status.RUNNING, 3, None)
    assert run.start_time is not None


def test_the_memory_at_the_last_heartbeat_is_told(database: Database) -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    kernel = dataclasses.replace(
        this_kernel(), pid=process.pid, process_start=process_start(process.pid) or 0
    )
    start(database, kernel)
    note_life(
        database, asdict(kernel), {RUN_ID: Status.RUNNING},
        memory=Memory(15_200_000_000, 16_000_000_000), observer="kernel", cause="alive",
    )  # fmt: skip
    assert mark_dead(database) == []
    os.kill(process.pid, signal.SIGKILL)
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # a zombie still says how it ended
    assert mark_dead(database) == [RUN_ID]
    process.communicate()
    assert read_run(database, RUN_ID).reason == (
        f"kernel process {process.pid} was killed (signal 9); "
        "15.2 of 16 GB in use at the last heartbeat"
    )


def test_what_was_told_before_is_the_reason(database: Database) -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    kernel = dataclasses.replace(
        this_kernel(), pid=process.pid, process_start=process_start(process.pid) or 0
    )
    start(database, kernel)
    ending = {"op": "ending", "cause": "kernel restarted by the user"}
    deliver(database, Batch(RUN_ID, 10, 20, [ending], 0))
    process.communicate()
    assert mark_dead(database) == [RUN_ID]
    assert read_run(database, RUN_ID).reason == "kernel restarted by the user"


def test_an_observer_tells_what_it_saw(database: Database) -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    kernel = dataclasses.replace(
        this_kernel(), pid=process.pid, process_start=process_start(process.pid) or 0
    )
    process.wait()
    start(database, kernel)
    told = {(kernel.pid, kernel.process_start): "seen by me", (1, 1): "another"}
    assert reconcile(database, told=told, observer="server") == [RUN_ID]
    run = read_run(database, RUN_ID)
    assert (run.reason, run.events[-1].observer) == ("seen by me", "server")


def test_a_heartbeat_that_never_comes_by_itself(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "FIRST_SECONDS", 0.01)
    monkeypatch.setattr(heartbeat, "HEARTBEAT_SECONDS", 0.01)
    with store.start_run() as run:
        assert store.recorder.delivery.wait(run.run_id, 60)
        (seen,) = open_kernels(store.database)
        bury(store.database, seen, cause="a mistake", observer="reconciler", unless_heard=False)
        until(lambda: store.get_run(run.run_id).status is Status.RUNNING, "the revival")
        (seen,) = open_kernels(store.database)
        assert seen.memory is not None
    info = store.get_run(run.run_id)
    assert story(info)[1:] == [
        ("running", "dead", "reconciler"), ("dead", "running", "kernel"),
        ("running", "completed", "kernel"),
    ]  # fmt: skip


def test_without_open_runs_nothing_beats(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[int] = []
    opened: dict[str, Status] = {}
    monkeypatch.setattr(heartbeat, "FIRST_SECONDS", 0.0)

    def open_runs() -> dict[str, Status]:
        looks.append(1)
        return opened

    def database() -> Database:
        raise AssertionError("there is nothing to beat for")

    beating = Heartbeat(database, open_runs)
    beating.begin()
    until(lambda: looks, "the first look")
    assert beating._thread is not None
    until(lambda: not beating._needed.is_set(), "rest")
    before = len(looks)
    beating.close()
    assert len(looks) == before
    assert not beating._thread.is_alive()


def test_a_forked_child_beats_for_its_own_runs_alone(sqlite_store: Store, tmp_path: Path) -> None:
    code = """
        import os, sys
        from nbtrack import connect

        store = connect(sys.argv[1])
        with store.start_run("parent"):
            child = os.fork()
            if child == 0:
                with store.start_run("child"):
                    pass
                store.recorder.close()
                os._exit(0)
            assert os.waitpid(child, 0)[1] == 0
        store.close()
    """
    run_python(code, str(tmp_path / "store" / "nbtrack.db"))
    runs = [sqlite_store.get_run(run_id) for run_id in sqlite_store.runs().run_id]
    assert {run.run_name: run.status for run in runs} == {
        "parent": Status.COMPLETED, "child": Status.COMPLETED,
    }  # fmt: skip
    assert len({run.kernel.pid for run in runs if run.kernel}) == 2


def test_memory_is_that_of_a_limited_container(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = memory_in_use()
    assert machine is not None
    (tmp_path / "own").mkdir()
    (tmp_path / "cgroup").write_text("0::/own\n")
    files = {"memory.max": "2000000", "memory.current": "900000",
             "memory.stat": "anon 5\ninactive_file 100000\n"}  # fmt: skip
    for name, text in files.items():
        (tmp_path / "own" / name).write_text(text)
    monkeypatch.setattr(memory, "_CGROUPS", tmp_path)
    monkeypatch.setattr(memory, "_OWN_CGROUP", tmp_path / "cgroup")
    assert memory_in_use() == Memory(800_000, 2_000_000)
    (tmp_path / "own" / "memory.max").write_text("max")
    unlimited = memory_in_use()
    assert unlimited is not None
    assert unlimited.total == machine.total


def test_beat_is_for_this_process(database: Database) -> None:
    start(database, this_kernel())
    assert beat(database, {RUN_ID: Status.RUNNING}) == Beat([], 0)
    (seen,) = open_kernels(database)
    assert seen.kernel.pid == os.getpid()
    assert seen.memory == pytest.approx(memory_in_use(), rel=0.5)

"""What may befall a kernel while it records: no status lies, and nothing logged is lost."""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from nbtrack.kernels.reconcile import mark_dead, reconcile
from nbtrack.store import open_store
from nbtrack.store.liveness import bury, open_kernels
from tests.kernels.kernel_client import Home, Kernel, running_kernel
from tests.waiting import until

LOCK_PATIENCE_SECONDS = 2.0
"""What a thousand calls may take while the store is locked, on a slow machine."""

ENDLESS = "import time\nprint('started', flush=True)\nwhile True:\n    time.sleep(0.01)"


@pytest.fixture
def loaded(home: Home) -> Iterator[Kernel]:
    with running_kernel(home) as kernel:
        yield kernel


def start(kernel: Kernel, code: str) -> str:
    request = kernel.send(f"%%track victim\n{code}", "victim")
    kernel.wait_for_output(request, "started")
    until(lambda: kernel.home.runs(status="running"), "the running run")
    return request


def test_a_kernel_that_is_stopped_is_not_dead(home: Home, loaded: Kernel) -> None:
    request = start(loaded, ENDLESS)
    os.kill(loaded.pid, signal.SIGSTOP)
    try:
        with closing(open_store(home.config)) as database:
            assert reconcile(database) == []
    finally:
        os.kill(loaded.pid, signal.SIGCONT)
    assert home.run().status == "running"
    loaded.interrupt()
    assert "interrupted" in loaded.finish(request).report


def test_who_was_taken_for_dead_revives_its_runs_itself(home: Home, loaded: Kernel) -> None:
    request = start(loaded, ENDLESS)
    with closing(open_store(home.config)) as database:
        (seen,) = open_kernels(database)
        # as an observer on another host would, to which it was silent for long
        bury(database, seen, cause="no sign of life", observer="reconciler", unless_heard=False)
        assert home.run().status == "dead"
        until(lambda: home.run().status == "running", "the revival")
        assert mark_dead(database) == []
    loaded.interrupt()
    loaded.finish(request)
    events = [(event.to_status, event.cause) for event in home.run().events]
    assert events == [
        ("running", None),
        ("dead", "no sign of life"),
        ("running", "its kernel is alive"),
        ("interrupted", "KeyboardInterrupt by the user"),
    ]


def test_a_second_interrupt_cuts_a_long_finally_short(loaded: Kernel) -> None:
    code = (
        "import time\ntry:\n    print('started', flush=True)\n"
        "    while True:\n        time.sleep(0.01)\n"
        "finally:\n    print('leaving', flush=True)\n    while True:\n        time.sleep(0.01)"
    )
    request = start(loaded, code)
    loaded.interrupt()
    loaded.wait_for_output(request, "leaving")
    assert loaded.home.run().status == "running"
    loaded.interrupt()
    assert "interrupted" in loaded.finish(request).report
    run = loaded.home.run(status="interrupted")
    assert run.reason == "KeyboardInterrupt by the user"


def test_children_that_log_do_not_end_the_run(loaded: Kernel) -> None:
    code = (
        "%%track forked\nimport multiprocessing, nbtrack\n"
        "context = multiprocessing.get_context('fork')\n"
        "def work(number):\n    nbtrack.log_metric('loss', number, number)\n    return number\n"
        "with context.Pool(4) as pool:\n    total = sum(pool.map(work, range(40)))\ntotal"
    )
    cell = loaded.run(code)
    assert (cell.status, cell.result) == ("ok", "780"), cell.error
    run = loaded.home.run(run_name="forked", status="completed")
    assert run.metrics["loss"].count == 40
    assert [event.to_status for event in run.events] == ["running", "completed"]
    assert loaded.run("%%track after\n1").status == "ok"
    assert loaded.home.run(run_name="after").status == "completed"


def test_threads_that_log_lose_nothing(loaded: Kernel) -> None:
    code = (
        "%%track threads\nimport threading, nbtrack\n"
        "def work(name):\n    for step in range(200):\n"
        "        nbtrack.log_metric(name, step, step)\n"
        "threads = [threading.Thread(target=work, args=(f'm{n}',)) for n in range(8)]\n"
        "for thread in threads: thread.start()\nfor thread in threads: thread.join()"
    )
    assert loaded.run(code).status == "ok"
    run = loaded.home.run(run_name="threads", status="completed")
    assert {key: summary.count for key, summary in run.metrics.items()} == {
        f"m{number}": 200 for number in range(8)
    }


def test_a_cell_that_replaces_stdout_ends_as_it_should(loaded: Kernel) -> None:
    loaded.run("%%track replaced\nimport io, sys\nkept = sys.stdout\nsys.stdout = io.StringIO()\n"
               "print('unheard')")  # fmt: skip
    assert loaded.home.run(run_name="replaced").status == "completed"
    loaded.run("sys.stdout = kept")
    assert loaded.run("print('heard')").stdout == "heard\n"


def test_two_notebooks_share_a_store(home: Home, loaded: Kernel) -> None:
    with running_kernel(home) as other:
        requests = [
            (kernel, kernel.send(f"%%track {name}\nimport nbtrack\nfor step in range(300):\n"
                                 "    nbtrack.log_metric('loss', step)"))
            for kernel, name in ((loaded, "one"), (other, "two"))
        ]  # fmt: skip
        for kernel, request in requests:
            assert kernel.finish(request).status == "ok"
    runs = {run.run_name: run for run in home.runs(status="completed")}
    assert {name: run.metrics["loss"].count for name, run in runs.items()} == {
        "one": 300,
        "two": 300,
    }
    assert len({run.kernel.pid for run in runs.values() if run.kernel}) == 2


def test_a_call_that_holds_the_interpreter_is_no_death(
    home: Home, loaded: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen, held = home.folder / "seen", home.folder / "held"
    request = start(
        loaded,
        "import ctypes, pathlib, time\nprint('started', flush=True)\n"
        f"while not pathlib.Path({str(seen)!r}).exists():\n    time.sleep(0.01)\n"
        f"pathlib.Path({str(held)!r}).touch()\nctypes.PyDLL(None).sleep(4)",
    )
    seen.touch()
    until(held.exists, "the call")
    monkeypatch.setattr("nbtrack.kernels.reconcile.LEASE_SECONDS", -1)  # no beat is young enough
    with closing(open_store(home.config)) as database:
        assert reconcile(database) == []
    assert home.run().status == "running"
    assert loaded.finish(request).status == "ok"
    assert [event.to_status for event in home.run().events] == ["running", "completed"]


def test_a_locked_store_holds_no_cell_up_and_gets_everything_later(
    home: Home, loaded: Kernel
) -> None:
    loaded.run("%%track before\n1")
    with closing(sqlite3.connect(home.store_file, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        code = (
            "%%track locked\nimport nbtrack, time\nbegun = time.perf_counter()\n"
            "for step in range(1000):\n    nbtrack.log_metric('loss', step)\n"
            "taken = time.perf_counter() - begun"
        )
        cell = loaded.run(code)
        assert cell.status == "ok", cell.error
        assert "locked" not in cell.stderr
        connection.execute("ROLLBACK")
    until(lambda: home.runs(run_name="locked", status="completed"), "what was logged meanwhile")
    assert home.run(run_name="locked").metrics["loss"].count == 1000
    assert float(loaded.run("taken").result or "") < LOCK_PATIENCE_SECONDS


def test_a_clock_set_back_an_hour_is_no_death(home: Home, loaded: Kernel) -> None:
    request = start(loaded, ENDLESS.replace(
        "while", "real = time.time\ntime.time = lambda: real() - 3600\nwhile"
    ))  # fmt: skip
    with closing(open_store(home.config)) as database:
        before = open_kernels(database)[0].heartbeat
        until(lambda: open_kernels(database)[0].heartbeat != before, "a beat by the other clock")
        assert reconcile(database) == []
    assert home.run().status == "running"
    loaded.interrupt()
    assert "interrupted" in loaded.finish(request).report
    assert home.run().status == "interrupted"
    assert loaded.run("%%track after\n1").status == "ok"
    assert home.run(run_name="after").status == "completed"


def test_workers_that_outlive_a_killed_kernel_keep_no_run_alive(home: Home, loaded: Kernel) -> None:
    code = (
        "%%track pooled\nimport joblib\n"
        "total = sum(joblib.Parallel(n_jobs=2)(joblib.delayed(abs)(-n) for n in range(8)))\ntotal"
    )
    cell = loaded.run(code)
    assert (cell.status, cell.result) == ("ok", "28"), cell.error
    assert home.run(run_name="pooled").status == "completed"
    start(loaded, ENDLESS)  # joblib keeps its workers for the next call
    os.kill(loaded.pid, signal.SIGKILL)
    loaded.wait_for_exit()
    with closing(open_store(home.config)) as database:
        assert reconcile(database) == [home.run(run_name="victim").run_id]
    assert home.run(run_name="victim").status == "dead"

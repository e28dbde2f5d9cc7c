"""Real processes that log, flush, lose their store and are killed: what they said stays."""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from nbtrack.config import Config, load_config, sqlite_file
from nbtrack.kernels.reconcile import deliver_leftovers, reconcile
from nbtrack.model import Status
from nbtrack.store import open_store
from nbtrack.store.outbox import list_outboxes
from nbtrack.store.reader import read_run, read_series
from tests.unit.processes import kill, read_lines, start_python
from tests.waiting import until

WORKER = """
import sys
import nbtrack
from nbtrack.recording import delivery
from nbtrack.store import engine

engine.BUSY_TIMEOUT, delivery.FIRST_RETRY_SECONDS, delivery.LONGEST_RETRY_SECONDS = 0.05, 0.02, 0.1
store = nbtrack.connect(sys.argv[1])
entered = [store.start_run(str(number)) for number in range(2)]
runs = [context.__enter__() for context in entered]
logged = 0
print(*(run.run_id for run in runs), flush=True)
for line in sys.stdin:
    command, number = line.split()
    if command == "log":
        for place in range(int(number)):
            for key, run in enumerate(runs):
                run.log_metric(f"m{key}", logged + place)
        logged += int(number)
    elif command == "flush":
        store.recorder.delivery.flush(float(number))
    elif command == "burst":
        print("ok", flush=True)
        for place in range(int(number)):
            runs[0].log_metric("burst", place)
            sys.stdout.write(f"{place}\\n")
            sys.stdout.flush()
    elif command == "end":
        for context in reversed(entered):
            context.__exit__(None, None, None)
        store.close()
    print("ok", flush=True)
"""
STEPS = st.lists(
    st.tuples(st.just("log"), st.integers(1, 400))
    | st.tuples(st.just("flush"), st.sampled_from([0.01, 5]))
    | st.tuples(st.sampled_from(["outage", "return", "steal"]), st.just(0)),
    min_size=1,
    max_size=8,
)
ENDS = st.sampled_from(["kill", "kill in a burst", "end", "end in an outage"])


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Hold a SQLite file, so that nobody else can write."""
    other = sqlite3.connect(file, isolation_level=None)
    until(lambda: _done(other, "BEGIN IMMEDIATE"), "the lock")
    yield
    other.execute("COMMIT")
    other.close()


def _done(connection: sqlite3.Connection, statement: str) -> bool:
    try:
        connection.execute(statement)
    except sqlite3.OperationalError:
        return False
    return True


@contextmanager
def closed(server: str, url: str) -> Iterator[None]:
    """Let nobody into a PostgreSQL database, and throw out who is in it."""
    name = sa.make_url(url).database
    engine = sa.create_engine(
        server.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection:
        connection.execute(sa.text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false"))
        query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"
        connection.execute(sa.text(query), {"name": name})
        yield
        connection.execute(sa.text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true"))
    engine.dispose()


class Schedule:
    """A process that follows commands, and what it said it has logged."""

    def __init__(self, config: Config, outage: Callable[[], Any]) -> None:
        self.config, self.outage = config, outage
        self.away: Any = None
        self.process: subprocess.Popen[str] = start_python(WORKER, config.store_url)
        self.run_ids = read_lines(self.process, 1)[0].split()
        self.logged = 0
        self.burst = range(0)

    def do(self, command: str, number: float) -> None:
        if command == "outage" and self.away is None:
            self.away = self.outage()
            self.away.__enter__()
        elif command == "return":
            self.come_back()
        elif command == "steal":  # somebody looks for leftovers while their owner lives
            if self.away is None:
                self.deliver_leftovers()
        elif command in {"log", "flush", "end"}:
            self.say(command, number)
            self.logged += round(number) if command == "log" else 0

    def say(self, command: str, number: float) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{command} {number}\n")
        self.process.stdin.flush()
        assert read_lines(self.process, 1) == ["ok"], self.process.stderr

    def deliver_leftovers(self) -> None:
        database = open_store(self.config)
        deliver_leftovers(database)
        database.close()

    def come_back(self) -> None:
        if self.away is not None:
            self.away.__exit__(None, None, None)
            self.away = None

    def finish(self, end: str) -> None:
        if end == "end in an outage":
            self.do("outage", 0)
        if end == "kill in a burst":
            self.say("burst", 100_000)
            read_lines(self.process, 50)
            acknowledged = 50 + kill(self.process).count("\n")
            self.burst = range(acknowledged, acknowledged + 2)  # one may not have been told
        elif end == "kill":
            kill(self.process)
        else:
            self.say("end", 0)
            assert self.process.stdin is not None
            self.process.stdin.close()
            self.process.wait(timeout=60)
            kill(self.process)
        self.come_back()

    def check(self, end: str) -> None:
        database = open_store(self.config)
        with ThreadPoolExecutor(3) as pool:  # several that open the store next
            list(pool.map(lambda _: reconcile(database), range(3)))
        for number, run_id in enumerate(self.run_ids):
            found = {key: points for _, key, points in read_series(database, [run_id])}
            values = [point.value for point in found.pop(f"m{number}", [])]
            assert values == list(range(self.logged))
            burst = [point.value for point in found.pop("burst", [])]
            assert burst == list(range(len(burst)))
            assert len(burst) in (self.burst or [0]) if number == 0 else not burst
            status = read_run(database, run_id).status
            assert status is (Status.DEAD if "kill" in end else Status.COMPLETED)
        assert not list_outboxes(self.config.outbox)
        database.close()


def check_schedules(config: Config, outage: Callable[[], Any]) -> None:
    """Try random schedules, each with a process of its own."""
    open_store(config).close()

    @settings(
        max_examples=6,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],  # a smaller schedule takes too long to find
        suppress_health_check=list(HealthCheck),
    )
    @given(steps=STEPS, end=ENDS)
    def check(steps: list[tuple[str, float]], end: str) -> None:
        schedule = Schedule(config, outage)
        try:
            for command, number in steps:
                schedule.do(command, number)
            schedule.finish(end)
        finally:
            schedule.come_back()
            schedule.process.kill()
        schedule.check(end)

    check()


def test_sqlite_ends_equal_to_what_was_acknowledged(tmp_path: Path) -> None:
    config = load_config(tmp_path / "runs.db")
    file = sqlite_file(config.store_url)
    assert file is not None
    check_schedules(config, lambda: locked(file))


def test_postgresql_ends_equal_to_what_was_acknowledged(
    postgresql_server: str, postgresql_url: str
) -> None:
    check_schedules(load_config(postgresql_url), lambda: closed(postgresql_server, postgresql_url))

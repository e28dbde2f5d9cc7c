"""From the outbox into the store: exactly once, in the end, whatever fails meanwhile."""

from __future__ import annotations

import math
import re
import sqlite3
import tempfile
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from nbtrack.api import Store
from nbtrack.config import load_config
from nbtrack.errors import NotFoundError, StoreUnavailableError
from nbtrack.model import Status, now
from nbtrack.recording import delivery as delivery_module
from nbtrack.recording.run import Run
from nbtrack.store import Database, engine, open_store
from nbtrack.store.outbox import Batch, OutboxWriter, Record, read_batch
from nbtrack.store.reader import read_run, read_series
from nbtrack.store.values import encode_param, to_wire
from nbtrack.store.writer import amend, deliver
from tests.waiting import until

RUN_ID = "b" * 32
START: Record = {
    "op": "start", "time": 1, "status": "running", "experiment": "Default", "parent": None,
    "run": {"run_name": "by hand"}, "code": None, "kernel": None,
}  # fmt: skip


@pytest.fixture
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery_module, "FIRST_RETRY_SECONDS", 0.02)
    monkeypatch.setattr(delivery_module, "LONGEST_RETRY_SECONDS", 0.1)


def test_a_batch_that_is_delivered_twice_changes_nothing(database: Database) -> None:
    records = [
        START,
        {"op": "params", "values": {"lr": ["float", "0.1"]}},
        {"op": "metrics", "time": 2, "points": [["loss", 0, 0.5], ["loss", 1, "NaN"]]},
        {"op": "tags", "values": {"team": "vision"}},
        {"op": "note", "time": 3, "cause": "a remark"},
        {"op": "end", "time": 4, "status": "completed", "reason": None, "peak_memory": 1},
    ]
    batch = Batch(RUN_ID, 0, 100, records, 0)
    assert deliver(database, batch) == 100
    first, revision = read_run(database, RUN_ID), database.revision()
    assert deliver(database, batch) == 100
    assert read_run(database, RUN_ID) == first
    assert database.revision() == revision
    assert first.status is Status.COMPLETED
    assert first.metrics["loss"].count == 2


def test_a_batch_that_comes_too_early_is_not_applied(database: Database) -> None:
    deliver(database, Batch(RUN_ID, 0, 10, [START], 0))
    late = {"op": "tags", "values": {"team": "vision"}}
    assert deliver(database, Batch(RUN_ID, 50, 60, [late], 0)) == 10
    assert read_run(database, RUN_ID).tags == {}


def test_what_comes_for_a_cleared_run_is_let_go(database: Database) -> None:
    assert deliver(database, Batch(RUN_ID, 50, 60, [{"op": "note"}], 0)) == 60
    with pytest.raises(NotFoundError):
        read_run(database, RUN_ID)
    with pytest.raises(NotFoundError):
        amend(database, RUN_ID, {"op": "tags", "values": {"a": "b"}})


def test_damaged_and_impossible_records_are_counted_and_the_rest_is_delivered(
    database: Database,
) -> None:
    records = [
        START,
        {"op": "tags", "values": {"before": "1"}},
        {"op": "no such operation"},
        {"op": "params"},
        {"op": "metrics", "time": 2, "points": [["loss", 2**70, 0.5]]},
        {"op": "tags", "values": {"x" * 10_000: "a key that is too long"}},
        {"op": "metrics", "time": 2, "points": [["loss", 0, 0.5]]},
        {"op": "tags", "values": {"after": "2"}},
    ]
    deliver(database, Batch(RUN_ID, 0, 100, records, damaged=2))
    run = read_run(database, RUN_ID)
    assert {key for key in run.tags if len(key) < 251} == {"before", "after"}
    assert run.metrics["loss"].count == 1
    (cause,) = [event.cause for event in run.events if event.cause]
    # SQLite does not hold texts to their length
    assert re.fullmatch(r"incomplete: [56] records were unreadable", cause)


def test_many_points_come_as_they_were_logged_save_what_no_database_holds(
    database: Database,
) -> None:
    kinds = [0.5, math.nan, math.inf, -math.inf, -0.0, 5e-324, 1.7976931348623157e308]
    logged = {key: [kinds[(place + len(key)) % 7] for place in range(400)] for key in ("a", "bb")}
    records: list[Record] = [
        {"op": "metrics", "time": place,
         "points": [(key, 400 - place, to_wire(values[place])) for key, values in logged.items()]}
        for place in range(400)
    ]  # fmt: skip
    deliver(database, Batch(RUN_ID, 0, 10, [START, *records[:200]], 0))
    impossible = {"op": "metrics", "time": 2, "points": [["a", 2**70, 0.5]]}
    deliver(database, Batch(RUN_ID, 10, 20, [*records[200:300], impossible, *records[300:]], 0))
    run = read_run(database, RUN_ID)
    for _, key, points in read_series(database, [RUN_ID]):
        np.testing.assert_array_equal([point.value for point in points], logged[key][::-1])
        metric = run.metrics[key]
        assert (metric.count, metric.last_step, metric.minimum) == (400, 400, -math.inf)
        np.testing.assert_equal(metric.last, logged[key][0])
    (cause,) = [event.cause for event in run.events if event.cause]
    assert cause == "incomplete: 1 records were unreadable"


def test_a_dropped_run_leaves_nothing(store: Store) -> None:
    run = store.recorder.start("short")
    run.log_metric("loss", 1)
    store.recorder.drop(run)
    run.set_tag("late", "x")
    store.recorder.close()
    assert store.runs().empty
    assert not list(store.config.outbox.glob("*"))


def test_a_store_that_is_away_at_the_start_gets_everything_later(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    quick_retries: None,
) -> None:
    monkeypatch.setattr(engine, "BUSY_TIMEOUT", 0.05)
    file = tmp_path / "runs.db"
    open_store(file).close()
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    store = Store(load_config(file))
    with store.start_run("first") as run:
        run.log_metric("loss", 0.5)
    with store.start_run("second") as run:
        run.log_metric("loss", 0.5)
    assert not store.recorder.delivery.wait(run.run_id, 60)  # at once, and not after a minute
    other.execute("COMMIT")
    other.close()
    until(lambda: not list(store.config.outbox.glob("*")), "the outboxes to be delivered")
    frame = store.runs()
    assert sorted(frame.run_name) == ["first", "second"]
    assert set(frame.status) == {"completed"}
    assert frame["metrics.loss"].tolist() == [0.5, 0.5]
    (warning,) = capsys.readouterr().err.splitlines()
    assert "Recording goes on" in warning
    store.close()


def test_a_postgresql_that_goes_away_and_comes_back(
    postgresql_server: str,
    postgresql_url: str,
    capsys: pytest.CaptureFixture[str],
    quick_retries: None,
) -> None:
    name = sa.make_url(postgresql_url).database
    server = sa.create_engine(
        postgresql_server.replace("postgresql://", "postgresql+psycopg://"),
        isolation_level="AUTOCOMMIT",
    )

    def allow(*, connections: bool) -> None:
        with server.connect() as connection:
            connection.execute(
                sa.text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS {str(connections).lower()}")
            )
            if not connections:
                query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :n"
                connection.execute(sa.text(query), {"n": name})

    store = Store(load_config(postgresql_url))
    with store.start_run("through it all") as run:
        run.log_metric("loss", 1)
        assert store.recorder.delivery.wait(run.run_id, 60)
        allow(connections=False)
        run.log_metric("loss", 0.5)
        assert not store.recorder.delivery.wait(run.run_id, 60)
        with pytest.raises(StoreUnavailableError):
            store.runs()
        run.log_metric("loss", 0.25)
    allow(connections=True)
    until(lambda: not list(store.config.outbox.glob("*")), "the outbox to be delivered")
    assert store.history(run.run_id).value.tolist() == [1, 0.5, 0.25]
    assert store.get_run(run.run_id).status is Status.COMPLETED
    (warning,) = capsys.readouterr().err.splitlines()
    assert "Recording goes on" in warning
    store.close()
    server.dispose()


def test_an_outbox_that_cannot_be_made_is_kept_elsewhere_with_one_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("NBTRACK_OUTBOX", str(tmp_path / "file" / "outbox"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    store = Store(load_config(tmp_path / "runs.db"))
    for _ in range(2):
        with store.start_run(params={"lr": 0.1}):
            spare = store.config.spare_outbox
            assert spare.is_relative_to(tmp_path)
            assert list(spare.glob("*.outbox"))
    store.recorder.close()
    assert store.runs()["params.lr"].tolist() == [0.1, 0.1]
    (warning,) = capsys.readouterr().err.splitlines()
    assert "is kept in" in warning
    store.close()


def test_without_any_outbox_the_cell_runs_on_with_one_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("NBTRACK_OUTBOX", str(tmp_path / "file" / "outbox"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "file"))
    store = Store(load_config(tmp_path / "runs.db"))
    for _ in range(2):
        with store.start_run(params={"lr": 0.1}) as run:
            run.log_metric("loss", 1)
    (warning,) = capsys.readouterr().err.splitlines()
    assert "runs are not recorded" in warning
    store.close()


def test_a_full_disk_warns_once_and_the_run_says_incomplete(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(outbox: OutboxWriter, record: object) -> None:
        raise OSError(28, "No space left on device")

    runs: list[Run] = []
    for _ in range(2):
        with sqlite_store.start_run() as run:
            with monkeypatch.context() as disk:
                disk.setattr(OutboxWriter, "append", full)
                run.log_metrics({"loss": 1})
                run.set_tag("a", "b")
            run.log_metrics({"loss": 2})
        runs.append(run)
    sqlite_store.recorder.close()
    for run in runs:
        found = sqlite_store.get_run(run.run_id)
        assert found.metrics["loss"].last == 2
        # the facts that are gathered meanwhile may be lost too
        (cause,) = [event.cause for event in found.events if event.cause]
        assert re.fullmatch(r"incomplete: \d+ records could not be written", cause)
    (warning,) = capsys.readouterr().err.splitlines()
    assert "No space left on device" in warning


def test_full_outboxes_warn_once_and_the_run_says_incomplete(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    quick_retries: None,
) -> None:
    monkeypatch.setattr(engine, "BUSY_TIMEOUT", 0.05)
    monkeypatch.setenv("NBTRACK_OUTBOX_LIMIT", "100KB")
    file = tmp_path / "runs.db"
    open_store(file).close()
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    store = Store(load_config(file))
    with store.start_run(), store.start_run() as run:
        for place in range(100):
            run.set_tag("text", f"{place}" + "x" * 5000)
    store.recorder.delivery.wait(run.run_id, 60)
    other.execute("COMMIT")
    other.close()
    until(lambda: not list(store.config.outbox.glob("*")), "the outboxes to be delivered")
    found = store.get_run(run.run_id)
    assert found.status is Status.COMPLETED
    (cause,) = [event.cause for event in found.events if event.cause]
    assert re.fullmatch(r"incomplete: \d+ records could not be written", cause)
    full = [line for line in capsys.readouterr().err.splitlines() if "NBTRACK_OUTBOX_LIMIT" in line]
    assert len(full) == 1
    store.close()


def test_an_outbox_that_is_deleted_holds_up_no_run_and_loses_nothing(store: Store) -> None:
    with store.start_run("robbed") as robbed, store.start_run("other") as other:
        (store.config.outbox / f"{robbed.run_id}.outbox").unlink()
        robbed.log_metric("loss", 1)
        other.log_metric("loss", 2)
        assert store.recorder.delivery.wait(other.run_id, 60)
    store.recorder.close()
    for run, value in ((robbed, 1), (other, 2)):
        found = store.get_run(run.run_id)
        assert (found.metrics["loss"].last, found.status) == (value, Status.COMPLETED)


def test_a_run_that_cannot_be_delivered_holds_up_no_other(
    sqlite_store: Store, capsys: pytest.CaptureFixture[str], quick_retries: None
) -> None:
    delivery = sqlite_store.recorder.delivery
    bad = OutboxWriter(sqlite_store.config.outbox, RUN_ID)
    bad.append({**START, "run": {"no_such_column": 1}})
    delivery.add(bad, RUN_ID)
    with sqlite_store.start_run("good") as good:
        pass
    until(lambda: "could not be delivered" in capsys.readouterr().err, "a warning")
    assert sqlite_store.get_run(good.run_id).status is Status.COMPLETED
    assert bad.path.exists()
    assert delivery.wait(RUN_ID, 60)  # it is no longer waited for


def test_listeners_hear_of_what_is_delivered_and_cannot_stop_it(sqlite_store: Store) -> None:
    heard: list[int] = []

    def listen() -> None:
        heard.append(1)
        raise RuntimeError("a dashboard that is closed")

    sqlite_store.recorder.delivery.on_delivered(listen)
    with sqlite_store.start_run() as run:
        pass
    assert sqlite_store.recorder.delivery.wait(run.run_id, 60)
    assert heard
    assert sqlite_store.get_run(run.run_id).status is Status.COMPLETED


def test_a_store_that_was_closed_records_again(store: Store) -> None:
    for name in ("before", "after"):
        with store.start_run(name):
            pass
        store.close()
    assert sorted(store.runs().run_name) == ["after", "before"]


class Schedules(RuleBasedStateMachine):
    """Any order of logging, delivering, delivering again and losing one's place."""

    database: Database
    folder: Path

    @initialize()
    def begin(self) -> None:
        self.run_id = f"{now():032x}{id(self):x}"[-32:]
        self.outbox = OutboxWriter(self.folder, self.run_id)
        self.outbox.append(START)
        self.taken = 0
        self.params: dict[str, int] = {}
        self.tags: dict[str, str] = {}
        self.points: dict[str, list[tuple[int, float]]] = {}
        self.delivered: list[Batch] = []

    @rule(key=st.sampled_from("abc"), value=st.integers())
    def log_param(self, key: str, value: int) -> None:
        self.outbox.append({"op": "params", "values": {key: encode_param(value)}})
        self.params.setdefault(key, value)

    @rule(key=st.sampled_from("abc"), value=st.none() | st.sampled_from("xy"))
    def tag(self, key: str, value: str | None) -> None:
        self.outbox.append({"op": "tags", "values": {key: value}})
        self.tags.pop(key, None)
        if value is not None:
            self.tags[key] = value

    @rule(key=st.sampled_from("abc"), step=st.integers(-3, 3), value=st.floats())
    def log_metric(self, key: str, step: int, value: float) -> None:
        self.outbox.append({"op": "metrics", "time": 5, "points": [(key, step, to_wire(value))]})
        self.points.setdefault(key, []).append((step, value))

    @rule(size=st.integers(1, 300))
    def deliver_next(self, size: int) -> None:
        batch = read_batch(self.outbox.path, self.taken, size)
        if batch.end > batch.start:
            self.taken = deliver(self.database, batch)
            self.delivered.append(batch)

    @rule(data=st.data())
    def deliver_again(self, data: st.DataObject) -> None:
        if self.delivered:
            batch = data.draw(st.sampled_from(self.delivered))
            self.taken = deliver(self.database, batch)

    @rule()
    def lose_the_place(self) -> None:
        self.taken = 0

    def teardown(self) -> None:
        while (batch := read_batch(self.outbox.path, self.taken)).end > self.taken:
            self.taken = deliver(self.database, batch)
        run = read_run(self.database, self.run_id)
        assert run.params == self.params
        assert run.tags == self.tags
        found = {
            key: [(point.step, point.value) for point in points]
            for _, key, points in read_series(self.database, [self.run_id])
        }
        assert found.keys() == self.points.keys()
        for key, points in self.points.items():
            expected = sorted(points, key=lambda point: point[0])
            np.testing.assert_array_equal(found[key], expected)
            assert run.metrics[key].count == len(points)
        self.outbox.remove()


def test_every_schedule_of_deliveries_ends_the_same(database: Database, tmp_path: Path) -> None:
    Schedules.database, Schedules.folder = database, tmp_path / "schedules"
    run_state_machine_as_test(
        Schedules,
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

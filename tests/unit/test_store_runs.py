"""Runs as rows: status changes, content that is kept once, attempts, and many keys."""

from __future__ import annotations

import itertools

import pytest
import sqlalchemy as sa

from nbtrack.api import Store
from nbtrack.errors import InvalidKeyError, InvalidValueError, NotFoundError
from nbtrack.model import Status
from nbtrack.recording.capture import CodeContext
from nbtrack.store import Database, tables
from nbtrack.store.bulk import set_run_tags
from nbtrack.store.edits import set_description
from nbtrack.store.experiments import create_experiment
from nbtrack.store.outbox import Batch, Record
from nbtrack.store.reader import read_run
from nbtrack.store.runs import transition
from nbtrack.store.writer import deliver

ALLOWED = {
    ("queued", "running"), ("queued", "interrupted"), ("queued", "dead"),
    ("running", "completed"), ("running", "failed"), ("running", "interrupted"),
    ("running", "dead"),
    ("dead", "queued"), ("dead", "running"), ("dead", "completed"), ("dead", "failed"),
    ("dead", "interrupted"),
}  # fmt: skip
RUN_ID = "5" * 32


def start_record(status: str = "running") -> Record:
    return {
        "op": "start",
        "time": 1_000,
        "status": status,
        "experiment": "Default",
        "parent": None,
        "run": {"run_name": "made by hand"},
        "code": None,
        "kernel": None,
    }


def make_run(database: Database, status: str = "running", run_id: str = RUN_ID) -> int:
    deliver(database, Batch(run_id, 0, 10, [start_record(status)], 0))
    with database.reading() as connection:
        query = sa.select(tables.runs.c.id).where(tables.runs.c.run_id == run_id)
        return int(connection.execute(query).scalar_one())


@pytest.mark.parametrize(("old", "new"), [*itertools.product(Status, Status)])
def test_a_status_changes_only_as_the_life_of_a_run_allows(
    old: Status, new: Status, sqlite_store: Store
) -> None:
    database = sqlite_store.database
    row = make_run(database, old)
    with database.writing() as connection:
        changed = transition(
            connection, row, old, new, time=2_000, cause="a test", observer="reconciler"
        )
    run = read_run(database, RUN_ID)
    assert changed == ((old, new) in ALLOWED)
    assert run.status == (new if changed else old)
    assert len(run.events) == 1 + changed
    if changed:
        last = run.events[-1]
        assert (last.from_status, last.to_status, last.cause) == (old, new, "a test")
        assert (last.time.timestamp(), last.observer) == (2.0, "reconciler")


def test_a_change_from_a_status_that_no_longer_holds_is_refused(database: Database) -> None:
    row = make_run(database)

    def end(status: Status) -> bool:
        with database.writing() as connection:
            return transition(
                connection, row, Status.RUNNING, status,
                time=2_000, cause=None, observer="kernel", values={"end_time": 2_000},
            )  # fmt: skip

    assert end(Status.COMPLETED)
    assert not end(Status.DEAD)
    run = read_run(database, RUN_ID)
    assert run.status is Status.COMPLETED
    assert run.end_time is not None
    assert [event.to_status for event in run.events] == [Status.RUNNING, Status.COMPLETED]


def test_identical_content_is_kept_once(store: Store) -> None:
    for code in ("x = 1", "x = 1", "x = 2"):
        run = store.recorder.start("one", code=CodeContext(code=code))
        run.record_facts("host", {"cpu": "abacus", "cores": 2})
        run.record_facts("git", {"commit": "c" * 40, "branch": "main"})
        store.recorder.end(run)
    store.recorder.close()
    with store.database.reading() as connection:
        sources = connection.execute(sa.select(tables.sources.c.code)).scalars().all()
        kinds = connection.execute(
            sa.select(tables.environments.c.kind, sa.func.count()).group_by(
                tables.environments.c.kind
            )
        ).all()
    assert sorted(sources) == ["x = 1", "x = 2"]
    # each run has the facts made up here and those of this process, in either order
    assert set(dict(kinds).items()) >= {("packages", 1), ("host", 2)}


def test_the_runs_of_one_cell_are_its_attempts(store: Store) -> None:
    def attempt(notebook: str | None, cell: str | None) -> int | None:
        code = CodeContext(code="fit()", notebook=notebook, cell_id=cell)
        run = store.recorder.start("one", code=code)
        store.recorder.end(run)
        return store.get_run(run.run_id).attempt

    assert [attempt("/n.ipynb", "a"), attempt("/n.ipynb", "a")] == [1, 2]
    assert [attempt("/n.ipynb", "b"), attempt("/other.ipynb", "a")] == [1, 1]
    assert attempt("/n.ipynb", "a") == 3
    assert [attempt(None, "a"), attempt("/n.ipynb", None)] == [None, None]


def test_one_active_experiment_bears_a_name(store: Store) -> None:
    for _ in range(2):
        with store.start_run(experiment="sweep"):
            pass
    assert experiments(store.database) == [("sweep", "active")]
    with pytest.raises(InvalidValueError, match="already called 'sweep'"):
        create_experiment(store.database, "sweep")
    with store.database.writing() as connection:
        connection.execute(sa.update(tables.experiments).values(stage="deleted"))
    with store.start_run(experiment="sweep"):
        pass
    assert sorted(experiments(store.database)) == [("sweep", "active"), ("sweep", "deleted")]
    assert len(store.runs()) == 1


def test_an_experiments_name_is_checked(database: Database) -> None:
    for name in ("", "x" * 251, "line\nbreak"):
        with pytest.raises(InvalidKeyError):
            create_experiment(database, name)
    assert experiments(database) == []


def test_key_ids_of_a_transaction_that_failed_are_forgotten(store: Store) -> None:
    database = store.database
    make_run(database)
    with pytest.raises(NotFoundError):
        set_run_tags(database, [RUN_ID, "0" * 32], {"lost": "1", "gone": "2"})
    set_run_tags(database, [RUN_ID], {"other": "3"})
    set_run_tags(database, [RUN_ID], {"lost": "4"})
    assert read_run(database, RUN_ID).tags == {"other": "3", "lost": "4"}


def test_a_batch_that_cannot_be_stored_leaves_no_wrong_key_behind(store: Store) -> None:
    database = store.database
    make_run(database)
    again = {"op": "tags", "values": {"first": "1"}}
    bad = {"op": "update", "values": {"no_such_column": 1}}
    deliver(database, Batch(RUN_ID, 10, 20, [again, again, bad], 0))
    deliver(database, Batch(RUN_ID, 20, 30, [{"op": "tags", "values": {"second": "2"}}], 0))
    run = read_run(database, RUN_ID)
    assert run.tags == {"first": "1", "second": "2"}
    assert [event.cause for event in run.events] == [
        None,
        "incomplete: 1 records were unreadable",
    ]


def test_more_keys_than_a_statement_has_variables(sqlite_store: Store) -> None:
    database = sqlite_store.database
    make_run(database)
    keys = [f"layer.{number}.norm" for number in range(33_000)]
    for position in (10, 20):
        points = [(key, position, 0.5) for key in keys]
        record = {"op": "metrics", "time": position, "points": points}
        deliver(database, Batch(RUN_ID, position, position + 10, [record], 0))
    set_run_tags(database, [RUN_ID], dict.fromkeys(keys, "x"))
    set_run_tags(database, [RUN_ID], dict.fromkeys(keys, None))
    found = read_run(database, RUN_ID)
    assert {(metric.count, metric.last_step) for metric in found.metrics.values()} == {(2, 20)}
    assert len(found.metrics) == len(keys)
    assert found.tags == {}


def test_series_of_more_runs_than_a_statement_has_variables(sqlite_store: Store) -> None:
    with sqlite_store.start_run() as run:
        run.log_metric("loss", 0.5)
    ids = [f"{number:032x}" for number in range(33_000)]
    history = sqlite_store.history([*ids, run.run_id], [*map(str, range(33_000)), "loss"])
    assert history[["run_id", "key", "value"]].to_numpy().tolist() == [[run.run_id, "loss", 0.5]]


def test_edits_of_runs_that_do_not_exist_change_nothing(store: Store) -> None:
    make_run(store.database)
    revision = store.database.revision()
    with pytest.raises(NotFoundError, match="0000"):
        store.delete_runs([RUN_ID, "0" * 32])
    with pytest.raises(NotFoundError):
        set_description(store.database, "0" * 32, "text")
    with pytest.raises(InvalidKeyError):
        set_run_tags(store.database, [RUN_ID], {"": "x"})
    assert store.get_run(RUN_ID).stage == "active"
    assert store.database.revision() == revision


def experiments(database: Database) -> list[tuple[str, str]]:
    table = tables.experiments
    with database.reading() as connection:
        return [(row.name, row.stage) for row in connection.execute(sa.select(table))]

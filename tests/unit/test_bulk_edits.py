"""Deleting, restoring and tagging many runs at once, by name or as those of a view."""

from __future__ import annotations

import random
import threading
from contextlib import closing

import pytest
from sqlalchemy import Connection, update

from nbtrack.api import Store
from nbtrack.config import load_config
from nbtrack.dashboard.service import DashboardService
from nbtrack.errors import NbtrackError
from nbtrack.model import Stage
from nbtrack.store import tables
from nbtrack.store.bulk import set_stage
from nbtrack.store.retry import write
from tests.benchmarks.fill import Filling, fill
from tests.unit.asking import ask, refusal
from tests.unit.recorded_runs import deliver_run, experiment_of
from tests.unit.statements import executed

UNKNOWN = "0" * 32


@pytest.fixture
def service(store: Store) -> DashboardService:
    return DashboardService(store.database)


def names(store: Store, where: str = "", *, deleted: bool = False) -> set[str]:
    return set(store.runs(where or None, deleted=deleted)["run_name"])


def record_letters(store: Store) -> dict[str, str]:
    return {
        name: deliver_run(store.database, name=name, start=start, params={"x": start})
        for start, name in enumerate("abcdef")
    }


def test_all_that_a_view_matches_are_deleted_but_those_excluded(
    service: DashboardService, store: Store
) -> None:
    runs = record_letters(store)
    view = {"search": "params.x > 1", "filters": [
        {"column": "params.x", "operator": "<", "values": [5]},
    ]}  # fmt: skip
    deleted = ask(service, "delete", view=view, excluded=[runs["d"], UNKNOWN])
    assert deleted["run_ids"] == [runs["c"], runs["e"]]
    assert deleted["count"] == 2
    assert names(store) == {"a", "b", "d", "f"}
    assert ask(service, "delete", view=view, excluded=[runs["d"]])["count"] == 0
    restored = ask(service, "restore", view={**view, "deleted": True}, excluded=[runs["e"]])
    assert restored["run_ids"] == [runs["c"]]
    assert "deletion" not in restored
    assert names(store, deleted=True) == {"e"}


def test_a_deletion_is_undone_as_a_whole_and_alone(service: DashboardService, store: Store) -> None:
    runs = record_letters(store)
    first = ask(service, "delete", run_ids=[runs["a"], runs["b"]])
    second = ask(service, "delete", view={"search": "params.x < 4"})
    assert second["run_ids"] == [runs["c"], runs["d"]]
    assert first["deletion"] != second["deletion"]
    ask(service, "restore", run_ids=[runs["a"]])
    assert ask(service, "restore", deletion=first["deletion"])["run_ids"] == [runs["b"]]
    assert names(store, deleted=True) == {"c", "d"}
    assert ask(service, "restore", deletion=second["deletion"])["count"] == 2
    assert ask(service, "restore", deletion=second["deletion"])["count"] == 0
    assert names(store) == set("abcdef")


def test_each_changed_run_notes_it_once_in_its_timeline(
    service: DashboardService, store: Store
) -> None:
    runs = record_letters(store)
    deletion = ask(service, "delete", view={"search": "params.x < 2"})["deletion"]
    ask(service, "delete", run_ids=list(runs.values()))
    ask(service, "restore", deletion=deletion)
    for name, expected in [("a", ["deleted", "restored"]), ("f", ["deleted"])]:
        noted = [entry for entry in store.get_run(runs[name]).events if entry.to_status is None]
        assert [(entry.cause, entry.observer) for entry in noted] == [
            (cause, "dashboard") for cause in expected
        ]


def test_tags_are_set_and_removed_for_all_of_a_view(
    service: DashboardService, store: Store
) -> None:
    runs = record_letters(store)
    ask(service, "set_tags", run_ids=[runs["a"]], tags={"team": "old", "gone": "1"})
    view = {"search": "params.x < 3"}
    tags = {"team": "new", "gone": None, "note": "<i>"}
    assert ask(service, "set_tags", view=view, tags=tags)["count"] == 3
    for name in "abc":
        assert store.get_run(runs[name]).tags == {"team": "new", "note": "<i>"}
    assert store.get_run(runs["d"]).tags == {}


def test_a_search_may_ask_for_the_tag_that_is_changed(
    service: DashboardService, store: Store
) -> None:
    runs = record_letters(store)
    ask(service, "set_tags", view={"search": "params.x < 3"}, tags={"team": "a"})
    view = {"search": "tags.team = 'a'"}
    assert ask(service, "set_tags", view=view, tags={"team": "b", "was": "a"})["count"] == 3
    assert ask(service, "set_tags", view=view, tags={"team": "c"})["count"] == 0
    assert store.get_run(runs["a"]).tags == {"team": "b", "was": "a"}


def test_a_named_run_that_is_not_there_changes_nothing(
    service: DashboardService, store: Store
) -> None:
    runs = record_letters(store)
    before = store.database.revision()
    for operation, more in [("delete", {}), ("restore", {}), ("set_tags", {"tags": {"a": "b"}})]:
        error = refusal(service, operation, run_ids=[runs["a"], UNKNOWN], **more)
        assert error["code"] == "not_found"
        assert UNKNOWN in error["message"]
    assert store.database.revision() == before


def test_the_number_of_statements_does_not_grow_with_the_runs(
    service: DashboardService, store: Store
) -> None:
    counts = []
    for number in (10, 1_500):
        experiment = fill(
            store.database,
            Filling(number, metrics=1, params=1, tags=1),
            experiment=f"{number}",
            seed=number,
        )
        view = {"experiments": [experiment], "search": "params.param_0 IS NOT NULL"}
        with executed(store.database) as seen:
            deleted = ask(service, "delete", view=view)
            ask(service, "restore", deletion=deleted["deletion"])
            tagged = ask(service, "set_tags", view=view, tags={"a": "1", "tag_0": None})
        counts.append(len(seen))
        assert deleted["count"] == tagged["count"] == number
        assert len(deleted["run_ids"]) == min(number, 1_000)
    assert counts[1] <= counts[0] + 1  # the key of the new tag is known the second time


def test_runs_of_another_experiment_are_left_alone(service: DashboardService, store: Store) -> None:
    deliver_run(store.database, name="here", experiment="here")
    deliver_run(store.database, name="there", experiment="there")
    view = {"experiments": [experiment_of(store.database, "here")]}
    assert ask(service, "delete", view=view)["count"] == 1
    assert names(store) == {"there"}


def test_named_runs_are_told_in_the_order_given(store: Store) -> None:
    runs = [deliver_run(store.database, name=str(number)) for number in range(12)]
    wanted = [*reversed(runs), runs[0]]
    assert store.delete_runs(wanted) == list(reversed(runs))
    assert store.restore_runs(runs[:3]) == runs[:3]


def test_edits_that_wait_for_each_other_all_come_through(postgresql_url: str) -> None:
    with closing(Store(load_config(postgresql_url))) as store:
        runs = [deliver_run(store.database, name=str(number)) for number in range(40)]
        barrier = threading.Barrier(4)
        failed: list[BaseException] = []

        def edit(seed: int) -> None:
            wanted = random.Random(seed).sample(runs, len(runs))
            barrier.wait()
            try:
                for _ in range(15):
                    for part in (wanted[:20], wanted[20:]):
                        set_stage(store.database, part, Stage.DELETED, observer="a")
                        set_stage(store.database, part, Stage.ACTIVE, observer="a")
            except NbtrackError as error:
                failed.append(error)

        threads = [threading.Thread(target=edit, args=(seed,)) for seed in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failed == []


def test_a_transaction_that_was_sacrificed_is_made_again(postgresql_url: str) -> None:
    with closing(Store(load_config(postgresql_url))) as store:
        database, one, two = (
            store.database,
            deliver_run(store.database),
            deliver_run(store.database),
        )
        tried = {"a": 0, "b": 0}
        barrier = threading.Barrier(2)

        def rename(name: str, first: str, second: str) -> None:
            def work(connection: Connection) -> None:
                tried[name] += 1
                for run_id in (first, second):
                    connection.execute(
                        update(tables.runs)
                        .where(tables.runs.c.run_id == run_id)
                        .values(run_name=name)
                    )
                    if tried[name] == 1 and run_id == first:
                        barrier.wait()

            write(database, work)

        threads = [
            threading.Thread(target=rename, args=args)
            for args in (("a", one, two), ("b", two, one))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(tried.values()) == [1, 2]
        assert store.get_run(one).run_name == store.get_run(two).run_name

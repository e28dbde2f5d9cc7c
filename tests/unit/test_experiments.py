"""Experiments: created, renamed, deleted with their runs, restored with them, cleared."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import insert

from nbtrack.api import Store
from nbtrack.dashboard.service import DashboardService
from nbtrack.errors import InvalidValueError, NotFoundError
from nbtrack.store import tables
from nbtrack.store.artifacts import ArtifactStore
from tests.benchmarks.fill import Filling, fill
from tests.unit.asking import ask, refusal
from tests.unit.recorded_runs import deliver_run, experiment_of


@pytest.fixture
def service(store: Store) -> DashboardService:
    return DashboardService(store.database)


def listed(service: DashboardService, *, deleted: bool = False) -> list[tuple[str, int]]:
    found = ask(service, "experiments", deleted=deleted)["experiments"]
    return [(entry["name"], entry["run_count"]) for entry in found]


def test_a_deleted_experiment_takes_its_runs_along_and_brings_them_back(
    service: DashboardService, store: Store
) -> None:
    kept = deliver_run(store.database, experiment="sweep")
    gone_before = deliver_run(store.database, experiment="sweep")
    deliver_run(store.database, experiment="other")
    ask(service, "delete", run_ids=[gone_before])
    number = experiment_of(store.database, "sweep")
    ask(service, "delete_experiment", experiment_id=number)
    assert listed(service) == [("other", 1)]
    assert listed(service, deleted=True) == [("sweep", 2)]
    assert store.get_run(kept).stage == "deleted"
    assert store.get_run(kept).events[-1].cause == "deleted with its experiment"
    revision = store.database.revision()
    assert ask(service, "delete_experiment", experiment_id=number)["revision"] == revision
    ask(service, "restore_experiment", experiment_id=number)
    assert sorted(listed(service)) == [("other", 1), ("sweep", 1)]
    assert store.get_run(kept).stage == "active"
    assert store.get_run(gone_before).stage == "deleted"
    assert listed(service, deleted=True) == []


def test_a_name_taken_meanwhile_is_told_with_what_to_do(
    service: DashboardService, store: Store
) -> None:
    run = deliver_run(store.database, experiment="sweep")
    old = experiment_of(store.database, "sweep")
    ask(service, "delete_experiment", experiment_id=old)
    deliver_run(store.database, experiment="sweep")
    new = experiment_of(store.database, "sweep")
    assert new != old
    error = refusal(service, "restore_experiment", experiment_id=old)
    assert error["code"] == "invalid_value"
    assert "'sweep'" in error["message"]
    assert "Rename" in error["hint"]
    assert store.get_run(run).stage == "deleted"
    ask(service, "rename_experiment", experiment_id=new, name="second")
    ask(service, "restore_experiment", experiment_id=old)
    assert sorted(listed(service)) == [("second", 1), ("sweep", 1)]


def test_two_active_experiments_never_bear_one_name(
    service: DashboardService, store: Store
) -> None:
    one = ask(service, "create_experiment", name="one")["experiment_id"]
    two = ask(service, "create_experiment", name="two")["experiment_id"]
    assert refusal(service, "create_experiment", name="one")["code"] == "invalid_value"
    for name, code in [("one", "invalid_value"), (" ", "invalid_key"), ("a\n", "invalid_key")]:
        refused = refusal(service, "rename_experiment", experiment_id=two, name=name)
        assert refused["code"] == code
    ask(service, "rename_experiment", experiment_id=one, name="one")
    ask(service, "delete_experiment", experiment_id=one)
    ask(service, "rename_experiment", experiment_id=two, name="one")
    ask(service, "rename_experiment", experiment_id=one, name="one, the first")
    assert [name for name, _ in listed(service)] == ["one"]
    assert [name for name, _ in listed(service, deleted=True)] == ["one, the first"]


def test_python_deletes_and_restores_by_name(store: Store) -> None:
    runs = [deliver_run(store.database, experiment="sweep") for _ in range(3)]
    assert store.delete_experiment("sweep") == runs
    with pytest.raises(NotFoundError, match="no active experiment 'sweep'"):
        store.delete_experiment("sweep")
    with pytest.raises(NotFoundError, match="Did you mean 'sweep'"):
        store.restore_experiment("sweeep")
    later = deliver_run(store.database, experiment="sweep")
    with pytest.raises(InvalidValueError, match="already called 'sweep'"):
        store.restore_experiment("sweep")
    assert store.delete_experiment("sweep") == [later]
    assert store.restore_experiment("sweep") == [later], "the one deleted last"
    shown = store.experiments(deleted=True)
    assert shown[["name", "run_count"]].to_numpy().tolist() == [["sweep", 3]]
    assert store.experiments()["last_activity"].dt.tz is not None


def test_clearing_tells_first_what_it_would_remove(
    service: DashboardService, store: Store, tmp_path: Path
) -> None:
    file = tmp_path / "a.bin"
    file.write_bytes(b"x" * 1234)
    with store.start_run("logged", experiment="sweep") as run:
        run.log_artifact(file)
    needed = deliver_run(store.database, experiment="sweep", name="needed")
    elsewhere = deliver_run(store.database, experiment="other")
    register(store, needed)
    assert store.delete_runs([run.run_id, needed, elsewhere]) == [run.run_id, needed, elsewhere]
    view = {"experiments": [experiment_of(store.database, "sweep")], "search": "no such run"}
    folder = Path(ArtifactStore(store.config.artifacts).uri(run.run_id))
    for dry_run in (True, False):
        assert folder.exists()
        told = ask(service, "clear", view=view, dry_run=dry_run)
        assert (told["count"], told["size"], told["kept"]) == (1, 1234, ["needed"])
    assert not folder.exists()
    assert set(store.runs(deleted=True)["run_id"]) == {needed, elsewhere}
    assert ask(service, "clear", view=view)["count"] == 0


def test_clearing_goes_on_where_the_last_request_had_no_more_time(
    service: DashboardService, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nbtrack.dashboard.operations.edits.CLEAR_SECONDS", 0)
    fill(store.database, Filling(450, params=1, metrics=1, tags=1))
    store.delete_runs(list(store.runs()["run_id"]))
    plan = ask(service, "clear", view={}, dry_run=True)
    assert (plan["count"], plan["remaining"]) == (450, 0)
    later = deliver_run(store.database)
    store.delete_runs([later])
    told = [ask(service, "clear", view={}, until=plan["until"]) for _ in range(3)]
    assert [(each["count"], each["remaining"]) for each in told] == [(200, 250), (200, 50), (50, 0)]
    assert list(store.runs(deleted=True)["run_id"]) == [later]


def test_a_cleared_experiment_leaves_nothing_to_its_successor(
    service: DashboardService, store: Store
) -> None:
    deliver_run(store.database, experiment="kept")
    number = ask(service, "create_experiment", name="sweep")["experiment_id"]
    view = {"experiments": [number], "columns": ["attributes.run_name"]}
    ask(service, "set_view", view_id="v", view=view)
    assert ask(service, "view", view_id=f"experiment:{number}")["view"] != {}
    ask(service, "delete_experiment", experiment_id=number)
    assert store.clear_deleted() == []
    assert listed(service, deleted=True) == []
    assert ask(service, "view", view_id=f"experiment:{number}")["view"] == {}


def test_an_experiment_stays_as_long_as_a_model_needs_a_run_of_it(
    service: DashboardService, store: Store
) -> None:
    needed = deliver_run(store.database, experiment="sweep")
    register(store, needed)
    store.delete_experiment("sweep")
    assert store.clear_deleted() == []
    assert listed(service, deleted=True) == [("sweep", 1)]


def test_only_what_was_deleted_long_ago_is_cleared(store: Store) -> None:
    run = deliver_run(store.database)
    store.delete_runs(run)
    assert store.clear_deleted(older_than=1) == []
    with pytest.raises(InvalidValueError, match="-1"):
        store.clear_deleted(older_than=-1)
    with pytest.raises(NotFoundError, match="quick"):
        store.clear_deleted(experiments="quikc")
    assert store.clear_deleted(experiments="quick", older_than=0) == [run]


def register(store: Store, run_id: str) -> None:
    with store.database.writing() as connection:
        model = connection.execute(
            insert(tables.registered_models).values(name="m", created=0, updated=0)
        ).inserted_primary_key
        assert model is not None
        connection.execute(
            insert(tables.model_versions).values(
                model_id=model[0], version=1, source_run_id=run_id, created=0, updated=0
            )
        )


def test_experiments_are_searched_by_name_time_and_tags(
    service: DashboardService, store: Store
) -> None:
    store.create_experiment("digits small", tags={"team": "vision", "owner": "emmy"})
    store.create_experiment("Digits large", description="All of them", tags={"team": "core"})
    store.create_experiment("letters")

    def names(search: str) -> set[str]:
        found = ask(service, "experiments", search=search)["experiments"]
        assert store.experiments(search)["name"].tolist() == [row["name"] for row in found]
        return {row["name"] for row in found}

    assert names("") == {"digits small", "Digits large", "letters"}
    assert names("digits") == {"digits small", "Digits large"}
    assert names("LARGE digits") == {"Digits large"}
    assert names("tags.team = 'vision'") == {"digits small"}
    assert names("name LIKE 'digits%' OR tags.owner IS NULL") == {
        "digits small", "Digits large", "letters",
    }  # fmt: skip
    assert names("attribute.creation_time > '2020-01-01' AND name = 'letters'") == {"letters"}
    assert names("creation_time < '2020-01-01'") == set()
    assert names("100% '; DROP") == set()
    assert refusal(service, "experiments", search="metrics.acc > 1")["code"] == "query"
    assert refusal(service, "experiments", search="a" * 10_001)["code"] == "query"
    listed_tags = {row["name"]: row["tags"] for row in ask(service, "experiments")["experiments"]}
    assert listed_tags["letters"] == {}
    assert listed_tags["digits small"] == {"team": "vision", "owner": "emmy"}
    frame = store.experiments("digits").set_index("name")
    assert frame.loc["Digits large", "tags.team"] == "core"
    assert frame.loc["Digits large", "description"] == "All of them"


def test_an_experiment_is_described_and_tagged_later(
    service: DashboardService, store: Store
) -> None:
    store.create_experiment("sweep", tags={"team": "vision", "old": "1"})
    store.describe_experiment("sweep", description="Why", tags={"old": None, "new": "<b>"})
    (row,) = ask(service, "experiments")["experiments"]
    assert (row["description"], row["tags"]) == ("Why", {"team": "vision", "new": "<b>"})
    number = row["experiment_id"]
    ask(service, "describe_experiment", experiment_id=number, description="", tags={"new": "2"})
    (row,) = ask(service, "experiments")["experiments"]
    assert (row["description"], row["tags"]) == (None, {"team": "vision", "new": "2"})
    for wrong in ({"tags": {"": "x"}}, {"tags": {"a\n": "x"}}):
        refused = refusal(service, "describe_experiment", experiment_id=number, **wrong)
        assert refused["code"] == "invalid_key"
    gone = refusal(service, "describe_experiment", experiment_id=999, description="x")
    assert gone["code"] == "not_found"
    with pytest.raises(NotFoundError, match="sweep"):
        store.describe_experiment("swep", description="x")

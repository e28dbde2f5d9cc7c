"""The model registry's rows: versions, stages, aliases, deletion, and two people at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from nbtrack.api import Store
from nbtrack.errors import (
    ConflictError,
    InvalidKeyError,
    InvalidValueError,
    NotFoundError,
    UserError,
)
from nbtrack.model import ModelStage
from nbtrack.store import Database
from nbtrack.store import registry as writing
from nbtrack.store import registry_reading as reading
from nbtrack.store.registry import NewVersion
from nbtrack.store.registry_rows import check_stage

HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "'; DROP TABLE registered_models; --",
    "mod\u00e8le \U0001f4c8 \u202egnp",
    "%_%",
    "x" * 250,
]


def stages(database: Database, name: str) -> dict[int, str]:
    return {row.version: row.stage.value for row in reading.read_versions(database, name=name)}


def test_versions_count_up_and_no_number_is_given_twice(database: Database) -> None:
    numbers = [writing.add_version(database, "churn", NewVersion()) for _ in range(3)]
    writing.delete_version(database, "churn", 3)
    numbers.append(writing.add_version(database, "churn", NewVersion(description="again")))
    assert numbers == [1, 2, 3, 4]
    assert [row.version for row in reading.read_versions(database, name="churn")] == [4, 2, 1]
    assert reading.read_model(database, "churn").version_count == 3
    with pytest.raises(NotFoundError, match="can be restored"):
        reading.read_version(database, "churn", 3)
    writing.restore_version(database, "churn", 3)
    assert reading.read_version(database, "churn", 3).deleted is None


@pytest.mark.parametrize("name", HOSTILE)
def test_any_name_without_slash_and_colon_is_kept(database: Database, name: str) -> None:
    tags = {name: name}
    writing.add_version(database, name, NewVersion(description=name, schema={"a": name}, tags=tags))
    writing.set_model_tags(database, name, tags)
    found = reading.read_version(database, name, 1)
    assert (found.name, found.description, found.schema) == (name, name, {"a": name})
    assert found.tags == reading.read_model(database, name).tags == tags


@pytest.mark.parametrize("name", ["", " ", "a/b", "models:/x", "x" * 251, "a\nb", 5, None])
def test_a_name_that_no_model_may_have_is_refused(database: Database, name: object) -> None:
    with pytest.raises(InvalidKeyError):
        writing.create_model(database, name)  # type: ignore[arg-type]  # the user's mistake
    assert reading.read_models(database) == []


def test_a_name_is_taken_until_its_model_is_deleted(database: Database) -> None:
    writing.create_model(database, "churn", description="first", tags={"task": "tabular"})
    with pytest.raises(InvalidValueError, match="already called 'churn'"):
        writing.create_model(database, "churn")
    writing.delete_model(database, "churn")
    assert reading.read_models(database) == []
    writing.create_model(database, "churn")
    with pytest.raises(InvalidValueError, match="already called"):
        writing.restore_model(database, "churn")
    writing.rename_model(database, "churn", "churn 2")
    writing.restore_model(database, "churn")
    found = reading.read_models(database)
    assert [(row.name, row.description) for row in found] == [("churn", "first"), ("churn 2", None)]
    assert found[0].tags == {"task": "tabular"}
    with pytest.raises(InvalidValueError):
        writing.rename_model(database, "churn", "churn 2")


def test_a_version_moves_and_the_others_are_archived(database: Database) -> None:
    for _ in range(3):
        writing.add_version(database, "churn", NewVersion())
    production = ModelStage.PRODUCTION
    assert writing.set_version_stage(database, "churn", 1, production) == []
    assert writing.set_version_stage(database, "churn", 2, production) == []
    assert writing.set_version_stage(database, "churn", 3, production, archive_others=True) == [
        1,
        2,
    ]
    assert stages(database, "churn") == {1: "Archived", 2: "Archived", 3: "Production"}
    assert reading.read_model(database, "churn").latest == {production: 3, ModelStage.ARCHIVED: 2}
    latest = reading.latest_versions(database, "churn", [ModelStage.ARCHIVED])
    assert [row.version for row in latest] == [2]
    with pytest.raises(InvalidValueError, match="Archived archives no other"):
        writing.set_version_stage(database, "churn", 3, ModelStage.ARCHIVED, archive_others=True)


def test_who_moves_a_version_from_where_it_no_longer_is_is_told(database: Database) -> None:
    writing.add_version(database, "churn", NewVersion())
    writing.set_version_stage(database, "churn", 1, ModelStage.STAGING, expected=ModelStage.NONE)
    with pytest.raises(ConflictError, match="is in stage Staging by now, not in None"):
        writing.set_version_stage(
            database, "churn", 1, ModelStage.PRODUCTION, expected=ModelStage.NONE
        )
    assert stages(database, "churn") == {1: "Staging"}


def test_of_two_people_who_move_a_version_at_once_one_does(database: Database) -> None:
    writing.add_version(database, "churn", NewVersion())

    def move(stage: ModelStage) -> bool:
        try:
            writing.set_version_stage(database, "churn", 1, stage, expected=ModelStage.NONE)
        except ConflictError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(move, [ModelStage.STAGING, ModelStage.PRODUCTION] * 4))
    assert done.count(True) == 1


def test_versions_registered_at_once_get_numbers_of_their_own(database: Database) -> None:
    with ThreadPoolExecutor(8) as pool:
        numbers = list(
            pool.map(lambda _: writing.add_version(database, "churn", NewVersion()), range(24))
        )
    assert sorted(numbers) == list(range(1, 25))


def test_models_created_at_once_are_one(database: Database) -> None:
    def create(_: int) -> bool:
        try:
            writing.create_model(database, "churn")
        except InvalidValueError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(create, range(16))).count(True) == 1
    assert len(reading.read_models(database)) == 1


def test_an_alias_stands_for_one_version(database: Database) -> None:
    for _ in range(2):
        writing.add_version(database, "churn", NewVersion())
    writing.set_alias(database, "churn", "champion", 1, expected=None)
    with pytest.raises(ConflictError, match="stands for version 1 by now"):
        writing.set_alias(database, "churn", "champion", 2, expected=None)
    writing.set_alias(database, "churn", "champion", 2, expected=1)
    assert reading.version_of_alias(database, "churn", "champion").version == 2
    assert reading.read_version(database, "churn", 2).aliases == ("champion",)
    with pytest.raises(NotFoundError, match="It has 'champion'"):
        reading.version_of_alias(database, "churn", "challenger")
    writing.delete_version(database, "churn", 2)
    assert reading.read_model(database, "churn").aliases == {}
    writing.delete_alias(database, "churn", "champion")


@pytest.mark.parametrize("alias", ["", "a b", "a@b", "v12", "V1", "latest", "Latest", "a/b"])
def test_an_alias_that_reads_as_something_else_is_refused(database: Database, alias: str) -> None:
    writing.add_version(database, "churn", NewVersion())
    with pytest.raises(InvalidKeyError):
        writing.set_alias(database, "churn", alias, 1)


def test_what_is_in_use_is_not_deleted(database: Database) -> None:
    writing.add_version(database, "churn", NewVersion())
    writing.set_version_stage(database, "churn", 1, ModelStage.PRODUCTION)
    with pytest.raises(UserError, match="Version 1 of 'churn' is in stage Production"):
        writing.delete_version(database, "churn", 1)
    with pytest.raises(UserError, match="Version 1 of 'churn' is in stage Production"):
        writing.delete_model(database, "churn")
    writing.delete_version(database, "churn", 1, force=True)
    writing.restore_version(database, "churn", 1)
    assert stages(database, "churn") == {1: "None"}


def test_a_version_takes_its_description_from_its_run(store: Store) -> None:
    with store.start_run() as run:
        run.set_description("The *best* one")
    store.recorder.close()
    database = store.database
    writing.add_version(database, "churn", NewVersion(run_id=run.run_id))
    writing.add_version(database, "churn", NewVersion(run_id=run.run_id, description="Mine"))
    writing.add_version(database, "churn", NewVersion(run_id="of another store"))
    found = reading.read_versions(database, name="churn", order=[("version_number", False)])
    assert [row.description for row in found] == ["The *best* one", "Mine", None]
    own = reading.read_versions_of_runs(database, [run.run_id])
    assert [row.version for row in own] == [1, 2]


def test_pages_in_order(database: Database) -> None:
    for name in ("b", "A", "c", "a"):
        writing.create_model(database, name)
    order = [("name", True)]
    found = reading.read_models(database, order=order, offset=1, limit=2)
    assert [row.name for row in found] == ["b", "a"]
    assert [row.name for row in reading.read_models(database)] == ["A", "a", "b", "c"]
    assert reading.count_models(database) == 4


def test_clearing_keeps_what_a_version_needs_and_takes_what_was_deleted(store: Store) -> None:
    ids = []
    for name in ("needed", "free"):
        with store.start_run(name) as run:
            run.log_text("weights", "model/weights.txt")
        ids.append(run.run_id)
    store.recorder.close()
    database = store.database
    for run_id in ids:
        writing.add_version(database, "churn", NewVersion(run_id=run_id, tags={"a": "b"}))
    writing.delete_version(database, "churn", 2)
    store.delete_runs(ids)
    cleared = store.clear()
    assert (cleared.run_ids, cleared.kept) == ((ids[1],), ("needed",))
    assert store.recorder.artifacts.exists(ids[0], "model/weights.txt")
    assert reading.read_versions(database, deleted=True) == []
    writing.delete_model(database, "churn")
    assert store.clear_deleted() == [ids[0]]
    assert reading.read_models(database, deleted=True) == []


@pytest.mark.parametrize(
    ("given", "stage"), [("production", "Production"), (None, "None"), ("none", "None")]
)
def test_stages_are_known_in_any_case(given: str | None, stage: str) -> None:
    assert check_stage(given).value == stage
    with pytest.raises(InvalidValueError, match="The stages are None, Staging"):
        check_stage("Prod")

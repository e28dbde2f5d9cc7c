"""Experiments, as MLflow's clients see them."""

from __future__ import annotations

import time
from typing import Any

import pytest
from mlflow.entities import ExperimentTag, ViewType
from mlflow.exceptions import MlflowException

from tests.mlflow.recorded import new_run


def names(page: Any) -> list[str]:
    return [experiment.name for experiment in page]


def make(store: Any, *wanted: str) -> list[str]:
    made = []
    for name in wanted:
        time.sleep(0.002)  # their order is that of their times
        made.append(store.create_experiment(name))
    return made


def test_experiment_0_is_there_and_stays_as_it_is(store: Any, reopen: Any) -> None:
    (first,) = store.search_experiments()
    assert (first.experiment_id, first.name, first.lifecycle_stage) == ("0", "Default", "active")
    assert make(store, "another") == ["1"]
    store.delete_experiment("0")
    again = reopen()
    assert again.get_experiment("0").lifecycle_stage == "deleted"
    assert names(again.search_experiments()) == ["another"]
    assert set(names(again.search_experiments(ViewType.ALL))) == {"another", "Default"}
    again._dispose_engine()


def test_a_name_is_given_once_also_to_a_deleted_one(store: Any) -> None:
    (number,) = make(store, "test")
    for _ in range(2):
        with pytest.raises(
            MlflowException, match=r"Experiment\(name=test\) already exists"
        ) as error:
            store.create_experiment("test")
        assert error.value.error_code == "RESOURCE_ALREADY_EXISTS"
        if store.get_experiment(number).lifecycle_stage == "active":
            store.delete_experiment(number)
    assert store.get_experiment_by_name("test").experiment_id == number
    assert store.get_experiment_by_name("none of it") is None


@pytest.mark.parametrize(
    ("number", "message", "code"),
    [
        ("77", "No Experiment with id=77 exists", "RESOURCE_DOES_NOT_EXIST"),
        ("abc", "Invalid experiment ID 'abc'", "INVALID_PARAMETER_VALUE"),
    ],
)
def test_an_experiment_that_is_not_there(store: Any, number: str, message: str, code: str) -> None:
    with pytest.raises(MlflowException, match=message) as error:
        store.get_experiment(number)
    assert error.value.error_code == code


def test_renaming_tells_when(store: Any) -> None:
    (number,) = make(store, "old")
    before = store.get_experiment(number)
    assert before.creation_time == before.last_update_time
    time.sleep(0.005)
    store.rename_experiment(number, "new")
    after = store.get_experiment(number)
    assert (after.name, after.creation_time) == ("new", before.creation_time)
    assert after.last_update_time > before.last_update_time
    with pytest.raises(MlflowException, match="'name' exceeds the maximum length"):
        store.rename_experiment(number, "x" * 501)
    store.delete_experiment(number)
    with pytest.raises(MlflowException, match="Cannot rename a non-active experiment") as error:
        store.rename_experiment(number, "newer")
    assert error.value.error_code == "INVALID_STATE"


def test_runs_go_and_come_with_their_experiment(store: Any) -> None:
    (number,) = make(store, "with runs")
    runs = [new_run(store, number) for _ in range(3)]
    store.delete_run(runs[0])
    store.delete_experiment(number)
    assert {store.get_run(run).info.lifecycle_stage for run in runs} == {"deleted"}
    with pytest.raises(MlflowException, match="No Experiment"):
        store.delete_experiment(number)
    with pytest.raises(MlflowException, match="must be in the 'active' state"):
        new_run(store, number)
    time.sleep(0.005)
    deleted = store.get_experiment(number).last_update_time
    store.restore_experiment(number)
    assert store.get_experiment(number).last_update_time > deleted
    assert {store.get_run(run).info.lifecycle_stage for run in runs} == {"active"}


def test_tags(store: Any) -> None:
    number = store.create_experiment(
        "tagged", tags=[ExperimentTag("a", "1"), ExperimentTag("b", "")]
    )
    store.set_experiment_tag(number, ExperimentTag("a", "line\nline"))
    assert store.get_experiment(number).tags == {"a": "line\nline", "b": ""}
    store.delete_experiment_tag(number, "b")
    assert store.get_experiment(number).tags == {"a": "line\nline"}
    with pytest.raises(MlflowException, match="No tag with name: b") as error:
        store.delete_experiment_tag(number, "b")
    assert error.value.error_code == "RESOURCE_DOES_NOT_EXIST"
    with pytest.raises(MlflowException, match="exceeds the maximum length"):
        store.set_experiment_tag(number, ExperimentTag("a", "x" * 100_001))
    store.delete_experiment(number)
    with pytest.raises(MlflowException, match="must be in the 'active' state"):
        store.set_experiment_tag(number, ExperimentTag("a", "2"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name = 'a'", ["a"]),
        ("attribute.`name` != 'a'", ["Abc", "ab", "Default"]),
        ("name LIKE 'a%'", ["ab", "a"]),
        ("name ILIKE 'a%' AND name ILIKE '%b'", ["ab"]),
        ("tag.team = 'x'", ["ab"]),
        ("tags.`team` != 'y'", ["ab"]),
        ("tag.team ILIKE 'X'", ["ab"]),
        ("tag.team IS NULL AND name != 'Default'", ["Abc", "a"]),
        ("creation_time > 0", ["Abc", "ab", "a", "Default"]),
        ("last_update_time < 0", []),
    ],
)
def test_search(store: Any, text: str, expected: list[str]) -> None:
    make(store, "a")
    time.sleep(0.002)
    store.create_experiment("ab", tags=[ExperimentTag("team", "x")])
    make(store, "Abc")
    assert names(store.search_experiments(filter_string=text)) == expected


def test_search_by_page_and_order(store: Any) -> None:
    make(store, *"abcde")
    first = store.search_experiments(max_results=4)
    assert names(first) == ["e", "d", "c", "b"]
    second = store.search_experiments(max_results=4, page_token=first.token)
    assert (names(second), second.token) == (["a", "Default"], None)
    assert names(store.search_experiments(order_by=["name"])) == ["Default", *"abcde"]
    assert names(store.search_experiments(order_by=["experiment_id DESC"], max_results=2)) == [
        "e",
        "d",
    ]
    time.sleep(0.002)
    store.rename_experiment("1", "renamed")
    assert names(store.search_experiments(order_by=["last_update_time DESC"]))[0] == "renamed"


@pytest.mark.parametrize("bad", [None, 0, 1_000_000])
def test_results_that_no_page_may_have(store: Any, bad: int | None) -> None:
    with pytest.raises(MlflowException, match=f"Invalid value {bad} for parameter 'max_results'"):
        store.search_experiments(max_results=bad)


@pytest.mark.parametrize(
    "text", ["name IS NULL", "nonsense", "name = ", "foo = 'x'", "tag.a IN ('x'"]
)
def test_a_search_that_cannot_be_understood(store: Any, text: str) -> None:
    with pytest.raises(MlflowException) as error:
        store.search_experiments(filter_string=text)
    assert error.value.error_code == "INVALID_PARAMETER_VALUE"


def test_files_of_an_experiment(store: Any) -> None:
    (number,) = make(store, "plain")
    root = store.artifact_root_uri
    assert store.get_experiment(number).artifact_location == f"{root}/{number}"
    other = store.create_experiment("elsewhere", artifact_location="s3://bucket/path?x=1")
    assert store.get_experiment(other).artifact_location == "s3://bucket/path?x=1"
    run = store.get_run(new_run(store, other))
    assert run.info.artifact_uri == f"s3://bucket/path/{run.info.run_id}/artifacts?x=1"


def test_removing_for_good(store: Any) -> None:
    (number,) = make(store, "gone")
    run = new_run(store, number)
    with pytest.raises(MlflowException, match="No Experiment"):
        store._hard_delete_experiment(number)
    store.delete_experiment(number)
    assert store._get_deleted_runs() == [run]
    assert store._get_deleted_runs(older_than=100_000) == []
    store._hard_delete_run(run)
    store._hard_delete_experiment(number)
    for ask in (lambda: store.get_run(run), lambda: store.get_experiment(number)):
        with pytest.raises(MlflowException) as error:
            ask()
        assert error.value.error_code == "RESOURCE_DOES_NOT_EXIST"

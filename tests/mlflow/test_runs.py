"""Runs, as MLflow's clients see them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from mlflow.entities import Param, RunStatus, RunTag, ViewType
from mlflow.exceptions import MlflowException

from tests.mlflow.recorded import found, named, new_run

ACTIVE_ONLY, DELETED_ONLY, ALL = ViewType.ACTIVE_ONLY, ViewType.DELETED_ONLY, ViewType.ALL


def test_a_run_is_made_with_its_name_and_tags(store: Any) -> None:
    made = store.create_run("0", "ada", 123, [RunTag("a", "1")], "first")
    run = store.get_run(made.info.run_id)
    for each in (made, run):
        assert re.fullmatch("[0-9a-f]{32}", each.info.run_id)
        assert (each.info.run_name, each.info.user_id, each.info.start_time) == (
            "first",
            "ada",
            123,
        )
        assert (each.info.status, each.info.end_time) == ("RUNNING", None)
        assert (each.info.experiment_id, each.info.lifecycle_stage) == ("0", "active")
        assert each.data.tags == {"a": "1", "mlflow.runName": "first"}
        assert each.inputs.dataset_inputs == []
    files = store.get_experiment("0").artifact_location
    assert run.info.artifact_uri == f"{files}/{run.info.run_id}/artifacts"
    run.to_proto()


def test_the_name_may_come_as_a_tag_or_not_at_all(store: Any) -> None:
    tagged = store.create_run("0", "ada", 0, named("by tag"), None)
    assert (tagged.info.run_name, tagged.info.start_time) == ("by tag", 0)
    with pytest.raises(MlflowException, match=r"Both 'run_name' argument and 'mlflow\."):
        store.create_run("0", "ada", 0, named("by tag"), "other")
    for name in (None, ""):
        assert re.fullmatch(r"\w+-\w+-\d+", store.create_run("0", "ada", 0, [], name).info.run_name)


def test_a_run_that_is_not_there(store: Any) -> None:
    for ask in (store.get_run, store.delete_run, store.restore_run, store._hard_delete_run):
        with pytest.raises(MlflowException, match="Run with id=nothing not found") as error:
            ask("nothing")
        assert error.value.error_code == "RESOURCE_DOES_NOT_EXIST"


@pytest.mark.parametrize("status", ["SCHEDULED", "RUNNING", "FINISHED", "FAILED", "KILLED"])
def test_every_status(store: Any, status: str) -> None:
    run = new_run(store)
    info = store.update_run_info(run, RunStatus.from_string(status), 1000, None)
    assert (info.status, info.end_time, info.run_name) == (status, 1000, "name")
    assert store.get_run(run).info.status == status
    assert found(store, f"status = '{status}'") == ["name"]
    assert found(store, f"status != '{status}'") == []
    again = store.update_run_info(run, RunStatus.RUNNING, None, None)
    assert (again.status, again.end_time) == ("RUNNING", 1000)


def test_the_name_and_its_tag_go_together(store: Any) -> None:
    run = new_run(store)

    def names() -> tuple[str, str | None]:
        seen = store.get_run(run)
        return seen.info.run_name, seen.data.tags.get("mlflow.runName")

    store.update_run_info(run, RunStatus.FINISHED, 1000, "second")
    assert names() == ("second", "second")
    for nothing in (None, ""):
        store.update_run_info(run, RunStatus.FINISHED, 1000, nothing)
        assert names() == ("second", "second")
    store.delete_tag(run, "mlflow.runName")
    assert names() == ("second", None)
    store.set_tag(run, *named("third"))
    assert names() == ("third", "third")
    store.log_batch(run, [], [], named("fourth"))
    assert names() == ("fourth", "fourth")
    assert found(store, "attributes.`Run name` = 'fourth'") == ["fourth"]


def test_a_deleted_run_takes_nothing_until_it_is_restored(store: Any) -> None:
    run = new_run(store)
    store.restore_run(run)
    for _ in range(2):
        store.delete_run(run)
        assert store.get_run(run).info.lifecycle_stage == "deleted"
    refused = (
        lambda: store.log_param(run, Param("p", "1")),
        lambda: store.set_tag(run, RunTag("t", "1")),
        lambda: store.log_batch(run, [], [Param("p", "1")], []),
        lambda: store.update_run_info(run, RunStatus.FINISHED, 1, None),
        lambda: store.delete_tag(run, "mlflow.runName"),
        lambda: store.log_inputs(run, []),
    )
    for ask in refused:
        with pytest.raises(MlflowException, match=r"The run .+ must be in the 'active' state") as e:
            ask()
        assert e.value.error_code == "INVALID_PARAMETER_VALUE"
    assert (found(store, None), found(store, "", view=DELETED_ONLY)) == ([], ["name"])
    for _ in range(2):
        store.restore_run(run)
    store.log_param(run, Param("p", "1"))
    assert (found(store, None), found(store, "", view=ALL)) == (["name"], ["name"])


def test_pages_never_overlap(store: Any) -> None:
    runs = sorted(new_run(store, start=10) for _ in range(10))
    pages, token = [], None
    for _ in range(3):
        page = store.search_runs(["0"], None, ALL, max_results=4, page_token=token)
        pages.append([run.info.run_id for run in page])
        token = page.token
    assert (pages, token) == ([runs[:4], runs[4:8], runs[8:]], None)
    exact = store.search_runs(["0"], None, ALL, max_results=10)
    assert (len(exact), exact.token) == (10, None)
    everything = store.search_runs(["0"], None, ALL, max_results=None)
    assert (len(everything), everything.token) == (10, None)
    with pytest.raises(MlflowException, match="Invalid value 50001 for parameter 'max_results'"):
        found(store, None, max_results=50_001)
    with pytest.raises(MlflowException, match=r"[Ii]nvalid page token"):
        found(store, None, page_token="nonsense!")


def test_times_sort_with_missing_ones_last(store: Any) -> None:
    for start, end in enumerate([234, None, 456, -123, 789, 123], start=100):
        run = new_run(store, name=str(end), start=start)
        store.update_run_info(run, RunStatus.FINISHED, end, None)
    by_end = ["-123", "123", "234", "456", "789", "None"]
    assert found(store, None, order_by=["attribute.end_time asc"]) == by_end
    assert found(store, None, order_by=["end_time DESC"]) == [*reversed(by_end[:5]), "None"]
    in_turn = ["234", "None", "456", "-123", "789", "123"]
    assert found(store, None, order_by=["start_time ASC", "end_time DESC"]) == in_turn
    assert found(store, None, order_by=["attributes.Created DESC"]) == in_turn[::-1]
    assert found(store, None) == in_turn[::-1]
    assert found(store, "attributes.created > 104") == ["123"]


def test_attributes(store: Any) -> None:
    run, other = new_run(store, name="one", start=1), new_run(store, name="two", start=2)
    where = store.get_run(run).info.artifact_uri
    searches = {
        f"artifact_uri = '{where}'": ["one"],
        f"artifact_uri = '{where.upper()}'": [],
        f"attribute.artifact_uri ILIKE '%{run[:16].upper()}%'": ["one"],
        f"attributes.run_id IN ('{run}',  '{other}')": ["two", "one"],
        f"run_id NOT IN ('{run}')": ["two"],
        f"run_name = 'two' AND run_id != '{run}'": ["two"],
        "tags.`mlflow.runName` = 'one'": ["one"],
        "user_id = 'ada' and attr.run_name LIKE 'o%'": ["one"],
        "attribute.status != 'blah'": ["two", "one"],
    }
    assert {text: found(store, text) for text in searches} == searches


@pytest.mark.parametrize(
    "text",
    [
        "attribute.experiment_id = '0'", "attribute.lifecycle_stage = 'active'", "nonsense",
        "metrics.a = 'text'", "params.p < 'x' AND", " ", "status IN ('RUNNING')", "foo.bar = 'x'",
    ],
)  # fmt: skip
def test_a_search_that_cannot_be_understood(store: Any, text: str) -> None:
    with pytest.raises(MlflowException) as error:
        found(store, text)
    assert error.value.error_code == "INVALID_PARAMETER_VALUE"


@pytest.mark.parametrize(
    "order", [["attribute.start_time", "start_time"], ["param.p", "params.p"], ["nonsense.x"]]
)
def test_an_order_that_cannot_be(store: Any, order: list[str]) -> None:
    with pytest.raises(MlflowException):
        found(store, None, order_by=order)


@pytest.mark.parametrize("bad", ["not-a-number", "12abc", ""])
def test_experiments_are_named_by_number(store: Any, bad: str) -> None:
    asked = (
        lambda: store.search_runs([bad], None, ALL, 10),
        lambda: store._search_datasets([bad]),
        lambda: store.search_logged_models([bad]),
    )
    for ask in asked:
        with pytest.raises(MlflowException, match="Experiment ID must be a valid integer"):
            ask()

"""The model registry, as MLflow's clients see it."""

from __future__ import annotations

import time
from typing import Any

import pytest
from mlflow.entities.model_registry import ModelVersionTag, RegisteredModelTag
from mlflow.exceptions import MlflowException

SOURCE = "/models/somewhere"


def add(registry: Any, name: str, **options: Any) -> int:
    return int(registry.create_model_version(name, SOURCE, **options).version)


def refused(ask: Any, message: str) -> str:
    with pytest.raises(MlflowException, match=message) as error:
        ask()
    return str(error.value.error_code)


def names(page: Any) -> list[str]:
    return [model.name for model in page]


def test_the_life_of_a_model(registry: Any) -> None:
    tags = [RegisteredModelTag("a", "1"), RegisteredModelTag("b", "2")]
    made = registry.create_registered_model("churn", tags, "who leaves")
    assert (made.name, made.description, made.tags) == ("churn", "who leaves", {"a": "1", "b": "2"})
    assert (made.latest_versions, made.aliases) == ([], {})
    code = refused(lambda: registry.create_registered_model("churn"), "already exists")
    assert code == "RESOURCE_ALREADY_EXISTS"
    time.sleep(0.002)
    registry.update_registered_model("churn", "who stays")
    registry.set_registered_model_tag("churn", RegisteredModelTag("a", "3"))
    registry.delete_registered_model_tag("churn", "b")
    registry.delete_registered_model_tag("churn", "none")
    seen = registry.get_registered_model("churn")
    assert (seen.description, seen.tags) == ("who stays", {"a": "3"})
    assert seen.last_updated_timestamp > seen.creation_timestamp == made.creation_timestamp
    registry.create_registered_model("other")
    assert refused(
        lambda: registry.rename_registered_model("churn", "other"), "already exists"
    ) == "RESOURCE_ALREADY_EXISTS"  # fmt: skip
    add(registry, "churn")
    assert registry.rename_registered_model("churn", "leavers").name == "leavers"
    assert registry.get_model_version("leavers", "1").name == "leavers"
    registry.delete_registered_model("leavers")
    for ask in (
        lambda: registry.get_registered_model("leavers"),
        lambda: registry.delete_registered_model("leavers"),
        lambda: registry.update_registered_model("leavers", "x"),
        lambda: registry.set_registered_model_tag("leavers", RegisteredModelTag("a", "1")),
        lambda: registry.get_latest_versions("leavers"),
        lambda: add(registry, "leavers"),
    ):
        message = "Registered Model with name=leavers not found"
        assert refused(ask, message) == "RESOURCE_DOES_NOT_EXIST"
    assert registry.create_registered_model("leavers").tags == {}
    assert add(registry, "leavers") == 1


@pytest.mark.parametrize("name", [None, "", "a/b", "a:b"])
def test_names_that_no_model_may_have(registry: Any, name: str | None) -> None:
    for ask in (
        lambda: registry.create_registered_model(name),
        lambda: registry.create_model_version(name, SOURCE),
    ):
        assert refused(ask, "name") == "INVALID_PARAMETER_VALUE"


def test_the_life_of_a_version(registry: Any) -> None:
    registry.create_registered_model("churn")
    run = "0123456789abcdef" * 2
    tags = [ModelVersionTag("k", "v")]
    made = registry.create_model_version("churn", SOURCE, run, tags, "link", "first")
    assert (int(made.version), made.source, made.run_id) == (1, SOURCE, run)
    assert (made.current_stage, made.status, made.run_link) == ("None", "READY", "link")
    assert (made.description, made.tags, made.aliases) == ("first", {"k": "v"}, [])
    assert [add(registry, "churn") for _ in range(2)] == [2, 3]
    assert registry.update_model_version("churn", 1, "changed").description == "changed"
    registry.set_model_version_tag("churn", "1", ModelVersionTag("k", "w"))
    registry.set_model_version_tag("churn", "1", ModelVersionTag("l", "x"))
    registry.delete_model_version_tag("churn", 1, "k")
    assert registry.get_model_version("churn", 1).tags == {"l": "x"}
    assert registry.get_model_version_download_uri("churn", "1") == SOURCE
    registry.delete_model_version("churn", 3)
    for ask in (
        lambda: registry.get_model_version("churn", 3),
        lambda: registry.delete_model_version("churn", 3),
        lambda: registry.update_model_version("churn", 3, "x"),
        lambda: registry.get_model_version_download_uri("churn", 3),
        lambda: registry.set_model_version_tag("churn", 3, ModelVersionTag("a", "b")),
        lambda: registry.set_registered_model_alias("churn", "best", 3),
    ):
        message = r"Model Version \(name=churn, version=3\) not found"
        assert refused(ask, message) == "RESOURCE_DOES_NOT_EXIST"
    assert add(registry, "churn") == 4
    code = refused(lambda: registry.get_model_version("churn", "abc"), "version")
    assert code == "INVALID_PARAMETER_VALUE"
    other = registry.create_model_version("churn", "models:/churn/1", run)
    assert registry.get_model_version_download_uri("churn", other.version) == SOURCE
    assert other.source == "models:/churn/1"


def test_stages(registry: Any) -> None:
    registry.create_registered_model("churn")
    for _ in range(4):
        add(registry, "churn")
    for version in (1, 2):
        moved = registry.transition_model_version_stage(
            "churn", version, "production", archive_existing_versions=False
        )
        assert moved.current_stage == "Production"
    registry.transition_model_version_stage(
        "churn", 3, "Production", archive_existing_versions=True
    )
    stages = {
        version: registry.get_model_version("churn", version).current_stage
        for version in (1, 2, 3, 4)
    }
    assert stages == {1: "Archived", 2: "Archived", 3: "Production", 4: "None"}
    latest = {int(v.version) for v in registry.get_latest_versions("churn")}
    assert latest == {2, 3, 4}
    assert [int(v.version) for v in registry.get_latest_versions("churn", ["production"])] == [3]
    assert {int(v.version) for v in registry.get_registered_model("churn").latest_versions} == {
        2,
        3,
        4,
    }
    refused(
        lambda: registry.transition_model_version_stage(
            "churn", 1, "None", archive_existing_versions=True
        ),
        "not an Active stage",
    )
    code = refused(
        lambda: registry.transition_model_version_stage(
            "churn", 1, "staged", archive_existing_versions=False
        ),
        "Invalid Model Version stage",
    )
    assert code == "INVALID_PARAMETER_VALUE"
    registry.delete_model_version("churn", 3)
    assert [int(v.version) for v in registry.get_latest_versions("churn", ["Production"])] == []


def test_aliases(registry: Any) -> None:
    registry.create_registered_model("churn")
    for _ in range(2):
        add(registry, "churn")
    for version in (1, 2):
        registry.set_registered_model_alias("churn", "best", str(version))
    registry.set_registered_model_alias("churn", "safe", 1)
    assert {a: int(v) for a, v in registry.get_registered_model("churn").aliases.items()} == {
        "best": 2, "safe": 1,
    }  # fmt: skip
    assert registry.get_model_version("churn", 2).aliases == ["best"]
    assert int(registry.get_model_version_by_alias("churn", "best").version) == 2
    assert int(registry.get_model_version_by_alias("churn", "latest").version) == 2
    registry.delete_registered_model_alias("churn", "safe")
    registry.delete_registered_model_alias("churn", "none")
    code = refused(
        lambda: registry.get_model_version_by_alias("churn", "safe"), "alias safe not found"
    )
    assert code == "INVALID_PARAMETER_VALUE"
    registry.delete_model_version("churn", 2)
    assert registry.get_registered_model("churn").aliases == {}
    for alias in ("v1", "latest", "a b!", ""):
        code = refused(lambda a=alias: registry.set_registered_model_alias("churn", a, 1), "alias")
        assert code == "INVALID_PARAMETER_VALUE"


def test_models_are_searched(registry: Any) -> None:
    for name in ("Beta", "alpha", "beta", "gamma"):
        time.sleep(0.002)
        registry.create_registered_model(name, [RegisteredModelTag("first", name[0])])
    registry.create_registered_model(
        "words", [RegisteredModelTag("mlflow.prompt.is_prompt", "true")]
    )
    searches = {
        "": ["Beta", "alpha", "beta", "gamma"],
        "name = 'beta'": ["beta"],
        "name ILIKE 'beta'": ["Beta", "beta"],
        "name LIKE '%a' AND tags.first != 'b'": ["Beta", "alpha", "gamma"],
        "tag.first = 'g'": ["gamma"],
        "name IN ('alpha', 'gamma')": ["alpha", "gamma"],
        "tags.`mlflow.prompt.is_prompt` = 'true'": ["words"],
        "tags.`mlflow.prompt.is_prompt` = 'false'": ["Beta", "alpha", "beta", "gamma"],
    }
    assert {text: names(registry.search_registered_models(text)) for text in searches} == searches
    recent = registry.search_registered_models(order_by=["last_updated_timestamp DESC"])
    assert names(recent) == ["gamma", "beta", "alpha", "Beta"]
    first = registry.search_registered_models(max_results=3)
    second = registry.search_registered_models(max_results=3, page_token=first.token)
    assert (names(first), names(second), second.token) == (
        ["Beta", "alpha", "beta"],
        ["gamma"],
        None,
    )
    for text in ("name == 'a'", "version = 1", "nonsense"):
        assert (
            refused(lambda t=text: registry.search_registered_models(t), "")
            == "INVALID_PARAMETER_VALUE"
        )
    refused(lambda: registry.search_registered_models(order_by=["nonsense"]), "order")
    refused(lambda: registry.search_registered_models(max_results=10**7), "at most")


def test_versions_are_searched(registry: Any) -> None:
    runs = ["a" * 32, "b" * 32]
    for name in ("one", "two"):
        registry.create_registered_model(name)
        for run in runs:
            time.sleep(0.002)
            registry.create_model_version(
                name, f"{SOURCE}/{name}", run, [ModelVersionTag("t", run[0])]
            )

    def found(text: str | None = None, **options: Any) -> list[str]:
        page = registry.search_model_versions(text, **options)
        return [f"{version.name}/{version.version}" for version in page]

    searches = {
        "name = 'one'": ["one/2", "one/1"],
        f"run_id = '{runs[0]}'": ["two/1", "one/1"],
        f"run_id IN ('{runs[0]}', '{runs[1]}') AND name = 'two'": ["two/2", "two/1"],
        f"source_path = '{SOURCE}/two'": ["two/2", "two/1"],
        "source_path LIKE '%one' AND version_number > 1": ["one/2"],
        "tags.t = 'b'": ["two/2", "one/2"],
        "version_number = 1": ["two/1", "one/1"],
    }
    assert {text: found(text) for text in searches} == searches
    assert found(order_by=["name DESC", "version_number ASC"]) == [
        "two/1",
        "two/2",
        "one/1",
        "one/2",
    ]
    registry.delete_model_version("one", 2)
    assert found("name = 'one'") == ["one/1"]
    first = registry.search_model_versions(max_results=2)
    second = registry.search_model_versions(max_results=2, page_token=first.token)
    assert (len(first), len(second), second.token) == (2, 1, None)
    for text in ("nonsense", "version_number = 'x'", "creator = 'a'"):
        assert refused(lambda t=text: found(t), "") == "INVALID_PARAMETER_VALUE"
    refused(lambda: found(max_results=0), "positive integer")

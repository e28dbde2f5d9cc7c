"""Searches for experiments, registered models and their versions, with MLflow's meaning."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Connection, Select, Text, cast, insert, select

from nbtrack.query.attributes import SearchEntity
from nbtrack.query.compiler import compile_search
from nbtrack.query.parser import parse_search
from nbtrack.store import Database
from nbtrack.store.tables import (
    experiment_tags,
    experiments,
    model_tags,
    model_versions,
    registered_models,
    runs,
)

RUN_ID = "0123456789abcdef0123456789abcdef"


def fill(connection: Connection) -> None:
    connection.execute(
        insert(experiments),
        [
            {"id": 11, "name": "churn", "created": 1000},
            {"id": 12, "name": "Churn-2", "created": 2000},
            {"id": 13, "name": "it's", "created": 3000},
        ],
    )
    connection.execute(
        insert(experiment_tags),
        [
            {"experiment_id": 11, "key": "owner", "value": "Lab"},
            {"experiment_id": 12, "key": "owner", "value": "lab"},
        ],
    )
    connection.execute(
        insert(runs).values(
            id=1, run_id=RUN_ID, experiment_id=11, run_name="r", status="completed", created=0
        )
    )
    connection.execute(
        insert(registered_models),
        [
            {"id": 1, "name": "trees", "created": 0, "updated": 0},
            {"id": 2, "name": "greeting", "created": 0, "updated": 0},
        ],
    )
    connection.execute(
        insert(model_versions),
        [
            {"model_id": 1, "version": 1, "source_run_id": RUN_ID, "source": "s3://a", "created": 0,
             "updated": 0},
            {"model_id": 1, "version": 2, "source_run_id": None, "source": "s3://b", "created": 0,
             "updated": 0},
            {"model_id": 2, "version": 1, "source_run_id": None, "source": "s3://c", "created": 0,
             "updated": 0},
        ],
    )  # fmt: skip
    connection.execute(
        insert(model_tags),
        [
            {"model_id": 1, "version": 0, "key": "task", "value": "tabular"},
            {"model_id": 1, "version": 2, "key": "task", "value": "ranking"},
            {"model_id": 2, "version": 0, "key": "mlflow.prompt.is_prompt", "value": "true"},
            {"model_id": 2, "version": 1, "key": "mlflow.prompt.is_prompt", "value": "true"},
        ],
    )


def versions() -> Select[str]:
    label = registered_models.c.name + "/" + cast(model_versions.c.version, Text)
    return select(label).select_from(model_versions.join(registered_models))


STATEMENTS: dict[SearchEntity, Callable[[], Select[str]]] = {
    "experiment": lambda: select(experiments.c.name).where(experiments.c.id > 10),
    "registered_model": lambda: select(registered_models.c.name),
    "model_version": versions,
}

ALL_VERSIONS = {"trees/1", "trees/2", "greeting/1"}
CASES: list[tuple[SearchEntity, str, set[str]]] = [
    ("experiment", "", {"churn", "Churn-2", "it's"}),
    ("experiment", "name = 'churn'", {"churn"}),
    ("experiment", "attribute.name ILIKE 'churn%'", {"churn", "Churn-2"}),
    ("experiment", 'name != "it\'s"', {"churn", "Churn-2"}),
    ("experiment", "experiment_id = '12'", {"Churn-2"}),
    ("experiment", "experiment_id IN ('11', '13')", {"churn", "it's"}),
    ("experiment", "creation_time > 1000 AND last_update_time < 3000", {"Churn-2"}),
    ("experiment", "tags.owner = 'lab'", {"Churn-2"}),
    ("experiment", "tags.owner IS NULL OR tag.owner LIKE 'L%'", {"it's", "churn"}),
    ("registered_model", "name IN ('trees', 'none')", {"trees"}),
    ("registered_model", "tags.task = 'tabular'", {"trees"}),
    ("registered_model", "tags.task = 'ranking'", set()),
    ("registered_model", "tags.`mlflow.prompt.is_prompt` = 'false'", {"trees"}),
    ("registered_model", "tags.`mlflow.prompt.is_prompt` = 'true'", {"greeting"}),
    ("model_version", "name = 'trees'", {"trees/1", "trees/2"}),
    ("model_version", f"run_id = '{RUN_ID}'", {"trees/1"}),
    ("model_version", f"NOT run_id IN ('{RUN_ID}')", {"trees/2", "greeting/1"}),
    ("model_version", "source_path LIKE 's3://_' AND version_number >= 2", {"trees/2"}),
    ("model_version", "version_number = '2' OR version_number <= '1.5'", ALL_VERSIONS),
    ("model_version", "tags.task = 'ranking'", {"trees/2"}),
    ("model_version", "tags.`mlflow.prompt.is_prompt` != 'true'", {"trees/1", "trees/2"}),
]


@pytest.mark.parametrize("entity", STATEMENTS)
def test_searches_find_what_mlflow_finds(database: Database, entity: SearchEntity) -> None:
    with database.engine.connect() as connection:
        fill(connection)
        for searched, text, expected in CASES:
            if searched == entity:
                condition = compile_search(
                    parse_search(text, entity), connection.dialect.name, entity
                )
                statement = STATEMENTS[entity]().where(condition)
                assert set(connection.scalars(statement)) == expected, text

"""Where the names of the search language live in the store's tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Double,
    ScalarSelect,
    Table,
    cast,
    exists,
    func,
    literal,
    select,
)

from nbtrack.query.attributes import SearchEntity
from nbtrack.query.nodes import Entity
from nbtrack.store.tables import (
    experiment_tags,
    experiments,
    kernels,
    keys,
    latest_metrics,
    model_tags,
    model_versions,
    params,
    registered_models,
    runs,
    tags,
)

KEYED_TABLES: Mapping[Entity, Table] = MappingProxyType(
    {"metric": latest_metrics, "param": params, "tag": tags}
)
"""Tables with one row per run and key."""


@dataclass(frozen=True, slots=True)
class Related:
    """A column of another table that a row points to."""

    column: ColumnElement[Any]
    target: ColumnElement[int]
    """What `link` points to."""
    link: ColumnElement[int]

    def scalar(self) -> ScalarSelect[Any]:
        """Return the column's value for the outer row."""
        return select(self.column).where(self.target == self.link).scalar_subquery()


_MILLISECONDS: ColumnElement[float] = literal(1000.0, Double())

ATTRIBUTES: Mapping[SearchEntity, Mapping[str, ColumnElement[Any] | Related]] = MappingProxyType(
    {
        "run": {
            **{
                name: runs.c[name]
                for name in (
                    "run_id", "run_name", "status", "artifact_uri", "user_id", "created",
                    "start_time", "end_time", "notebook", "cell_id", "attempt", "git_commit",
                    "git_branch", "reason", "description",
                )
            },
            "duration": cast(runs.c.end_time - runs.c.start_time, Double()) / _MILLISECONDS,
            "experiment": Related(experiments.c.name, experiments.c.id, runs.c.experiment_id),
            "kernel_id": Related(kernels.c.kernel_id, kernels.c.id, runs.c.kernel_id),
            "host": Related(kernels.c.host, kernels.c.id, runs.c.kernel_id),
        },
        "experiment": {
            "name": experiments.c.name,
            "experiment_id": experiments.c.id,
            "creation_time": experiments.c.created,
            "last_update_time": func.coalesce(
                experiments.c.updated, experiments.c.deleted, experiments.c.created
            ),
        },
        "registered_model": {"name": registered_models.c.name},
        "model_version": {
            "name": Related(
                registered_models.c.name, registered_models.c.id, model_versions.c.model_id
            ),
            "version_number": model_versions.c.version,
            "run_id": model_versions.c.source_run_id,
            "source_path": model_versions.c.source,
        },
    }
)  # fmt: skip


def key_id(entity: Entity, name: str) -> ScalarSelect[int]:
    """Return the id of a key of the store, NULL if no run ever used it."""
    return select(keys.c.id).where(keys.c.kind == entity, keys.c.name == name).scalar_subquery()


def has_keyed(
    search: SearchEntity, entity: Entity, key: str, *conditions: ColumnElement[bool]
) -> ColumnElement[bool]:
    """Return whether a thing has a metric, param or tag of that key that meets the conditions."""
    if search == "run":
        table = KEYED_TABLES[entity]
        holders = select(table.c.run_id).where(table.c.key_id == key_id(entity, key), *conditions)
        return runs.c.id.in_(holders)
    if search == "experiment":
        owner = experiment_tags.c.experiment_id == experiments.c.id
        return exists().where(owner, experiment_tags.c.key == key, *conditions)
    if search == "registered_model":
        owner = (model_tags.c.model_id == registered_models.c.id) & (model_tags.c.version == 0)
    else:
        owner = (model_tags.c.model_id == model_versions.c.model_id) & (
            model_tags.c.version == model_versions.c.version
        )
    return exists().where(owner, model_tags.c.key == key, *conditions)


def tag_value(search: SearchEntity) -> ColumnElement[str]:
    """Return the column with the values of a thing's tags."""
    tables: dict[SearchEntity, Table] = {"run": tags, "experiment": experiment_tags}
    return tables.get(search, model_tags).c.value

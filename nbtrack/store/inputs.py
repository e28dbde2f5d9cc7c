"""What runs take in and give out: datasets with their tags, and logged models."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from nbtrack.store import tables
from nbtrack.store.runs import in_parts, insert_or_ignore

MAX_CONTEXT_LENGTH = 250


@dataclass(frozen=True, slots=True)
class DatasetInput:
    """A dataset that a run used."""

    facts: Mapping[str, str | None]
    """name, digest, source_type, source, schema and profile."""
    tags: tuple[tuple[str, str], ...]
    context: str | None


def add_inputs(connection: Connection, row_id: int, inputs: Sequence[DatasetInput]) -> None:
    """Record datasets that a run uses; one that it has already stays as it is."""
    table, links = tables.datasets, tables.run_datasets
    known = set(connection.scalars(select(links.c.dataset_id).where(links.c.run_id == row_id)))
    insert_or_ignore(
        connection, table, [dict(each.facts) for each in inputs], on=["name", "digest"]
    )
    for each in inputs:
        where = (table.c.name == each.facts["name"], table.c.digest == each.facts["digest"])
        dataset = connection.execute(select(table.c.id).where(*where)).scalar_one()
        if dataset in known:
            continue
        known.add(dataset)
        link = {
            "run_id": row_id,
            "dataset_id": dataset,
            "context": (each.context or "")[:MAX_CONTEXT_LENGTH],
            "tags": json.dumps(each.tags, ensure_ascii=False),
        }
        insert_or_ignore(connection, links, link, on=["run_id", "dataset_id", "context"])


def read_inputs(
    connection: Connection, row_ids: Sequence[int], context_tag: str
) -> dict[int, list[DatasetInput]]:
    """Return the datasets of runs by row id.

    Parameters
    ----------
    context_tag : str
        The tag that tells the context of a dataset that has no tags of its own.
    """
    table, links = tables.datasets, tables.run_datasets
    names = ("name", "digest", "source_type", "source", "schema", "profile")
    found: dict[int, dict[int, DatasetInput]] = {}
    for part in in_parts(row_ids):
        query = (
            select(links.c.run_id, links.c.context, links.c.tags, table)
            .join_from(links, table)
            .where(links.c.run_id.in_(part))
            .order_by(links.c.run_id, links.c.dataset_id, links.c.context)
        )
        for row in connection.execute(query):
            pairs = _pairs(row.tags, context_tag, row.context)
            own = found.setdefault(row.run_id, {})
            before = own[row.id].tags if row.id in own else ()
            facts = {name: row._mapping[name] for name in names}
            own[row.id] = DatasetInput(facts, before + pairs, row.context or None)
    return {row_id: list(own.values()) for row_id, own in found.items()}


def _pairs(tags: str | None, context_tag: str, context: str) -> tuple[tuple[str, str], ...]:
    if tags is None:
        return ((context_tag, context),) if context else ()
    return tuple((key, value) for key, value in json.loads(tags))


def dataset_summaries(
    connection: Connection, experiments: Sequence[int], limit: int
) -> list[tuple[int, str, str, str | None]]:
    """Return (experiment, name, digest, context) of the datasets that experiments' runs used."""
    table, links, runs = tables.datasets, tables.run_datasets, tables.runs
    query = (
        select(runs.c.experiment_id, table.c.name, table.c.digest, links.c.context)
        .join_from(links, table)
        .join(runs, runs.c.id == links.c.run_id)
        .where(runs.c.experiment_id.in_(experiments))
        .distinct()
        .limit(limit)
    )
    rows = connection.execute(query)
    return [(number, name, digest, context or None) for number, name, digest, context in rows]


def link_models(
    connection: Connection, row_id: int, direction: str, models: Iterable[tuple[str, int]]
) -> None:
    """Record (model id, step) of logged models that a run takes in or gives out."""
    rows: list[dict[str, Any]] = [
        {"run_id": row_id, "direction": direction, "model_id": model_id, "step": step}
        for model_id, step in models
    ]
    if rows:
        on = ["run_id", "direction", "model_id", "step"]
        insert_or_ignore(connection, tables.run_models, rows, on=on)


def read_linked_models(
    connection: Connection, row_ids: Sequence[int]
) -> dict[int, list[tuple[str, str, int]]]:
    """Return (direction, model id, step) of the models of runs, by row id."""
    table = tables.run_models
    found: dict[int, list[tuple[str, str, int]]] = {}
    for part in in_parts(row_ids):
        query = select(table).where(table.c.run_id.in_(part)).order_by(table.c.run_id, table.c.step)
        for row in connection.execute(query):
            found.setdefault(row.run_id, []).append((row.direction, row.model_id, row.step))
    return found

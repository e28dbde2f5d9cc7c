"""Reading the model registry: models and versions as values, in pages."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, collate, func, select
from sqlalchemy.types import String

from nbtrack.errors import NotFoundError
from nbtrack.model import ModelStage, ModelVersion, RegisteredModel, from_milliseconds
from nbtrack.store import tables
from nbtrack.store.engine import Database
from nbtrack.store.registry_rows import check_stage, check_version, model_row, version_row
from nbtrack.store.runs import in_parts

_MODELS, _VERSIONS = tables.registered_models, tables.model_versions

MODEL_ORDER: dict[str, ColumnElement[Any]] = {
    "name": _MODELS.c.name,
    "creation_timestamp": _MODELS.c.created,
    "last_updated_timestamp": _MODELS.c.updated,
    "timestamp": _MODELS.c.updated,
}
VERSION_ORDER: dict[str, ColumnElement[Any]] = {
    "name": _MODELS.c.name,
    "version_number": _VERSIONS.c.version,
    "creation_timestamp": _VERSIONS.c.created,
    "last_updated_timestamp": _VERSIONS.c.updated,
    "timestamp": _VERSIONS.c.updated,
}
"""What models and versions may be sorted by, in MLflow's words."""

Order = Sequence[tuple[str, bool]]
"""Keys of `MODEL_ORDER` or `VERSION_ORDER`, each with whether it is descending."""


def read_models(
    database: Database,
    condition: ColumnElement[bool] | None = None,
    *,
    deleted: bool = False,
    order: Order = (),
    offset: int = 0,
    limit: int | None = None,
) -> list[RegisteredModel]:
    """Return models, sorted by `order` and then by name.

    Parameters
    ----------
    condition : ColumnElement, optional
        On ``registered_models``, as `nbtrack.query.compiler.compile_search` makes it.
    deleted : bool
        Those marked as deleted instead of the others.
    """
    query = select(_MODELS).where(_is_marked(_MODELS, deleted=deleted))
    if condition is not None:
        query = query.where(condition)
    query = _sorted(query, order, MODEL_ORDER, [("name", False)], database.dialect)
    with database.reading() as connection:
        rows = connection.execute(query.offset(offset).limit(limit)).all()
        return _models(connection, rows)


def count_models(
    database: Database, condition: ColumnElement[bool] | None = None, *, deleted: bool = False
) -> int:
    """Return how many models `read_models` would return without a limit."""
    query = select(func.count()).select_from(_MODELS).where(_is_marked(_MODELS, deleted=deleted))
    with database.reading() as connection:
        found = query if condition is None else query.where(condition)
        return int(connection.execute(found).scalar_one())


def read_model(database: Database, name: str, *, deleted: bool = False) -> RegisteredModel:
    """Return a model.

    Raises
    ------
    NotFoundError
        There is none of that name.
    """
    with database.reading() as connection:
        return _models(connection, [model_row(connection, name, deleted=deleted)])[0]


def read_versions(
    database: Database,
    condition: ColumnElement[bool] | None = None,
    *,
    name: str | None = None,
    deleted: bool = False,
    order: Order = (),
    offset: int = 0,
    limit: int | None = None,
) -> list[ModelVersion]:
    """Return versions of active models, sorted by `order`, then by name and newest first.

    Parameters
    ----------
    condition : ColumnElement, optional
        On ``model_versions``, as `nbtrack.query.compiler.compile_search` makes it.
    name : str, optional
        Only of that model.
    deleted : bool
        Those marked as deleted instead of the others.
    """
    query = _select_versions().where(_is_marked(_VERSIONS, deleted=deleted))
    query = query.where(_is_marked(_MODELS, deleted=False))
    if name is not None:
        query = query.where(_MODELS.c.name == name)
    if condition is not None:
        query = query.where(condition)
    ties = [("name", False), ("version_number", True)]
    query = _sorted(query, order, VERSION_ORDER, ties, database.dialect)
    with database.reading() as connection:
        return _versions(connection, connection.execute(query.offset(offset).limit(limit)).all())


def read_versions_of_runs(database: Database, run_ids: Collection[str]) -> list[ModelVersion]:
    """Return the versions that come from these runs, those marked as deleted left out."""
    query = _select_versions().where(
        _is_marked(_VERSIONS, deleted=False), _is_marked(_MODELS, deleted=False)
    )
    query = query.order_by(_MODELS.c.name, _VERSIONS.c.version)
    with database.reading() as connection:
        rows = [
            row
            for part in in_parts(dict.fromkeys(run_ids))
            for row in connection.execute(query.where(_VERSIONS.c.source_run_id.in_(part)))
        ]
        return _versions(connection, rows)


def read_version(
    database: Database, name: str, version: int, *, deleted: bool = False
) -> ModelVersion:
    """Return one version.

    Raises
    ------
    NotFoundError
        There is no such model or version.
    """
    with database.reading() as connection:
        return _version(connection, name, check_version(version), deleted=deleted)


def version_of_alias(database: Database, name: str, alias: str) -> ModelVersion:
    """Return the version that an alias stands for.

    Raises
    ------
    NotFoundError
        There is no such model, or it has no such alias.
    """
    table = tables.model_aliases
    with database.reading() as connection:
        model = model_row(connection, name)
        own = select(table.c.alias, table.c.version).where(table.c.model_id == model.id)
        known = dict(connection.execute(own.order_by(table.c.alias)).all())
        if alias not in known:
            hint = f"It has {', '.join(map(repr, known))}." if known else "It has no alias yet."
            raise NotFoundError(f"The model {name!r} has no alias {alias[:100]!r}.", hint=hint)
        return _version(connection, name, known[alias])


def latest_versions(
    database: Database, name: str, stages: Collection[ModelStage] = tuple(ModelStage)
) -> list[ModelVersion]:
    """Return the highest version in each of these stages, sorted by version.

    Raises
    ------
    NotFoundError
        There is no such model.
    """
    with database.reading() as connection:
        model = model_row(connection, name)
        latest = _latest(connection, [model.id])[model.id]
        wanted = {latest[stage] for stage in map(check_stage, stages) if stage in latest}
        query = _select_versions().where(
            _VERSIONS.c.model_id == model.id, _VERSIONS.c.version.in_(wanted)
        )
        return _versions(connection, connection.execute(query.order_by(_VERSIONS.c.version)).all())


def _version(
    connection: Connection, name: str, version: int, *, deleted: bool = False
) -> ModelVersion:
    model = model_row(connection, name)
    version_row(connection, model, version, deleted=deleted)
    own = (_VERSIONS.c.model_id == model.id, _VERSIONS.c.version == version)
    rows = connection.execute(_select_versions().where(*own)).all()
    return _versions(connection, rows)[0]


def _select_versions() -> Select[Any]:
    return select(_VERSIONS, _MODELS.c.name).join_from(_VERSIONS, _MODELS)


def _is_marked(table: Any, *, deleted: bool) -> ColumnElement[bool]:
    column: ColumnElement[Any] = table.c.deleted
    return column.is_not(None) if deleted else column.is_(None)


def _sorted(
    query: Select[Any],
    order: Order,
    known: dict[str, ColumnElement[Any]],
    ties: Order,
    dialect: str,
) -> Select[Any]:
    given = {key for key, _ in order}
    for key, descending in [*order, *(tie for tie in ties if tie[0] not in given)]:
        column = known[key]
        if dialect == "postgresql" and isinstance(column.type, String):
            column = collate(column, "C")
        query = query.order_by(column.desc() if descending else column.asc())
    return query


def _models(connection: Connection, rows: Sequence[Row[Any]]) -> list[RegisteredModel]:
    ids = [row.id for row in rows]
    tags = _tags(connection, ids)
    aliases = _aliases(connection, ids)
    latest, counts = _latest(connection, ids), _counts(connection, ids)
    return [
        RegisteredModel(
            name=row.name,
            created=_moment(row.created),
            updated=_moment(row.updated),
            deleted=from_milliseconds(row.deleted),
            description=row.description,
            tags=tags[row.id, 0],
            aliases=aliases[row.id],
            latest=latest[row.id],
            version_count=counts.get(row.id, 0),
        )
        for row in rows
    ]


def _versions(connection: Connection, rows: Sequence[Row[Any]]) -> list[ModelVersion]:
    ids = list(dict.fromkeys(row.model_id for row in rows))
    tags, aliases = _tags(connection, ids), _aliases(connection, ids)
    return [
        ModelVersion(
            name=row.name,
            version=row.version,
            stage=ModelStage(row.stage),
            created=_moment(row.created),
            updated=_moment(row.updated),
            deleted=from_milliseconds(row.deleted),
            description=row.description,
            user_id=row.user_id,
            run_id=row.source_run_id,
            artifact_path=row.artifact_path,
            source=row.source,
            storage_location=row.storage_location,
            schema=None if row.schema is None else json.loads(row.schema),
            library={} if row.library is None else json.loads(row.library),
            status=row.status,
            status_message=row.status_message,
            run_link=row.run_link,
            logged_model_id=row.logged_model_id,
            tags=tags[row.model_id, row.version],
            aliases=tuple(
                alias for alias, version in aliases[row.model_id].items() if version == row.version
            ),
        )
        for row in rows
    ]


def _tags(
    connection: Connection, model_ids: Sequence[int]
) -> defaultdict[tuple[int, int], dict[str, str]]:
    table = tables.model_tags
    found: defaultdict[tuple[int, int], dict[str, str]] = defaultdict(dict)
    for part in in_parts(model_ids):
        query = select(table).where(table.c.model_id.in_(part))
        for row in connection.execute(query.order_by(table.c.key)):
            found[row.model_id, row.version][row.key] = row.value
    return found


def _aliases(connection: Connection, model_ids: Sequence[int]) -> defaultdict[int, dict[str, int]]:
    table = tables.model_aliases
    found: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for part in in_parts(model_ids):
        query = select(table).where(table.c.model_id.in_(part))
        for row in connection.execute(query.order_by(table.c.alias)):
            found[row.model_id][row.alias] = row.version
    return found


def _latest(
    connection: Connection, model_ids: Sequence[int]
) -> defaultdict[int, dict[ModelStage, int]]:
    query = select(_VERSIONS.c.model_id, _VERSIONS.c.stage, func.max(_VERSIONS.c.version))
    query = query.where(_VERSIONS.c.deleted.is_(None))
    query = query.group_by(_VERSIONS.c.model_id, _VERSIONS.c.stage)
    found: defaultdict[int, dict[ModelStage, int]] = defaultdict(dict)
    for part in in_parts(model_ids):
        for model_id, stage, version in connection.execute(
            query.where(_VERSIONS.c.model_id.in_(part))
        ):
            found[model_id][ModelStage(stage)] = version
    return found


def _counts(connection: Connection, model_ids: Sequence[int]) -> dict[int, int]:
    query = select(_VERSIONS.c.model_id, func.count()).where(_VERSIONS.c.deleted.is_(None))
    found: dict[int, int] = {}
    for part in in_parts(model_ids):
        own = query.where(_VERSIONS.c.model_id.in_(part)).group_by(_VERSIONS.c.model_id)
        found.update(connection.execute(own).all())
    return found


def _moment(milliseconds: int) -> Any:
    return from_milliseconds(milliseconds)

"""The model registry: models and their versions, made, moved between stages, named, deleted.

Each function is one transaction that locks the model it changes, so that two people at once come
one after the other. Who says from where a version is moved is refused when it is elsewhere by then.
Names, stages and the meaning of what is done are those of MLflow's registry; deletion marks, and
can be undone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.exc import IntegrityError

from nbtrack.errors import ConflictError, InvalidValueError, NotFoundError, StoreError, UserError
from nbtrack.model import ModelStage, now
from nbtrack.store import tables
from nbtrack.store.bulk import check_tags
from nbtrack.store.engine import Database, raise_revision
from nbtrack.store.registry_rows import (
    check_alias,
    check_model_name,
    check_version,
    drop_aliases,
    json_or_none,
    model_row,
    touch_model,
    touch_version,
    version_row,
    write_model_tags,
)
from nbtrack.store.retry import write
from nbtrack.store.runs import insert_or_ignore, insert_row
from nbtrack.store.values import check_text

IN_USE = (ModelStage.STAGING, ModelStage.PRODUCTION)
"""Stages in which a version is not deleted without `force`."""

T = TypeVar("T")


class _Unsaid:
    """Stands for an expectation that was not given, where None means something."""


UNSAID = _Unsaid()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVersion:
    """What is told of a version when it is registered."""

    run_id: str | None = None
    artifact_path: str | None = None
    source: str | None = None
    storage_location: str | None = None
    description: str | None = None
    """None: that of the run."""
    schema: Any = None
    library: Mapping[str, Any] | None = None
    user_id: str | None = None
    run_link: str | None = None
    logged_model_id: str | None = None
    status: str = "READY"
    tags: Mapping[str, str] | None = None


def with_tags(new: NewVersion, tags: Mapping[str, str] | None) -> NewVersion:
    """Return what is told of a version, with these tags."""
    return new if tags is None else replace(new, tags=dict(tags))


def create_model(
    database: Database,
    name: str,
    *,
    description: str | None = None,
    tags: Mapping[str, str] | None = None,
) -> None:
    """Create a model without versions.

    Raises
    ------
    InvalidKeyError
        The name may not name a model.
    InvalidValueError
        An active model has that name.
    """
    check_model_name(name)
    checked = check_tags(dict(tags or {}))
    text = None if description is None else check_text(description, "description")

    def work(connection: Connection) -> None:
        _refuse_taken(connection, name)
        model_id = _insert_model(connection, name, now(), text)
        write_model_tags(connection, model_id, 0, checked)

    _change(database, work)


def add_version(database: Database, name: str, new: NewVersion, *, create: bool = True) -> int:
    """Register a version and return its number, which no other version of the model ever had.

    Parameters
    ----------
    create : bool
        Create the model when there is none.

    Raises
    ------
    InvalidKeyError
        The name may not name a model.
    NotFoundError
        There is no such model, and it is not to be created.
    """
    check_model_name(name)
    return _change(
        database, lambda connection: insert_version(connection, name, new, create=create)
    )


def insert_version(
    connection: Connection, name: str, new: NewVersion, *, create: bool = True
) -> int:
    """Do as `add_version` inside a transaction, with a name that was checked."""
    table, time = tables.registered_models, now()
    tags = check_tags(dict(new.tags or {}))
    try:
        model = model_row(connection, name, lock=True)
    except NotFoundError:
        if not create:
            raise
        row = {"name": name, "created": time, "updated": time}
        insert_or_ignore(connection, table, row, on=["name"], where="deleted IS NULL")
        model = model_row(connection, name, lock=True)
    version = int(model.last_version) + 1
    connection.execute(
        update(table).where(table.c.id == model.id).values(last_version=version, updated=time)
    )
    values = {
        "model_id": model.id,
        "version": version,
        "source_run_id": new.run_id,
        "artifact_path": new.artifact_path,
        "source": new.source,
        "storage_location": new.storage_location,
        "stage": ModelStage.NONE.value,
        "description": _description(connection, new),
        "schema": json_or_none(new.schema),
        "library": json_or_none(None if new.library is None else dict(new.library)),
        "user_id": new.user_id,
        "run_link": new.run_link,
        "logged_model_id": new.logged_model_id,
        "status": new.status,
        "created": time,
        "updated": time,
    }
    connection.execute(tables.model_versions.insert().values(values))
    write_model_tags(connection, model.id, version, tags)
    return version


def rename_model(database: Database, name: str, new_name: str) -> None:
    """Give a model another name.

    Raises
    ------
    NotFoundError
        There is no such model.
    InvalidKeyError, InvalidValueError
        As for `create_model`.
    """
    check_model_name(new_name)

    def work(connection: Connection) -> None:
        model = model_row(connection, name, lock=True)
        if new_name != name:
            _refuse_taken(connection, new_name)
            touch_model(connection, model.id, now(), name=new_name)

    _change(database, work)


def set_model_description(
    database: Database, name: str, description: str | None, *, version: int | None = None
) -> None:
    """Set the description of a model or of one of its versions; None removes it.

    Raises
    ------
    NotFoundError
        There is no such model or version.
    InvalidValueError
        It is no text, or longer than a million characters.
    """
    text = None if description is None else check_text(description, "description")

    def work(connection: Connection) -> None:
        model = model_row(connection, name, lock=True)
        if version is None:
            touch_model(connection, model.id, now(), description=text)
        else:
            version_row(connection, model, check_version(version))
            touch_version(connection, model.id, version, now(), description=text)

    _change(database, work)


def set_model_tags(
    database: Database, name: str, tags: Mapping[str, str | None], *, version: int | None = None
) -> None:
    """Set tags of a model or of one of its versions; None removes one.

    Raises
    ------
    NotFoundError
        There is no such model or version.
    InvalidKeyError, InvalidValueError
        A key or a value that no tag may have.
    """
    checked = check_tags(dict(tags))

    def work(connection: Connection) -> None:
        model = model_row(connection, name, lock=True)
        if version is not None:
            version_row(connection, model, check_version(version))
        write_model_tags(connection, model.id, version or 0, checked)

    _change(database, work)


def set_version_status(
    database: Database, name: str, version: int, status: str, message: str | None = None
) -> None:
    """Set whether a version's files are there: ``READY``, or what MLflow says else.

    Raises
    ------
    NotFoundError
        There is no such version.
    """

    def work(connection: Connection) -> None:
        model = model_row(connection, name, lock=True)
        version_row(connection, model, check_version(version))
        touch_version(connection, model.id, version, now(), status=status, status_message=message)

    _change(database, work)


def set_version_stage(
    database: Database,
    name: str,
    version: int,
    stage: ModelStage,
    *,
    archive_others: bool = False,
    expected: ModelStage | None = None,
) -> list[int]:
    """Move a version to another stage.

    Parameters
    ----------
    archive_others : bool
        Move the other versions that stand there to Archived.
    expected : ModelStage, optional
        Where the version stands as the caller knows; else nothing is done.

    Returns
    -------
    list of int
        The versions that were archived.

    Raises
    ------
    NotFoundError
        There is no such version.
    ConflictError
        It is not where it was expected.
    InvalidValueError
        Others are to be archived by a move to None or Archived.
    """
    if archive_others and stage not in IN_USE:
        raise InvalidValueError(
            f"Moving to {stage} archives no other versions.",
            hint="They are archived when a version moves to Staging or Production.",
        )

    def work(connection: Connection) -> list[int]:
        model, time = model_row(connection, name, lock=True), now()
        row = version_row(connection, model, check_version(version), lock=True)
        if expected is not None and row.stage != expected:
            raise ConflictError(
                f"Version {version} of {name!r} is in stage {row.stage} by now, not in "
                f"{expected}: somebody has moved it meanwhile.",
                hint="Look at it again, then move it if that is still right.",
            )
        others = _versions_in(connection, model.id, stage, version) if archive_others else []
        for other in others:
            touch_version(connection, model.id, other, time, stage=ModelStage.ARCHIVED.value)
        touch_version(connection, model.id, version, time, stage=stage.value)
        touch_model(connection, model.id, time)
        return others

    return _change(database, work)


def set_alias(
    database: Database,
    name: str,
    alias: str,
    version: int,
    *,
    expected: int | _Unsaid | None = UNSAID,
) -> None:
    """Let an alias stand for a version.

    Parameters
    ----------
    expected : int or None, optional
        The version that the alias stands for as the caller knows, None for none.

    Raises
    ------
    InvalidKeyError
        It may not be an alias.
    NotFoundError
        There is no such version.
    ConflictError
        The alias does not stand where it was expected.
    """
    check_alias(alias)

    def work(connection: Connection) -> None:
        table = tables.model_aliases
        model = model_row(connection, name, lock=True)
        version_row(connection, model, check_version(version))
        where = (table.c.model_id == model.id, table.c.alias == alias)
        _check_alias_stands(connection, model, alias, expected)
        connection.execute(delete(table).where(*where))
        row = {"model_id": model.id, "alias": alias, "version": version}
        connection.execute(table.insert().values(row))

    _change(database, work)


def delete_alias(
    database: Database, name: str, alias: str, *, expected: int | _Unsaid | None = UNSAID
) -> None:
    """Remove an alias; one that is not there changes nothing.

    Raises
    ------
    NotFoundError
        There is no such model.
    ConflictError
        The alias does not stand where it was expected.
    """

    def work(connection: Connection) -> None:
        table = tables.model_aliases
        model = model_row(connection, name, lock=True)
        _check_alias_stands(connection, model, alias, expected)
        connection.execute(
            delete(table).where(table.c.model_id == model.id, table.c.alias == alias)
        )

    _change(database, work)


def delete_version(database: Database, name: str, version: int, *, force: bool = False) -> None:
    """Mark a version as deleted and take its aliases away; its number is never given again.

    Parameters
    ----------
    force : bool
        Also from Staging or Production.

    Raises
    ------
    NotFoundError
        There is no such version.
    UserError
        It stands in Staging or Production.
    """

    def work(connection: Connection) -> None:
        model, time = model_row(connection, name, lock=True), now()
        row = version_row(connection, model, check_version(version), lock=True)
        if not force:
            _refuse_in_use(model.name, {version: row.stage})
        drop_aliases(connection, model.id, version)
        touch_version(connection, model.id, version, time, deleted=time)
        touch_model(connection, model.id, time)

    _change(database, work)


def restore_version(database: Database, name: str, version: int) -> None:
    """Take the deletion mark off a version; it stands in the stage None then.

    Raises
    ------
    NotFoundError
        There is no deleted version of that number.
    """

    def work(connection: Connection) -> None:
        model, time = model_row(connection, name, lock=True), now()
        version_row(connection, model, check_version(version), deleted=True, lock=True)
        values = {"deleted": None, "stage": ModelStage.NONE.value}
        touch_version(connection, model.id, version, time, **values)
        touch_model(connection, model.id, time)

    _change(database, work)


def delete_model(database: Database, name: str, *, force: bool = False) -> None:
    """Mark a model as deleted, its versions with it.

    Raises
    ------
    NotFoundError
        There is no such model.
    UserError
        A version stands in Staging or Production, and it is not forced.
    """

    def work(connection: Connection) -> None:
        model, time = model_row(connection, name, lock=True), now()
        if not force:
            table = tables.model_versions
            query = select(table.c.version, table.c.stage).where(
                table.c.model_id == model.id, table.c.deleted.is_(None)
            )
            _refuse_in_use(name, dict(connection.execute(query).all()))
        touch_model(connection, model.id, time, deleted=time)

    _change(database, work)


def restore_model(database: Database, name: str) -> None:
    """Take the deletion mark off a model; of several of that name, off the one deleted last.

    Raises
    ------
    NotFoundError
        There is no deleted model of that name.
    InvalidValueError
        An active model has that name by now.
    """

    def work(connection: Connection) -> None:
        model = model_row(connection, name, deleted=True, lock=True)
        _refuse_taken(
            connection, name, hint="Rename or delete that one first, then restore this one."
        )
        touch_model(connection, model.id, now(), deleted=None)

    _change(database, work)


def _change(database: Database, work: Callable[[Connection], T]) -> T:
    """Do the work and let dashboards look again."""

    def changing(connection: Connection) -> T:
        result = work(connection)
        raise_revision(connection)
        return result

    try:
        return write(database, changing)
    except StoreError as error:
        if not isinstance(error.__cause__, IntegrityError):
            raise
        return write(database, changing)  # another took the name meanwhile: now that is seen


def _insert_model(connection: Connection, name: str, time: int, description: str | None) -> int:
    values = {"name": name, "created": time, "updated": time, "description": description}
    return insert_row(connection, tables.registered_models, values)


def _refuse_taken(
    connection: Connection,
    name: str,
    hint: str = "Choose another name, or register a version of it.",
) -> None:
    table = tables.registered_models
    taken = select(table.c.id).where(table.c.name == name, table.c.deleted.is_(None))
    if connection.execute(taken).first() is not None:
        raise InvalidValueError(f"A registered model is already called {name!r}.", hint=hint)


def _description(connection: Connection, new: NewVersion) -> str | None:
    if new.description is not None:
        return check_text(new.description, "description")
    runs = tables.runs
    query = select(runs.c.description).where(runs.c.run_id == new.run_id)
    return connection.execute(query).scalar() if new.run_id else None


def _versions_in(connection: Connection, model_id: int, stage: ModelStage, but: int) -> list[int]:
    table = tables.model_versions
    query = select(table.c.version).where(
        table.c.model_id == model_id,
        table.c.stage == stage.value,
        table.c.version != but,
        table.c.deleted.is_(None),
    )
    return list(connection.scalars(query.order_by(table.c.version)))


def _check_alias_stands(
    connection: Connection, model: Any, alias: str, expected: int | _Unsaid | None
) -> None:
    if isinstance(expected, _Unsaid):
        return
    table = tables.model_aliases
    query = select(table.c.version).where(table.c.model_id == model.id, table.c.alias == alias)
    found = connection.execute(query).scalar()
    if found != expected:
        stands = "for no version" if found is None else f"for version {found}"
        raise ConflictError(
            f"The alias {alias!r} of {model.name!r} stands {stands} by now: somebody has moved it "
            "meanwhile.",
            hint="Look at it again, then move it if that is still right.",
        )


def _refuse_in_use(name: str, stages: Mapping[int, str]) -> None:
    used = {version: stage for version, stage in stages.items() if stage in IN_USE}
    if used:
        version, stage = next(iter(used.items()))
        raise UserError(
            f"Version {version} of {name!r} is in stage {stage}, so it is not deleted.",
            hint="Move it to Archived or None first.",
        )

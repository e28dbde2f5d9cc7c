"""The model registry's rows: finding them, and checking the names people give."""

from __future__ import annotations

import json
import re
from typing import Any

from sqlalchemy import Connection, delete, select, update

from nbtrack.errors import InvalidKeyError, InvalidValueError, NotFoundError, did_you_mean
from nbtrack.model import ModelStage
from nbtrack.store import tables
from nbtrack.store.tag_rows import put_tags
from nbtrack.store.values import check_key

_LATEST = "latest"
"""As in ``models:/churn@latest``, where MLflow means the newest version."""

_NUMBERED = re.compile(r"v\d+", re.IGNORECASE)
_ALIAS = re.compile(r"[\w\-]+")
MAX_VERSION = 2**31 - 1


def check_model_name(name: object) -> str:
    """Return `name` if it may name a registered model.

    Raises
    ------
    InvalidKeyError
        It is no text, empty, too long, or has a control character, a slash or a colon.
    """
    checked = check_key(name, "model")
    if "/" in checked or ":" in checked:
        raise InvalidKeyError(
            f"The model name {checked[:80]!r} has a slash or a colon.",
            hint="Both are needed for addresses such as models:/churn/3: use a dash or a dot.",
        )
    return checked


def check_alias(alias: object) -> str:
    """Return `alias` if it may be an alias of a model's version.

    Raises
    ------
    InvalidKeyError
        It has other characters than letters, digits, dash and underscore, or it would be taken
        for a version.
    """
    checked = check_key(alias, "alias")
    if not _ALIAS.fullmatch(checked):
        raise InvalidKeyError(
            f"The alias {checked[:80]!r} has a character that no alias may have.",
            hint="Use letters, digits, dashes and underscores.",
        )
    if _NUMBERED.fullmatch(checked) or checked.lower() == _LATEST:
        raise InvalidKeyError(
            f"The alias {checked!r} would be taken for a version.",
            hint="Give a name that says what it is for, such as champion.",
        )
    return checked


def check_stage(stage: object) -> ModelStage:
    """Return the stage of that name, written in whatever case.

    Raises
    ------
    InvalidValueError
        There is no such stage.
    """
    known = {each.value.lower(): each for each in ModelStage}
    found = known.get("none" if stage is None else str(stage).lower())
    if found is None:
        raise InvalidValueError(
            f"There is no stage {str(stage)[:80]!r}.",
            hint=f"The stages are {', '.join(each.value for each in ModelStage)}.",
        )
    return found


def check_version(version: object) -> int:
    """Return a version as a whole number from 1 on; text of digits is taken, too.

    Raises
    ------
    InvalidValueError
        It is none.
    """
    text = str(version).strip()
    if isinstance(version, bool) or not (text.isascii() and text.isdigit() and len(text) <= 10):  # noqa: PLR2004  # digits of MAX_VERSION
        raise InvalidValueError(
            f"{str(version)[:80]!r} is no version.", hint="Versions are 1, 2, 3 and so on."
        )
    number = int(text)
    if not 1 <= number <= MAX_VERSION:
        raise InvalidValueError(f"There is no version {number}.", hint="Versions begin with 1.")
    return number


def model_row(
    connection: Connection, name: str, *, deleted: bool = False, lock: bool = False
) -> Any:
    """Return the row of a model; of several deleted ones of that name, the one deleted last.

    Raises
    ------
    NotFoundError
        There is none.
    """
    table = tables.registered_models
    marked = table.c.deleted.is_not(None) if deleted else table.c.deleted.is_(None)
    query = select(table).where(marked)
    found = query.where(table.c.name == name).order_by(table.c.deleted.desc(), table.c.id.desc())
    row = connection.execute(found.limit(1).with_for_update() if lock else found.limit(1)).first()
    if row is None:
        known = connection.scalars(query.with_only_columns(table.c.name).limit(1000))
        kind = "deleted model" if deleted else "registered model"
        raise NotFoundError(f"There is no {kind} {name[:100]!r}.", hint=did_you_mean(name, known))
    return row


def version_row(
    connection: Connection,
    model: Any,
    version: int,
    *,
    deleted: bool = False,
    lock: bool = False,
) -> Any:
    """Return the row of a version of a model.

    Raises
    ------
    NotFoundError
        There is none.
    """
    table = tables.model_versions
    own = select(table).where(table.c.model_id == model.id)
    query = own.where(table.c.version == version)
    row = connection.execute(query.with_for_update() if lock else query).first()
    if row is not None and (row.deleted is not None) is deleted:
        return row
    kind = "deleted version" if deleted else "version"
    hint = None
    if row is not None:
        hint = "It is not deleted." if deleted else "It was deleted; it can be restored."
    raise NotFoundError(f"There is no {kind} {version} of the model {model.name!r}.", hint=hint)


def touch_model(connection: Connection, model_id: int, time: int, **values: Any) -> None:
    """Change a model's row and note when."""
    table = tables.registered_models
    connection.execute(update(table).where(table.c.id == model_id).values(updated=time, **values))


def touch_version(
    connection: Connection, model_id: int, version: int, time: int, **values: Any
) -> None:
    """Change a version's row and note when."""
    table = tables.model_versions
    where = (table.c.model_id == model_id, table.c.version == version)
    connection.execute(update(table).where(*where).values(updated=time, **values))


def write_model_tags(
    connection: Connection, model_id: int, version: int, tags: dict[str, str | None]
) -> None:
    """Set checked tags of a version, or of the model itself as version 0; None removes one."""
    put_tags(connection, tables.model_tags, {"model_id": model_id, "version": version}, tags)


def drop_aliases(connection: Connection, model_id: int, version: int) -> None:
    """Take all aliases off a version."""
    table = tables.model_aliases
    connection.execute(
        delete(table).where(table.c.model_id == model_id, table.c.version == version)
    )


def json_or_none(value: object) -> str | None:
    """Return a value as JSON text, nothing as NULL."""
    return None if value is None else json.dumps(value, ensure_ascii=False, default=str)

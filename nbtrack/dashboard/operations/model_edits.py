"""What people change of registered models from the dashboard."""

from __future__ import annotations

from nbtrack.dashboard.operations.context import Context
from nbtrack.dashboard.protocol import (
    ModelRef,
    RegisterArgs,
    RegisterResult,
    RenameModelArgs,
    RevisionResult,
    SetAliasArgs,
    SetModelArgs,
    SetStageArgs,
    SetStageResult,
)
from nbtrack.model_registry.origins import new_version
from nbtrack.store import registry
from nbtrack.store.registry_rows import check_stage, check_version


def register(context: Context, args: RegisterArgs) -> RegisterResult:
    """Register a model that a run has logged."""
    database, name = context.database, args["name"]
    told = new_version(
        database,
        context.artifacts,
        args["run_id"],
        args["path"],
        description=args.get("description"),
    )
    version = registry.add_version(database, name, told)
    return {"name": name, "version": version, "revision": database.revision()}


def rename_model(context: Context, args: RenameModelArgs) -> RevisionResult:
    """Give a model another name."""
    registry.rename_model(context.database, args["name"], args["new_name"])
    return _revision(context)


def set_model(context: Context, args: SetModelArgs) -> RevisionResult:
    """Set the description or tags of a model or of a version."""
    database, name, version = context.database, args["name"], args.get("version")
    if "tags" in args:
        registry.set_model_tags(database, name, args["tags"], version=version)
    if "description" in args:
        text = args["description"]
        registry.set_model_description(database, name, text, version=version)
    return _revision(context)


def set_stage(context: Context, args: SetStageArgs) -> SetStageResult:
    """Move a version, unless somebody else has moved it meanwhile."""
    archived = registry.set_version_stage(
        context.database,
        args["name"],
        args["version"],
        check_stage(args["stage"]),
        archive_others=args.get("archive_others", False),
        expected=check_stage(args["expected"]),
    )
    return {"archived": archived, "revision": context.database.revision()}


def set_alias(context: Context, args: SetAliasArgs) -> RevisionResult:
    """Let an alias stand for a version or for none, unless somebody else has moved it."""
    database, name, alias = context.database, args["name"], args["alias"]
    version, expected = args["version"], args["expected"]
    if version is None:
        registry.delete_alias(database, name, alias, expected=expected)
    else:
        registry.set_alias(database, name, alias, version, expected=expected)
    return _revision(context)


def delete_model(context: Context, args: ModelRef) -> RevisionResult:
    """Mark a model or a version as deleted."""
    if "version" in args:
        registry.delete_version(context.database, args["name"], check_version(args["version"]))
    else:
        registry.delete_model(context.database, args["name"])
    return _revision(context)


def restore_model(context: Context, args: ModelRef) -> RevisionResult:
    """Take the deletion mark off a model or a version."""
    if "version" in args:
        registry.restore_version(context.database, args["name"], check_version(args["version"]))
    else:
        registry.restore_model(context.database, args["name"])
    return _revision(context)


def _revision(context: Context) -> RevisionResult:
    return {"revision": context.database.revision()}

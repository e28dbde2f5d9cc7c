"""``nbtrack store``: looking after a store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nbtrack.command_options import AsJson, StoreUrl, progress
from nbtrack.config import load_config, shown_store

if TYPE_CHECKING:
    from nbtrack.api import Store
    from nbtrack.store.artifacts import ArtifactStore
    from nbtrack.store.checking import Finding

store_app = typer.Typer(help="Look after the store.", no_args_is_help=True)

Source = Annotated[str, typer.Argument(metavar="SRC", help="URL, or path of a SQLite file.")]
Target = Annotated[str, typer.Argument(metavar="DST", help="The same, of an empty database.")]


@store_app.command("info")
def store_info(as_json: AsJson = False, store: StoreUrl = None) -> None:
    """Tell which store this is, and what it holds."""
    from nbtrack import listing
    from nbtrack.api import connect

    facts = listing.store_facts(connect(store))
    typer.echo(listing.as_json(facts) if as_json else listing.pairs(facts))


@store_app.command("check")
def check_store(
    deliver: Annotated[
        bool, typer.Option("--deliver/--no-deliver", help="What vanished processes left behind.")
    ] = True,
    artifacts: Annotated[
        bool, typer.Option("--artifacts/--no-artifacts", help="Look at the artifacts' files, too.")
    ] = True,
    as_json: AsJson = False,
    store: StoreUrl = None,
) -> None:
    """Look the store over: damage, left-overs, outboxes, version. Exit code 1: a problem."""
    from nbtrack import listing
    from nbtrack.api import connect
    from nbtrack.store.engine import stored_version
    from nbtrack.store.tables import SCHEMA_VERSION

    config = load_config(store)
    version = stored_version(config)
    if version != SCHEMA_VERSION:
        state = "there is no store yet" if version is None else f"its schema version is {version}"
        hint = f"this nbtrack has {SCHEMA_VERSION}: run `nbtrack store upgrade`."
        typer.echo(f"{shown_store(config)}: {state}, {hint}")
        raise typer.Exit(1)
    opened = connect(store)
    findings = list(_findings(opened, deliver, artifacts))
    if as_json:
        typer.echo(listing.as_json([asdict(finding) for finding in findings]))
    else:
        typer.echo(f"{opened.shown_name}, schema version {version}")
        for finding in findings:
            mark = "problem" if finding.is_problem else "note"
            typer.echo(f"{mark}: {finding.part}: {finding.text}")
        if not any(finding.is_problem for finding in findings):
            typer.echo("No problem was found.")
    raise typer.Exit(int(any(finding.is_problem for finding in findings)))


def _findings(opened: Store, deliver: bool, artifacts: bool) -> Iterator[Finding]:
    from nbtrack.kernels import reconcile
    from nbtrack.store.checking import Finding, check_artifacts, check_database

    database = opened.database
    delivered = reconcile.deliver_leftovers(database) if deliver else 0
    if delivered:
        text = f"{delivered:,} of vanished processes were delivered"
        yield Finding("outbox", text, is_problem=False)
    for waiting in reconcile.waiting_outboxes(database):
        whose = "its process delivers it" if waiting.is_owned else "its process is gone"
        text = f"{waiting.path} holds {waiting.size:,} bytes that are not in the store; {whose}"
        yield Finding("outbox", text, is_problem=not waiting.is_owned)
    yield from check_database(database)
    if artifacts:
        yield from check_artifacts(database, opened.recorder.artifacts)


@store_app.command("upgrade")
def upgrade_store(store: StoreUrl = None) -> None:
    """Bring the store to this version's schema, as opening it does; a SQLite file is copied."""
    from nbtrack.store.engine import open_store, stored_version

    config = load_config(store)
    before = stored_version(config)
    open_store(config).close()
    after = stored_version(config)
    changed = "is" if before == after else f"was {before or 'none'}, is now"
    typer.echo(f"{shown_store(config)}: the schema version {changed} {after}.")


@store_app.command("backup")
def back_up_store(
    file: Annotated[Path, typer.Argument(help="A new SQLite file.")], store: StoreUrl = None
) -> None:
    """Write the database to a SQLite file, safely while others write. Artifacts stay."""
    from nbtrack import listing
    from nbtrack.api import connect
    from nbtrack.store.backup import back_up
    from nbtrack.store.copying import count_rows

    database = connect(store).database
    rows = 2 * count_rows(database) if database.dialect == "postgresql" else 0
    with progress("Backing up", rows) as report:
        size = back_up(database, file, report)
    typer.echo(f"{file}: {listing.shown_size(size)}.")


@store_app.command("copy")
def copy_store(
    source: Source,
    target: Target,
    to_artifacts: Annotated[
        str | None,
        typer.Option("--artifacts", metavar="URL", help="Copy the artifacts there, too."),
    ] = None,
) -> None:
    """Copy a store to another database; call it again to go on after an interruption.

    The copy is compared with its source by counts and digests.
    """
    from nbtrack.api import connect
    from nbtrack.errors import ConfigError
    from nbtrack.kernels.reconcile import deliver_leftovers
    from nbtrack.store.artifact_copy import relocate
    from nbtrack.store.artifacts import ArtifactStore
    from nbtrack.store.copying import copy_rows, count_rows, finish_copy

    first, second = connect(source), connect(target)
    if first.config.store_url == second.config.store_url:
        raise ConfigError("A store cannot be copied onto itself.", hint="Give another target.")
    deliver_leftovers(first.database)
    rows = count_rows(first.database)
    with progress("Copying and comparing rows", 2 * rows) as report:
        compared = copy_rows(first.database, second.database, report)
    artifacts = ArtifactStore(to_artifacts) if to_artifacts else None
    if artifacts is not None:
        _copy_artifacts(first, artifacts)
    finish_copy(second.database, compared)
    if artifacts is not None:
        relocate(second.database, artifacts)
    typer.echo(f"{second.shown_name} equals {first.shown_name}: {rows:,} rows.")
    typer.echo("Set NBTRACK_STORE to use it.")


def _copy_artifacts(source: Store, target: ArtifactStore) -> None:
    from nbtrack.store.artifact_copy import artifact_bytes, copy_artifacts

    with progress("Copying artifacts", artifact_bytes(source.database)) as report:
        lost = copy_artifacts(source.database, source.recorder.artifacts, target, report)
    for place in lost:
        typer.echo(f"not copied, since it is gone or was changed: {place}", err=True)

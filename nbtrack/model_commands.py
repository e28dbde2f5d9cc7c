"""``nbtrack models``: registered models, listed, fetched and served."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nbtrack.command_options import AsJson, StoreUrl

if TYPE_CHECKING:
    from nbtrack.model import ModelVersion

models_app = typer.Typer(help="List, fetch and serve registered models.", no_args_is_help=True)

Address = Annotated[
    str,
    typer.Argument(metavar="MODEL", help="NAME, NAME/VERSION, NAME/STAGE or NAME@ALIAS."),
]


@models_app.command("list")
def list_models(
    where: Annotated[str | None, typer.Argument(help="A search, or plain words.")] = None,
    deleted: Annotated[bool, typer.Option("--deleted", help="Those marked as deleted.")] = False,
    as_json: AsJson = False,
    store: StoreUrl = None,
) -> None:
    """List registered models by name."""
    from nbtrack import listing, model_listing
    from nbtrack.api import connect

    found = connect(store).registry.search(where, deleted=deleted)
    typer.echo(listing.as_json(found) if as_json else model_listing.model_table(found))


@models_app.command("show")
def show_model(
    name: Annotated[str, typer.Argument(help="Of the registered model.")],
    as_json: AsJson = False,
    store: StoreUrl = None,
) -> None:
    """Show a registered model and its versions."""
    from nbtrack import listing, model_listing
    from nbtrack.api import connect

    registry = connect(store).registry
    model, versions = registry.get(name), registry.versions(name)
    if as_json:
        typer.echo(listing.as_json({"model": model, "versions": versions}))
    else:
        typer.echo(model_listing.model_page(model, versions))


@models_app.command("stage")
def set_stage(
    name: Annotated[str, typer.Argument(help="Of the registered model.")],
    version: Annotated[int, typer.Argument(min=1)],
    stage: Annotated[str, typer.Argument(help="None, Staging, Production or Archived.")],
    archive_others: Annotated[
        bool, typer.Option("--archive-others", help="Archive those that stand there.")
    ] = False,
    store: StoreUrl = None,
) -> None:
    """Move a version to another stage."""
    from nbtrack.api import connect

    moved = connect(store).registry.set_stage(name, version, stage, archive_others=archive_others)
    typer.echo(f"Version {version} of {name!r} is in stage {moved.stage}.")


@models_app.command("download")
def download(
    model: Address,
    folder: Annotated[Path, typer.Argument(help="Where its files go; it is made.")],
    store: StoreUrl = None,
) -> None:
    """Write the files of a version into a folder."""
    from nbtrack.api import connect
    from nbtrack.model_registry.address import parse_address

    name, wanted = parse_address(model)
    typer.echo(f"Its files are in {connect(store).registry.download(name, folder, **wanted)}.")


@models_app.command("serve")
def serve(
    model: Address,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any that is free.")] = 5000,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask before a model is unpickled.")
    ] = False,
    store: StoreUrl = None,
) -> None:
    """Answer predictions over HTTP, with the schema enforced: POST /invocations."""
    from nbtrack.api import connect
    from nbtrack.model_registry.address import parse_address
    from nbtrack.model_registry.registry import unpickles
    from nbtrack.model_serving import listening, serve_folder, temporary_folder

    registry = connect(store).registry
    name, wanted = parse_address(model)
    found = registry.version(name, **wanted)
    with listening(host, port) as socket, temporary_folder() as folder:
        registry.download(name, folder, found.version)
        if unpickles(found) and not yes:
            _ask_to_trust(found)
        if found.schema is None:
            typer.echo("nbtrack: the model has no schema, so its input is not checked.", err=True)
        serve_folder(folder, socket, lambda url: typer.echo(_serving(found, url)))


def _ask_to_trust(version: ModelVersion) -> None:
    author = version.user_id or "somebody unknown"
    typer.confirm(
        f"Loading version {version.version} of {version.name!r}, registered by {author}, runs "
        "whatever code was put into it. Go on?",
        abort=True,
        err=True,
    )


def _serving(version: ModelVersion, url: str) -> str:
    return (
        f"Version {version.version} of {version.name!r} answers at {url}/invocations\n"
        f"  curl {url}/invocations -H 'Content-Type: application/json' "
        "-d '{\"dataframe_records\": [{...}]}'"
    )

"""The ``nbtrack`` command.

Exit codes: 0 done, 1 refused or failed with one line on stderr, 2 wrong usage.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from nbtrack import __version__
from nbtrack.command_options import AsJson, Experiments, StoreUrl
from nbtrack.errors import NbtrackError
from nbtrack.export_command import export
from nbtrack.model_commands import models_app
from nbtrack.store_commands import store_app

app = typer.Typer(
    name="nbtrack",
    help="Experiment tracking that lives inside the notebook.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
runs_app = typer.Typer(help="List, show, compare, delete and restore runs.", no_args_is_help=True)
experiments_app = typer.Typer(
    help="List, create, delete and restore experiments.", no_args_is_help=True
)
app.add_typer(runs_app, name="runs")
app.add_typer(experiments_app, name="experiments")
app.add_typer(models_app, name="models")
app.add_typer(store_app, name="store")
app.command()(export)

RunIds = Annotated[list[str], typer.Argument(metavar="RUN_ID...", help="May be shortened.")]
Name = Annotated[str, typer.Argument(help="Of the experiment.")]
Description = Annotated[str | None, typer.Option("--description", "-d", help="In Markdown.")]
Tags = Annotated[
    list[str] | None, typer.Option("--tag", "-t", metavar="KEY=VALUE", help="May be repeated.")
]
MAX_NAMED = 10
MAX_SHOWN = 100
FOREIGN_OPTIONS = {"allow_extra_args": True, "ignore_unknown_options": True}


def main() -> None:
    """Run the command line; an error becomes one line on stderr and exit code 1."""
    try:
        app()
    except NbtrackError as error:
        hint = f" {error.hint}" if error.hint else ""
        typer.echo(f"nbtrack: {error.message}{hint}", err=True)
        sys.exit(1)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"nbtrack {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print it.")
    ] = False,
) -> None:
    """Experiment tracking that lives inside the notebook."""


@app.command(context_settings=FOREIGN_OPTIONS)
def demo(
    context: typer.Context,
    folder: Annotated[
        Path, typer.Option(help="Where the notebook is copied to, unless it is there.")
    ] = Path("nbtrack-demo"),
) -> None:
    """Open the first notebook in JupyterLab; its options, such as --port, may follow."""
    from nbtrack.demo import start_demo

    raise typer.Exit(start_demo(folder, context.args))


@app.command("run")
def run_notebook(
    notebook: Annotated[Path, typer.Argument(metavar="NOTEBOOK.ipynb", exists=True)],
    parameters: Annotated[
        list[str] | None,
        typer.Option("--parameter", "-p", metavar="NAME=VALUE", help="May be repeated."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the executed notebook there.")
    ] = None,
    timeout: Annotated[
        float | None, typer.Option(min=0, help="Seconds that one cell may take.")
    ] = None,
    store: StoreUrl = None,
) -> None:
    """Execute a notebook from its first cell to its last; the file stays as it is."""
    from nbtrack import headless

    given = dict(headless.parse_parameter(text) for text in parameters or [])
    done = headless.run_notebook(notebook, given, output=output, store=store, timeout=timeout)
    cells = "1 cell" if done.cells == 1 else f"{done.cells} cells"
    typer.echo(f"{notebook.name}: {cells} in {done.seconds:.1f} s")


@app.command()
def ui(
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="The next free one when it is taken.")
    ] = None,
    ip: Annotated[str | None, typer.Option(help="Address to listen on; localhost if none.")] = None,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open it in the browser.")
    ] = True,
    store: StoreUrl = None,
) -> None:
    """Open the dashboard as a page of its own, on a Jupyter server with its token."""
    from nbtrack.server.launch import start_page

    raise typer.Exit(start_page(store, port=port, ip=ip, browser=browser))


@runs_app.command("list")
def list_runs(
    where: Annotated[str | None, typer.Argument(help="A search, or plain words.")] = None,
    experiment: Experiments = None,
    order_by: Annotated[str | None, typer.Option(help="Such as 'metrics.acc DESC'.")] = None,
    deleted: Annotated[bool, typer.Option("--deleted", help="Those marked as deleted.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many.")] = None,
    as_json: AsJson = False,
    store: StoreUrl = None,
) -> None:
    """List runs, the newest first."""
    from nbtrack import listing
    from nbtrack.api import connect

    frame = connect(store).runs(
        where,
        experiments=experiment,
        order_by=order_by,
        deleted=deleted,
        limit=limit,
        format="json",
    )
    records = listing.run_records(frame)
    typer.echo(listing.as_json(records) if as_json else listing.run_table(records))


@runs_app.command("show")
def show_run(
    run_id: Annotated[str, typer.Argument(help="May be shortened.")],
    as_json: AsJson = False,
    store: StoreUrl = None,
) -> None:
    """Show all that is known of a run."""
    from nbtrack import listing
    from nbtrack.api import connect

    run = connect(store).get_run(run_id)
    typer.echo(listing.as_json(run) if as_json else listing.run_page(run))


@runs_app.command("compare")
def compare_runs(run_ids: RunIds, as_json: AsJson = False, store: StoreUrl = None) -> None:
    """Show what differs between runs, and the changes of the code between the first two."""
    from nbtrack import listing
    from nbtrack.api import connect

    found = connect(store).compare(run_ids)
    typer.echo(listing.as_json(listing.comparison_records(found)) if as_json else repr(found))


@runs_app.command("delete")
def delete_runs(
    run_ids: Annotated[
        list[str] | None, typer.Argument(metavar="RUN_ID...", help="May be shortened.")
    ] = None,
    stale: Annotated[
        bool, typer.Option("--stale", help="Those dead or interrupted without metrics.")
    ] = False,
    store: StoreUrl = None,
) -> None:
    """Mark runs as deleted."""
    from nbtrack.api import connect

    if stale == bool(run_ids):
        raise typer.BadParameter("Give the ids of runs, or --stale.")
    opened = connect(store)
    named = opened.stale_runs() if stale else run_ids or []
    _echo_changed(opened.delete_runs(named), "marked as deleted")


@runs_app.command("restore")
def restore_runs(run_ids: RunIds, store: StoreUrl = None) -> None:
    """Take the deletion mark off runs."""
    from nbtrack.api import connect

    _echo_changed(connect(store).restore_runs(run_ids), "restored")


@experiments_app.command("list")
def list_experiments(
    where: Annotated[
        str | None, typer.Argument(help="Such as \"tags.team = 'a'\", or words of the name.")
    ] = None,
    deleted: Annotated[bool, typer.Option("--deleted", help="Those marked as deleted.")] = False,
    as_json: AsJson = False,
    store: StoreUrl = None,
) -> None:
    """List experiments, the most recently active first."""
    from nbtrack import listing
    from nbtrack.api import connect

    records = listing.records(connect(store).experiments(where, deleted=deleted))
    typer.echo(listing.as_json(records) if as_json else listing.experiment_table(records))


@experiments_app.command("create")
def create_experiment(
    name: Name, description: Description = None, tag: Tags = None, store: StoreUrl = None
) -> None:
    """Create an experiment."""
    from nbtrack.api import connect

    tags = {key: value for key, value in _tags(tag).items() if value is not None}
    connect(store).create_experiment(name, description=description, tags=tags)
    typer.echo(f"Experiment {name!r} created.")


@experiments_app.command("describe")
def describe_experiment(
    name: Name, description: Description = None, tag: Tags = None, store: StoreUrl = None
) -> None:
    """Set the description or tags of an experiment; a tag without a value is removed."""
    from nbtrack.api import connect

    if description is None and not tag:
        raise typer.BadParameter("Give --description or --tag.")
    connect(store).describe_experiment(name, description=description, tags=_tags(tag))
    typer.echo(f"Experiment {name!r} described.")


def _tags(given: list[str] | None) -> dict[str, str | None]:
    pairs = (text.partition("=") for text in given or [])
    return {key: value if sign else None for key, sign, value in pairs}


@experiments_app.command("delete")
def delete_experiment(name: Name, store: StoreUrl = None) -> None:
    """Mark an experiment and its runs as deleted."""
    from nbtrack.api import connect

    _echo_changed(connect(store).delete_experiment(name), f"of {name!r} marked as deleted with it")


@experiments_app.command("restore")
def restore_experiment(name: Name, store: StoreUrl = None) -> None:
    """Restore an experiment and the runs that were deleted with it."""
    from nbtrack.api import connect

    _echo_changed(connect(store).restore_experiment(name), f"of {name!r} restored with it")


@app.command()
def clear(
    experiment: Experiments = None,
    older_than: Annotated[
        float | None, typer.Option(metavar="DAYS", min=0, help="Only what was marked longer ago.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would go.")] = False,
    vacuum: Annotated[
        bool, typer.Option("--vacuum", help="Give the space back to the disk, too.")
    ] = False,
    store: StoreUrl = None,
) -> None:
    """Remove the runs marked as deleted for good, artifacts too."""
    from nbtrack import listing
    from nbtrack.api import connect
    from nbtrack.store.upkeep import give_space_back

    opened = connect(store)
    found = opened.clear(experiment, older_than, dry_run=True)
    size, counted = listing.shown_size(found.size), _counted(len(found.run_ids))
    if dry_run:
        typer.echo(f"{counted} with {size} of artifacts would be removed for good.")
    else:
        if found.run_ids and not yes:
            typer.confirm(f"Remove {counted} with {size} of artifacts for good?", abort=True)
        _echo_changed(list(opened.clear(experiment, older_than).run_ids), "removed for good")
    if found.kept:
        shown = ", ".join(found.kept[:MAX_NAMED]) + (" ..." if len(found.kept) > MAX_NAMED else "")
        typer.echo(f"Kept, since registered models need them: {shown}")
    if vacuum and not dry_run:
        freed = give_space_back(opened.database)
        if freed is None:
            typer.echo("The space is kept for new runs.")
        else:
            typer.echo(f"{listing.shown_size(freed)} were given back to the disk.")


@app.command()
def reconcile(store: StoreUrl = None) -> None:
    """Mark the runs of vanished processes as dead, and deliver what those left behind."""
    from nbtrack.api import connect
    from nbtrack.kernels import reconcile as kernels

    _echo_changed(kernels.reconcile(connect(store).database), "marked as dead")


def _counted(count: int) -> str:
    return "1 run" if count == 1 else f"{count:,} runs"


def _echo_changed(run_ids: list[str], what: str) -> None:
    shown = f": {' '.join(run_id[:8] for run_id in run_ids[:MAX_SHOWN])}" if run_ids else ""
    shown += " ..." if len(run_ids) > MAX_SHOWN else ""
    typer.echo(f"{_counted(len(run_ids))} {what}{shown}")

"""``nbtrack export``: runs into a file."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from nbtrack.command_options import Experiments, StoreUrl, counted_progress
from nbtrack.config import redact_url
from nbtrack.errors import ConfigError
from nbtrack.store import Database


class _FileFormat(StrEnum):
    CSV = "csv"
    PARQUET = "parquet"
    JSONL = "jsonl"


class _Shape(StrEnum):
    WIDE = "wide"
    LONG = "long"
    JSON = "json"


class _Target(StrEnum):
    MLFLOW = "mlflow"


def export(
    file: Annotated[
        str, typer.Argument(help="Ends with .csv, .parquet or .jsonl; with --to mlflow, its URI.")
    ],
    where: Annotated[str | None, typer.Option(help="A search, or plain words.")] = None,
    experiment: Experiments = None,
    order_by: Annotated[str | None, typer.Option(help="Such as 'metrics.acc DESC'.")] = None,
    deleted: Annotated[bool, typer.Option("--deleted", help="Those marked as deleted.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many.")] = None,
    file_format: Annotated[
        _FileFormat | None, typer.Option("--format", help="Whatever the file's name says.")
    ] = None,
    shape: Annotated[
        _Shape, typer.Option(help="A column per key, a row per value, or three columns of JSON.")
    ] = _Shape.WIDE,
    history: Annotated[
        bool, typer.Option("--history", help="Every point of the metrics, a row each.")
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a file that is there.")
    ] = False,
    to: Annotated[
        _Target | None, typer.Option("--to", help="Another tracker instead of a file.")
    ] = None,
    store: StoreUrl = None,
) -> None:
    """Write runs, or with --history every point of their metrics, into a file.

    It is there once it is whole. In CSV, text that a spreadsheet would execute gets an apostrophe
    in front.
    """
    from nbtrack import listing
    from nbtrack.analysis.export import export_file
    from nbtrack.api import connect

    if to is not None:
        _export_to_mlflow(connect(store).database, file, where, experiment, deleted=deleted)
        return
    target = Path(file)
    with counted_progress("Exporting") as report:
        rows = export_file(
            connect(store).database,
            target,
            where,
            experiments=experiment,
            order_by=order_by,
            deleted=deleted,
            limit=limit,
            format="history" if history else shape.value,
            file_format=file_format.value if file_format else None,
            overwrite=overwrite,
            report=report,
        )
    counted = "1 row" if rows == 1 else f"{rows:,} rows"
    typer.echo(f"{file}: {counted}, {listing.shown_size(target.stat().st_size)}")


def _export_to_mlflow(
    database: Database,
    uri: str,
    where: str | None,
    experiments: list[str] | None,
    *,
    deleted: bool,
) -> None:
    try:
        from nbtrack.integrations.mlflow.exporter import export_runs
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"Runs go to MLflow by its own library, and {error.name!r} is missing.",
            hint="Install it with: pip install 'nbtrack[mlflow]'.",
        ) from error
    with counted_progress("Exporting") as report:
        done = export_runs(
            database, uri, where, experiments=experiments, deleted=deleted, report=report
        )
    counted = "1 run" if done.runs == 1 else f"{done.runs:,} runs"
    typer.echo(
        f"{redact_url(uri)}: {counted}, {done.points:,} points, {done.files:,} files; "
        f"{done.known:,} were there already"
    )
    for reason in done.skipped:
        typer.echo(f"skipped {reason}", err=True)

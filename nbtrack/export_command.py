"""``nbtrack export``: runs into a file."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from nbtrack.command_options import Experiments, StoreUrl, counted_progress


class _FileFormat(StrEnum):
    CSV = "csv"
    PARQUET = "parquet"
    JSONL = "jsonl"


class _Shape(StrEnum):
    WIDE = "wide"
    LONG = "long"
    JSON = "json"


def export(
    file: Annotated[Path, typer.Argument(help="Ends with .csv, .parquet or .jsonl.")],
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
    store: StoreUrl = None,
) -> None:
    """Write runs, or with --history every point of their metrics, into a file.

    It is there once it is whole. In CSV, text that a spreadsheet would execute gets an apostrophe
    in front.
    """
    from nbtrack import listing
    from nbtrack.analysis.export import export_file
    from nbtrack.api import connect

    with counted_progress("Exporting") as report:
        rows = export_file(
            connect(store).database,
            file,
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
    typer.echo(f"{file}: {counted}, {listing.shown_size(file.stat().st_size)}")

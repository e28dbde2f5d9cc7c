"""Runs written into a file next to the dashboard's notebook."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, cast

from sqlalchemy import Connection, select

from nbtrack.analysis.export import export_history, export_runs
from nbtrack.analysis.table_files import whole_file
from nbtrack.dashboard.jobs import Job, Report
from nbtrack.dashboard.operations.context import Context, check_runs_args, selection_of
from nbtrack.dashboard.operations.marked import marked, row_ids_of
from nbtrack.dashboard.operations.views import FOLDER
from nbtrack.dashboard.protocol import (
    ExportAnswer,
    ExportArgs,
    ExportFormat,
    ExportProgressArgs,
    ExportResult,
)
from nbtrack.errors import RequestError
from nbtrack.store import tables
from nbtrack.store.bulk import require_runs
from nbtrack.store.reader import read_view
from nbtrack.store.runs import in_parts

if TYPE_CHECKING:
    from nbtrack.query.arrays import Integers

MAX_NAME = 200
"""Bytes of a file's name without its suffix."""

WAIT_SECONDS = 1.0
"""So long a request waits for the end of a file; few runs are written in one."""

_RESERVED = frozenset('<>:"/\\|?*')
_READERS: dict[ExportFormat, str] = {
    "csv": "pd.read_csv({})",
    "parquet": "pd.read_parquet({})",
    "jsonl": "pd.read_json({}, lines=True)",
}


def export(context: Context, args: ExportArgs) -> ExportAnswer:
    """Write runs into a new file in the notebook's folder, or begin to."""
    check_runs_args(args)
    if "run_ids" in args:
        require_runs(context.database, args["run_ids"])
    else:
        selection_of(args["view"])
    name = _checked_name(args["name"].removesuffix(f".{args['format']}"))
    folder = _folder(context, args["view_id"])
    wanted = folder / name
    return _answer(context.jobs.start(lambda report: _file(context, args, wanted, report)))


def export_progress(context: Context, args: ExportProgressArgs) -> ExportAnswer:
    """Tell how a file goes on, or that it is there."""
    job = context.jobs.find(args["job"])
    if args.get("cancel", False):
        job.cancel()
    return _answer(job)


def _answer(job: Job) -> ExportAnswer:
    if not job.wait(WAIT_SECONDS):
        return {"job": job.name, "done": job.done, "total": job.total}
    return cast(ExportResult, job.result())


def _file(context: Context, args: ExportArgs, wanted: Path, report: Report) -> ExportResult:
    suffix = args["format"]
    with (
        context.database.reading(seconds=0) as connection,
        whole_file(wanted.parent, _names(wanted.name, suffix)) as part,
    ):
        row_ids = _row_ids(context, connection, args)
        report(0, len(row_ids))
        rows = _write(connection, row_ids, part.temporary, args, report)
    assert part.path is not None  # it is whole
    return {
        "path": part.path.name,
        "size": part.path.stat().st_size,
        "rows": rows,
        "code": _READERS[suffix].format(json.dumps(part.path.name, ensure_ascii=False)),
    }


def _write(
    connection: Connection, row_ids: Integers, path: Path, args: ExportArgs, report: Report
) -> int:
    shape = args["shape"]
    if shape == "history":
        return export_history(connection, row_ids, path, args["format"], report)
    return export_runs(connection, row_ids, path, args["format"], shape, report)


def _names(name: str, suffix: str) -> Iterator[str]:
    yield f"{name}.{suffix}"
    yield from (f"{name}-{number}.{suffix}" for number in count(2))


def _row_ids(context: Context, connection: Connection, args: ExportArgs) -> Integers:
    database = context.database
    if "view" in args:
        found = row_ids_of(database, connection, args["view"])
        return marked(connection, found, {"all": True, "run_ids": args.get("excluded", [])})
    import numpy as np

    runs, known = tables.runs, dict[str, int]()
    for part in in_parts(dict.fromkeys(args["run_ids"])):
        rows = connection.execute(select(runs.c.run_id, runs.c.id).where(runs.c.run_id.in_(part)))
        known.update(rows.all())
    wanted = dict.fromkeys(args["run_ids"])
    return np.array([known[run_id] for run_id in wanted if run_id in known], dtype=np.int64)


def _checked_name(name: str) -> str:
    text = unicodedata.normalize("NFC", name)
    unfit = any(each in _RESERVED or unicodedata.category(each)[0] == "C" for each in text)
    too_long = len(text.encode("utf-8", "replace")) > MAX_NAME
    if unfit or too_long or not text or text != text.strip() or text.startswith("."):
        raise RequestError(
            f"{text[:100]!r} is no name for a file.",
            hint=f"Give 1 to {MAX_NAME} letters, digits, blanks, - and _; the file goes into the "
            "notebook's folder.",
        )
    return text


def _folder(context: Context, view_id: str) -> Path:
    """Return the folder that the kernel has noted, where this service may write into it."""
    noted = read_view(context.database, view_id).get(FOLDER)
    if not isinstance(noted, str) or not noted:
        raise RequestError(
            "This dashboard does not know the folder of its notebook.",
            hint="Execute its cell once more, then export again.",
        )
    folder = Path(noted)
    root = context.root
    if root is not None and not folder.resolve().is_relative_to(root.resolve()):
        raise RequestError(
            f"The notebook's folder {noted!r} is not below the server's folder {str(root)!r}.",
            hint="Export from Python: dash.visible.to_csv('runs.csv').",
        )
    if not folder.is_dir():
        raise RequestError(
            f"There is no folder {noted!r} here, where the notebook was.",
            hint="Execute the dashboard's cell once more, then export again.",
        )
    return folder

"""Runs written into a file next to the dashboard's notebook."""

from __future__ import annotations

import json
import os
import secrets
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from nbtrack.analysis.export import export_runs
from nbtrack.dashboard.operations.context import Context, check_runs_args
from nbtrack.dashboard.operations.marked import marked, row_ids_of
from nbtrack.dashboard.operations.views import FOLDER
from nbtrack.dashboard.protocol import ExportArgs, ExportFormat, ExportResult
from nbtrack.errors import InvalidValueError, RequestError
from nbtrack.store import tables
from nbtrack.store.bulk import require_runs
from nbtrack.store.reader import read_view
from nbtrack.store.runs import in_parts

if TYPE_CHECKING:
    from nbtrack.query.arrays import Integers

MAX_NAME = 200
"""Bytes of a file's name without its suffix."""

_RESERVED = frozenset('<>:"/\\|?*')
_READERS: dict[ExportFormat, str] = {
    "csv": "pd.read_csv({})",
    "parquet": "pd.read_parquet({})",
    "jsonl": "pd.read_json({}, lines=True)",
}


def export(context: Context, args: ExportArgs) -> ExportResult:
    """Write runs into a new file in the notebook's folder."""
    check_runs_args(args)
    suffix = args["format"]
    name = _checked_name(args["name"].removesuffix(f".{suffix}"))
    folder = _folder(context, args["view_id"])
    with _written(folder, name, suffix) as part, context.database.reading() as connection:
        row_ids = _row_ids(context, connection, args)
        rows = export_runs(connection, row_ids, part.temporary, suffix, args["shape"])
        part.size = part.temporary.stat().st_size
    return {
        "path": part.name,
        "size": part.size,
        "rows": rows,
        "code": _READERS[suffix].format(json.dumps(part.name, ensure_ascii=False)),
    }


def _row_ids(context: Context, connection: Connection, args: ExportArgs) -> Integers:
    database = context.database
    if "view" in args:
        found = row_ids_of(database, connection, args["view"])
        return marked(connection, found, {"all": True, "run_ids": args.get("excluded", [])})
    import numpy as np

    require_runs(database, args["run_ids"])
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


class _Part:
    """A file under a temporary name, and what it is called once it is whole."""

    def __init__(self, temporary: Path) -> None:
        self.temporary = temporary
        self.name = ""
        self.size = 0


@contextmanager
def _written(folder: Path, name: str, suffix: str) -> Iterator[_Part]:
    """Let a file be written, then give it the first of its names that is free."""
    part = _Part(folder / f".{secrets.token_hex(8)}.part")
    try:
        yield part
        target = _reserved(folder, name, suffix)
        try:
            part.temporary.replace(target)
        except BaseException:
            target.unlink(missing_ok=True)
            raise
        part.name = target.name
    except OSError as error:
        raise InvalidValueError(
            f"The file cannot be written into {str(folder)!r}: {error.strerror or error}.",
            hint="Check the folder's permissions and the space that is left.",
        ) from error
    finally:
        with suppress(OSError):
            part.temporary.unlink(missing_ok=True)


def _reserved(folder: Path, name: str, suffix: str) -> Path:
    for number in count(1):
        target = folder / (f"{name}.{suffix}" if number == 1 else f"{name}-{number}.{suffix}")
        with suppress(FileExistsError):
            os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
            return target
    raise AssertionError  # the numbers do not end

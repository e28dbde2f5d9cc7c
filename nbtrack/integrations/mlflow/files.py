"""The files that MLflow put into nbtrack's artifact store, as rows that the dashboard lists."""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nbtrack.model import now

BLOCK = 1 << 20


def new_files(folder: str, known: dict[str, int]) -> Iterator[dict[str, Any]]:
    """Yield rows of ``artifacts`` for the files of a run that are not listed yet, or have changed.

    Parameters
    ----------
    folder : str
        Of the run. Nothing is yielded where it is no local folder.
    known : dict of str to int
        Path -> size of the files that are listed.
    """
    root = Path(folder)
    if "://" in folder or not root.is_dir():
        return
    for file in sorted(root.rglob("*")):
        path = file.relative_to(root).as_posix()
        if file.is_symlink() or not file.is_file() or file.suffix == ".part":
            continue
        size = file.stat().st_size
        if known.get(path) != size:
            yield {
                "path": path,
                "size": size,
                "digest": _digest(file),
                "media_type": mimetypes.guess_type(path)[0] or "application/octet-stream",
                "created": now(),
            }


def _digest(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()

"""Digests of files and folders, however large."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path


def file_digest(path: Path) -> tuple[str, int]:
    """Return what ``sha256sum`` prints for a file, and its size in bytes.

    Raises
    ------
    OSError
        The file cannot be read.
    """
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
        return digest.hexdigest(), file.tell()


def folder_digest(folder: Path) -> tuple[str, int, int]:
    """Return SHA-256 over names and contents of the files below a folder, bytes and file count.

    The order in which the file system lists them makes no difference, nor do empty folders.
    Links to files are followed, links to folders are not.

    Raises
    ------
    OSError
        A file or a folder cannot be read.
    """
    files = {os.fsencode(path.relative_to(folder).as_posix()): path for path in _files(folder)}
    digest = hashlib.sha256()
    total = 0
    for name, path in sorted(files.items()):
        content, size = file_digest(path)
        digest.update(name + b"\0" + bytes.fromhex(content))
        total += size
    return digest.hexdigest(), total, len(files)


def _files(folder: Path) -> list[Path]:
    return [
        path
        for parent, _, names in os.walk(folder, onerror=_raise)
        for name in names
        if (path := Path(parent, name)).is_file()
    ]


def _raise(problem: OSError) -> None:
    raise problem

"""Moving the bytes of one artifact into an artifact store and out of it."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from nbtrack.errors import ArtifactError

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

    from nbtrack.store.filesystems import Reached

BLOCK_SIZE = 1 << 20
PART_SUFFIX = ".part"
"""Of a file that is being written."""

Report = Callable[[int], None]
"""Called with the number of bytes that were moved."""


def part_name() -> str:
    """Return the name of a file that is being written."""
    return f".{secrets.token_hex(8)}{PART_SUFFIX}"


def write_file(reached: Reached, place: str, content: Path | bytes) -> tuple[int, str]:
    """Write a file of which nothing is seen before it is whole; return its size and SHA-256."""
    filesystem, target = reached.filesystem, f"{reached.base}/{place}"
    if reached.writes_whole:
        with filesystem.open(target, "wb") as out:
            copied = _copy(content, out)
        _check_size(filesystem, target, copied[0])
        return copied
    folder = target.rpartition("/")[0]
    temporary = f"{folder}/{part_name()}"
    try:
        _make_folder(filesystem, folder)
        _refuse_folder(filesystem, target)
        with filesystem.open(temporary, "wb") as out:
            copied = _copy(content, out)
        if not reached.is_local:
            _check_size(filesystem, temporary, copied[0])
        filesystem.mv(temporary, target)
    except BaseException:
        with suppress(Exception):
            filesystem.rm_file(temporary)
        raise
    return copied


def _make_folder(filesystem: AbstractFileSystem, folder: str) -> None:
    filesystem.invalidate_cache()
    try:
        filesystem.makedirs(folder, exist_ok=True)
    except Exception:  # somebody else may have made a part of it meanwhile
        filesystem.invalidate_cache()
        if not filesystem.isdir(folder):
            raise


def _refuse_folder(filesystem: AbstractFileSystem, path: str) -> None:
    # a move onto a folder would move into it
    if filesystem.isdir(path):
        raise IsADirectoryError(path)


def _check_size(filesystem: AbstractFileSystem, path: str, size: int) -> None:
    filesystem.invalidate_cache()
    found = int(filesystem.size(path) or 0)
    if found != size:
        raise OSError(f"{found:,} of {size:,} bytes arrived")


def fetch(reached: Reached, place: str, out: IO[bytes], found: Any, report: Report) -> None:
    """Append what is not in `out` yet, to it and to the digest `found`."""
    with reached.filesystem.open(f"{reached.base}/{place}", "rb") as file:
        file.seek(out.tell())
        while block := file.read(BLOCK_SIZE):
            out.write(block)
            found.update(block)
            report(len(block))


def _copy(content: Path | bytes, out: IO[bytes]) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    for block in _blocks(content):
        digest.update(block)
        out.write(block)
        size += len(block)
    return size, digest.hexdigest()


def _blocks(content: Path | bytes) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield content
        return
    try:
        with content.open("rb") as file:
            while block := file.read(BLOCK_SIZE):
                yield block
    except OSError as error:
        raise ArtifactError(
            f"The file {str(content)!r} cannot be read: {error.strerror or error}.",
            hint="Check that it is there, and its permissions.",
        ) from error

"""The artifact store: files kept with runs, in a local folder or at any fsspec URL."""

from __future__ import annotations

import hashlib
import mimetypes
import os
import secrets
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO, TYPE_CHECKING, Any

from nbtrack.config import redact_url
from nbtrack.errors import ArtifactError, StoreUnavailableError

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

BLOCK_SIZE = 1 << 20
_MAX_NAME = 1000
_CONFLICTS = (FileExistsError, IsADirectoryError, NotADirectoryError)
_UNSAFE = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Unicode categories: control characters, lone surrogates, line and paragraph separators."""

_MAX_PART = 255
"""Bytes that file systems allow a file name."""


def artifact_name(name: object) -> str:
    """Return `name` as a normalised path inside a run's folder, with ``/`` between its parts.

    Raises
    ------
    ArtifactError
        The name is empty or too long, absolute, has a drive letter, ``..`` or control
        characters: it would leave the run's folder.

    Examples
    --------
    >>> artifact_name("plots//./roc.png")
    'plots/roc.png'
    """
    text = unicodedata.normalize("NFC", str(name))
    path = PurePosixPath(text.replace("\\", "/"))
    outside = path.is_absolute() or ".." in path.parts or bool(PureWindowsPath(text).drive)
    too_long = len(str(path)) > _MAX_NAME or any(
        len(part.encode("utf-8", "replace")) > _MAX_PART for part in path.parts
    )
    if (
        not isinstance(name, str | os.PathLike)
        or outside
        or too_long
        or not path.parts
        or any(unicodedata.category(character) in _UNSAFE for character in text)
    ):
        raise ArtifactError(
            f"{text[:100]!r} is no name for an artifact.",
            hint="It is a relative path of at most 1,000 characters inside the run's folder, "
            "such as 'plots/roc.png'.",
        )
    return str(path)


def files_below(folder: Path) -> Iterator[tuple[Path, str]]:
    """Yield (file, relative name) for all files of a folder, leaving pipes and sockets out.

    Raises
    ------
    ArtifactError
        A link in the folder leads out of it, or to nothing.
    """
    root = folder.resolve()
    for parent, folders, files in os.walk(folder):
        for entry in sorted(folders + files):
            path = Path(parent) / entry
            if not path.is_symlink():
                continue
            if not path.exists() or not path.resolve().is_relative_to(root):
                raise ArtifactError(
                    f"The link {str(path)!r} leads out of {str(folder)!r}, or to nothing.",
                    hint="Log the file that it points to by its own path.",
                )
        for entry in sorted(files):
            path = Path(parent) / entry
            if path.is_file():
                yield path, path.relative_to(folder).as_posix()


class ArtifactStore:
    """Files below one root URL, a folder for each run.

    Parameters
    ----------
    root : str
        A local path or any URL that fsspec knows.
    """

    def __init__(self, root: str) -> None:
        self.root = root.rstrip("/") if "://" in root else str(Path(root).absolute())
        self._filesystem: AbstractFileSystem | None = None
        self._base = ""

    def uri(self, run_id: str) -> str:
        """Return where the artifacts of a run are."""
        return f"{self.root}/{run_id[:2]}/{run_id}"

    def put(self, run_id: str, name: str, content: Path | bytes) -> dict[str, Any]:
        """Store one file: under a temporary name first, so that none is ever seen half-written.

        Returns
        -------
        dict
            ``path``, ``size`` in bytes, SHA-256 ``digest`` and ``media_type``, as recorded.

        Raises
        ------
        ArtifactError
            The file is missing or unreadable, the name leaves the run's folder, or it would put
            a file where a folder is.
        StoreUnavailableError
            The artifact store cannot be reached or written.
        """
        path = artifact_name(name)
        target = f"{run_id[:2]}/{run_id}/{path}"
        try:
            size, digest = self._write(target, content)
        except ArtifactError:
            raise
        except Exception as error:  # each kind of store raises errors of its own
            if isinstance(error, _CONFLICTS) and self._root_is_folder():
                raise ArtifactError(
                    f"The artifact {path!r} would be both a file and a folder.",
                    hint="Give it another name.",
                ) from error
            raise StoreUnavailableError(
                f"The artifact {path!r} could not be stored in {redact_url(self.root)}: {error}.",
                hint="Check that the artifact store can be reached and written.",
            ) from error
        media_type = mimetypes.guess_type(path)[0] or "application/octet-stream"
        return {"path": path, "size": size, "digest": digest, "media_type": media_type}

    def read(self, run_id: str, name: str, offset: int = 0, limit: int | None = None) -> bytes:
        """Return `limit` bytes of an artifact from `offset` on.

        Raises
        ------
        ArtifactError
            The file is not there any more, or the name leaves the run's folder.
        """
        path = artifact_name(name)
        try:
            filesystem, base = self._connect()
            with filesystem.open(f"{base}/{run_id[:2]}/{run_id}/{path}", "rb") as file:
                file.seek(offset)
                data: bytes = file.read(-1 if limit is None else limit)
                return data
        except Exception as error:  # each kind of store raises errors of its own
            raise ArtifactError(
                f"The artifact {path!r} of run {run_id[:8]} cannot be read: it is gone from the "
                "artifact store or out of reach.",
                hint="The run still lists it; its file was moved or removed by hand.",
            ) from error

    def remove(self, run_id: str) -> None:
        """Remove all artifacts of a run.

        Raises
        ------
        ArtifactError
            The artifact store cannot be written.
        """
        try:
            filesystem, base = self._connect()
            folder = f"{base}/{run_id[:2]}/{run_id}"
            if filesystem.exists(folder):
                filesystem.rm(folder, recursive=True)
        except Exception as error:  # each kind of store raises errors of its own
            raise ArtifactError(
                f"The artifacts of run {run_id[:8]} cannot be removed: {error}.",
                hint="Make the artifact store writable and clear again.",
            ) from error

    def _write(self, target: str, content: Path | bytes) -> tuple[int, str]:
        filesystem, base = self._connect()
        folder = f"{base}/{target.rpartition('/')[0]}"
        temporary = f"{folder}/.{secrets.token_hex(8)}.part"
        try:
            filesystem.makedirs(folder, exist_ok=True)
            _refuse_folder(filesystem, f"{base}/{target}")
            with filesystem.open(temporary, "wb") as out:
                copied = _copy(content, out)
            filesystem.mv(temporary, f"{base}/{target}")
        except BaseException:
            with suppress(Exception):
                filesystem.rm(temporary)
            raise
        return copied

    def _root_is_folder(self) -> bool:
        filesystem, base = self._connect()
        return bool(filesystem.isdir(base))

    def _connect(self) -> tuple[AbstractFileSystem, str]:
        if self._filesystem is None:
            import fsspec

            filesystem, base = fsspec.url_to_fs(self.root)
            self._base = base.rstrip("/")  # first: another thread looks at the file system
            self._filesystem = filesystem
        return self._filesystem, self._base


def _refuse_folder(filesystem: AbstractFileSystem, path: str) -> None:
    # a move onto a folder would move into it
    if filesystem.isdir(path):
        raise IsADirectoryError(path)


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

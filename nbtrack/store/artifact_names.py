"""Names of artifacts, and the files of a folder that is logged: nothing leaves its folder."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath

from nbtrack.errors import ArtifactError

_MAX_NAME = 1000
_MAX_PART = 255
"""Bytes that file systems allow a file name."""

_UNSAFE = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Unicode categories: control characters, lone surrogates, line and paragraph separators."""


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

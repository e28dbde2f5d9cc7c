"""The artifact store: files kept with runs, in a local folder or at any fsspec URL."""

from __future__ import annotations

import hashlib
import mimetypes
import re
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from nbtrack.config import redact_url
from nbtrack.errors import ArtifactError, ConfigError, StoreUnavailableError
from nbtrack.store.artifact_names import artifact_name
from nbtrack.store.transfer import Report, fetch, part_name, write_file

if TYPE_CHECKING:
    from nbtrack.store.filesystems import Reached

ATTEMPTS = 4
FIRST_PAUSE_SECONDS = 0.3
"""Before the second attempt at a store that is not a local folder; doubled before each further."""

_CONFLICTS = (FileExistsError, IsADirectoryError, NotADirectoryError)
_FINAL = (ArtifactError, ConfigError, FileNotFoundError, PermissionError, *_CONFLICTS)
"""Errors that another attempt would meet again."""

_FILE = re.compile(r"/[0-9a-f]{2}/([0-9a-f]{32})/(.+)")
_PART = re.compile(r"/\.[0-9a-f]{16}\.part$")
T = TypeVar("T")


class ArtifactStore:
    """Files below one root URL, a folder for each run. It is thread-safe.

    Parameters
    ----------
    root : str
        A local path or any URL that fsspec knows.
    """

    def __init__(self, root: str) -> None:
        self.root = root.rstrip("/") if "://" in root else str(Path(root).absolute())
        self._reached: Reached | None = None
        self._lock = threading.RLock()

    @property
    def shown(self) -> str:
        """The root as people may see it: without credentials."""
        return redact_url(self.root)

    def uri(self, run_id: str) -> str:
        """Return where the artifacts of a run are, without credentials."""
        return f"{self.shown}/{run_id[:2]}/{run_id}"

    def put(self, run_id: str, name: str, content: Path | bytes) -> dict[str, Any]:
        """Store one file, of which nothing is seen before it is whole.

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
            The artifact store cannot be reached or written, after several attempts.
        """
        path = artifact_name(name)
        try:
            size, digest = self._attempt(
                lambda reached: write_file(reached, _place(run_id, path), content)
            )
        except ArtifactError:
            raise
        except Exception as error:  # each kind of store raises errors of its own
            if isinstance(error, _CONFLICTS) and self._root_is_folder():
                raise ArtifactError(
                    f"The artifact {path!r} would be both a file and a folder.",
                    hint="Give it another name.",
                ) from error
            raise StoreUnavailableError(
                f"The artifact {path!r} could not be stored in {self.shown}: {error}.",
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

        def read(reached: Reached) -> bytes:
            with reached.filesystem.open(f"{reached.base}/{_place(run_id, path)}", "rb") as file:
                file.seek(offset)
                data: bytes = file.read(-1 if limit is None else limit)
                return data

        try:
            return self._attempt(read)
        except Exception as error:  # each kind of store raises errors of its own
            raise _gone(run_id, path) from error

    def download(
        self,
        run_id: str,
        name: str,
        target: Path,
        *,
        digest: str | None = None,
        report: Report = lambda _: None,
    ) -> None:
        """Write an artifact to a local file, which appears when it is whole.

        A connection that breaks is made anew, and the download goes on where it stopped.

        Parameters
        ----------
        digest : str, optional
            SHA-256 that the content must have.
        report : callable, optional
            Called with the bytes of each block.

        Raises
        ------
        ArtifactError
            The file is gone, out of reach, or is not any more what was logged.
        """
        path = artifact_name(name)
        temporary = target.with_name(part_name())
        found = hashlib.sha256()
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with temporary.open("wb") as out:
                self._attempt(
                    lambda reached: fetch(reached, _place(run_id, path), out, found, report)
                )
            if digest is not None:
                _check_digest(run_id, path, found.hexdigest(), digest)
            temporary.replace(target)
        except ArtifactError:
            raise
        except Exception as error:  # each kind of store raises errors of its own
            raise _gone(run_id, path) from error
        finally:
            temporary.unlink(missing_ok=True)

    def copy_to(
        self, target: ArtifactStore, run_id: str, name: str, *, digest: str | None = None
    ) -> None:
        """Copy an artifact to another artifact store.

        Raises
        ------
        ArtifactError
            The file is gone, out of reach, or is not any more what was logged.
        StoreUnavailableError
            The target cannot be reached or written.
        """
        with tempfile.TemporaryDirectory(prefix="nbtrack-") as folder:
            file = Path(folder) / "artifact"
            self.download(run_id, name, file, digest=digest)
            target.put(run_id, name, file)

    def remove(self, run_id: str) -> None:
        """Remove all artifacts of a run.

        Raises
        ------
        ArtifactError
            The artifact store cannot be written.
        """

        def remove(reached: Reached) -> None:
            folder = f"{reached.base}/{run_id[:2]}/{run_id}"
            reached.filesystem.invalidate_cache()
            if reached.filesystem.exists(folder):
                with suppress(FileNotFoundError):  # somebody else clears, too
                    reached.filesystem.rm(folder, recursive=True)

        try:
            self._attempt(remove)
        except Exception as error:  # each kind of store raises errors of its own
            raise ArtifactError(
                f"The artifacts of run {run_id[:8]} cannot be removed: {error}.",
                hint="Make the artifact store writable and clear again.",
            ) from error

    def exists(self, run_id: str, name: str) -> bool:
        """Return whether an artifact's file is there.

        Raises
        ------
        StoreUnavailableError
            The artifact store cannot be reached.
        """
        path = artifact_name(name)

        def exists(reached: Reached) -> bool:
            reached.filesystem.invalidate_cache()
            return bool(reached.filesystem.exists(f"{reached.base}/{_place(run_id, path)}"))

        return self._reaching(exists)

    def files(self) -> list[tuple[str, str, int]]:
        """Return (run id, name, bytes) of all files, those half-written left out.

        Raises
        ------
        StoreUnavailableError
            The artifact store cannot be reached.
        """

        def find(reached: Reached) -> list[tuple[str, str, int]]:
            filesystem, base = reached.filesystem, reached.base
            filesystem.invalidate_cache()
            if not reached.writes_whole and not filesystem.exists(base or "/"):
                return []
            found = []
            for path, facts in filesystem.find(base, detail=True).items():
                place = _FILE.search(path.removeprefix(base))
                if place is not None and not _PART.search(path):
                    found.append((place[1], place[2], int(facts["size"] or 0)))
            return found

        return self._reaching(find)

    def _reaching(self, work: Callable[[Reached], T]) -> T:
        try:
            return self._attempt(work)
        except ConfigError:
            raise
        except Exception as error:  # each kind of store raises errors of its own
            raise StoreUnavailableError(
                f"The artifact store {self.shown} cannot be reached: {error}.",
                hint="Check its address, and the credentials where its provider looks for them.",
            ) from error

    def _attempt(self, work: Callable[[Reached], T]) -> T:
        """Do the work, again with a new connection where a store that is not local fails."""
        for attempt in range(ATTEMPTS):
            reached = None
            try:
                reached = self._connect()
                with self._turn(reached):
                    return work(reached)
            except _FINAL:
                raise
            except Exception:  # each kind of store raises errors of its own
                if attempt == ATTEMPTS - 1 or (reached is not None and reached.is_local):
                    raise
            self._reached = None
            time.sleep(FIRST_PAUSE_SECONDS * 2**attempt)
        raise AssertionError("the last attempt returns or raises")

    def _turn(self, reached: Reached) -> AbstractContextManager[object]:
        return self._lock if reached.has_session else nullcontext()

    def _root_is_folder(self) -> bool:
        reached = self._connect()
        return bool(reached.filesystem.isdir(reached.base))

    def _connect(self) -> Reached:
        with self._lock:
            if self._reached is None:
                from nbtrack.store.filesystems import reach

                self._reached = reach(self.root)
            return self._reached


def _place(run_id: str, path: str) -> str:
    return f"{run_id[:2]}/{run_id}/{path}"


def _gone(run_id: str, path: str) -> ArtifactError:
    return ArtifactError(
        f"The artifact {path!r} of run {run_id[:8]} cannot be read: it is gone from the "
        "artifact store or out of reach.",
        hint="The run still lists it; its file was moved or removed by hand.",
    )


def _check_digest(run_id: str, path: str, found: str, logged: str) -> None:
    if found != logged:
        raise ArtifactError(
            f"The artifact {path!r} of run {run_id[:8]} is not what was logged: its SHA-256 is "
            f"{found[:12]}..., not {logged[:12]}...",
            hint="Its file was changed or damaged in the artifact store.",
        )

"""The file systems of artifact stores: how each is reached, and what it can be trusted with.

Credentials come from the providers' own places alone: ``AWS_*`` and ``~/.aws``,
``AZURE_STORAGE_*``, ``GOOGLE_APPLICATION_CREDENTIALS``, ``~/.netrc`` for FTP, ``~/.ssh`` for SFTP;
FTP and SFTP also take them in the URL, which is shown and recorded without them.
"""

from __future__ import annotations

import netrc
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from nbtrack.config import redact_url
from nbtrack.errors import ConfigError

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

_EXTRAS = {"s3": "s3", "s3a": "s3", "abfs": "azure", "abfss": "azure", "az": "azure",
           "gs": "gcs", "gcs": "gcs", "sftp": "sftp", "ssh": "sftp"}  # fmt: skip
_OBJECTS = frozenset({"s3", "s3a", "abfs", "abfss", "az", "gs", "gcs", "memory"})
_SESSIONS = frozenset({"ftp", "sftp", "ssh"})
_KNOWN_HOSTS = ("~/.ssh/known_hosts", "/etc/ssh/ssh_known_hosts")


@dataclass(frozen=True, slots=True)
class Reached:
    """A file system, the path of the artifact store in it, and its ways."""

    filesystem: AbstractFileSystem
    base: str
    is_local: bool
    writes_whole: bool
    """Whether a file is seen only when it was written to its end, and folders need not be made."""
    has_session: bool
    """Whether there is one connection, which one thread at a time may use."""


def reach(root: str) -> Reached:
    """Connect to an artifact store.

    Raises
    ------
    ConfigError
        The URL is of an unknown kind, or its package is not installed.
    Exception
        Whatever the file system raises when it cannot be reached.
    """
    import fsspec

    scheme = root.partition("://")[0] if "://" in root else "file"
    try:
        filesystem, base = fsspec.url_to_fs(
            root, skip_instance_cache=True, **_options(scheme, root)
        )
    except ImportError as error:
        raise ConfigError(
            f"The artifact store {redact_url(root)} needs a package: {error}.",
            hint=f"Install it with: pip install 'nbtrack[{_EXTRAS.get(scheme, 'all')}]'.",
        ) from error
    except ValueError as error:
        raise ConfigError(
            f"{redact_url(root)!r} is no artifact store: {error}.",
            hint="Give a folder, or a URL such as s3://bucket/path or sftp://host/path.",
        ) from error
    return Reached(
        filesystem,
        base.rstrip("/"),
        is_local=scheme in {"file", "local"},
        writes_whole=scheme in _OBJECTS,
        has_session=scheme in _SESSIONS,
    )


def _options(scheme: str, root: str) -> dict[str, Any]:
    parts = urlsplit(root)
    if scheme not in _SESSIONS:
        return {}
    options: dict[str, Any] = {}
    if parts.username:  # fsspec takes them as they stand
        options["username"] = unquote(parts.username)
    if parts.password:
        options["password"] = unquote(parts.password)
    if scheme == "ftp":
        return _netrc_login(parts.hostname or "") | options
    return options | {"host_key_policy": _known_hosts()}


def _netrc_login(host: str) -> dict[str, str]:
    with suppress(OSError, netrc.NetrcParseError):
        found = netrc.netrc().authenticators(host)
        if found is not None and found[0]:
            return {"username": found[0], "password": found[2] or ""}
    return {}


def _known_hosts() -> Any:
    """Return Paramiko's policy for servers: only those that the user's SSH knows are let in."""
    import paramiko

    class KnownHosts(paramiko.MissingHostKeyPolicy):
        def missing_host_key(
            self, _client: paramiko.SSHClient, hostname: str, key: paramiko.PKey
        ) -> None:
            known = paramiko.HostKeys()
            for file in _KNOWN_HOSTS:
                with suppress(OSError):
                    known.load(str(Path(file).expanduser()))
            if not known.check(hostname, key):
                raise paramiko.SSHException(
                    f"the key of {hostname} is not among the known hosts; connect once by ssh"
                )

    return KnownHosts()

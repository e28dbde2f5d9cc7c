"""Which store, which artifacts, which outbox: the one place that decides.

Settings are taken, first found wins, from the caller's URL, the environment variables
``NBTRACK_STORE``, ``NBTRACK_ARTIFACTS``, ``NBTRACK_OUTBOX`` and ``NBTRACK_OUTBOX_LIMIT``, then
``nbtrack_config.json`` in Jupyter's config path, then the default: ``nbtrack/`` in Jupyter's data
directory.
"""

from __future__ import annotations

import getpass
import hashlib
import json
import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbtrack.errors import ConfigError, did_you_mean

CONFIG_FILE = "nbtrack_config.json"
_SETTINGS = frozenset({"store", "artifacts", "outbox", "outbox_limit", "secret_keys"})
_SCHEMES = ("sqlite", "postgresql")
DEFAULT_OUTBOX_LIMIT = "4GB"
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]?)i?B?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Config:
    """Where everything is kept.

    Attributes
    ----------
    store_url : str
        SQLAlchemy URL, with credentials; show `redact_url(store_url)` instead.
    artifacts : str
        Folder or fsspec URL of the artifact store.
    outbox : pathlib.Path
        Local folder of the outboxes of this store.
    secret_keys : tuple of str
        Further words by which a key counts as a secret.
    outbox_limit : int
        Bytes that the outboxes of this store may take on the disk.
    """

    store_url: str
    artifacts: str
    outbox: Path
    secret_keys: tuple[str, ...] = ()
    outbox_limit: int = 4 << 30

    @property
    def spare_outbox(self) -> Path:
        """Folder that stands in for `outbox` where that cannot be written."""
        user = getattr(os, "getuid", getpass.getuser)()
        return Path(tempfile.gettempdir()) / f"nbtrack-outbox-{user}" / self.outbox.name


def load_config(url: str | os.PathLike[str] | None = None) -> Config:
    """Decide where the store, its artifacts and its outbox are.

    Parameters
    ----------
    url : str or path, optional
        SQLAlchemy URL of SQLite or PostgreSQL, or the path of a SQLite file.

    Raises
    ------
    ConfigError
        The URL is of another kind of database, or the config file has an unknown setting.

    Examples
    --------
    >>> load_config("sqlite:////data/team.db").artifacts
    '/data/artifacts'
    """
    settings = _read_settings()
    base = _data_folder()
    chosen = url or os.environ.get("NBTRACK_STORE") or settings.get("store")
    store_url = _normalise_url(os.fspath(chosen)) if chosen else f"sqlite:///{base / 'nbtrack.db'}"
    artifacts = os.environ.get("NBTRACK_ARTIFACTS") or settings.get("artifacts")
    if not artifacts:
        file = sqlite_file(store_url)
        artifacts = str((file.parent if file else base) / "artifacts")
    outbox = Path(os.environ.get("NBTRACK_OUTBOX") or settings.get("outbox") or base / "outbox")
    store_key = hashlib.sha256(redact_url(store_url).encode()).hexdigest()[:16]
    return Config(
        store_url=store_url,
        artifacts=str(artifacts),
        outbox=outbox.expanduser().absolute() / store_key,
        secret_keys=tuple(settings.get("secret_keys", ())),
        outbox_limit=parse_size(
            os.environ.get("NBTRACK_OUTBOX_LIMIT")
            or settings.get("outbox_limit")
            or DEFAULT_OUTBOX_LIMIT
        ),
    )


def parse_size(text: str) -> int:
    """Return a size such as ``500MB`` in bytes; K, M, G and T stand for powers of 1,024.

    Raises
    ------
    ConfigError
        It is no size, or none above zero.

    Examples
    --------
    >>> parse_size("1.5 GB")
    1610612736
    """
    found = _SIZE.fullmatch(text.strip())
    size = int(float(found[1]) * 1024 ** " KMGT".index(found[2].upper() or " ")) if found else 0
    if size <= 0:
        raise ConfigError(f"{text!r} is no size.", hint="Give one such as 500MB or 4GB.")
    return size


def sqlite_file(store_url: str) -> Path | None:
    """Return the file of a SQLite URL, or None for another database."""
    scheme, separator, path = store_url.partition(":///")
    if not separator or scheme.split("+")[0] != "sqlite":
        return None
    return Path(path.partition("?")[0])


def shown_store(config: Config) -> str:
    """Return the store as people may see it: a path, or a URL without credentials."""
    file = sqlite_file(config.store_url)
    return str(file) if file else redact_url(config.store_url)


def redact_url(url: str) -> str:
    """Return `url` without its user name, password and query.

    Examples
    --------
    >>> redact_url("postgresql://ana:secret@db.example/team?password=x")
    'postgresql://db.example/team'
    """
    scheme, separator, rest = url.partition("://")
    if not separator or rest.startswith("/"):
        return url.partition("?")[0]
    has_password = re.match(r"[^:/]*:[^@]*@", rest) is not None
    address = rest if has_password else rest.partition("?")[0]
    return f"{scheme}://{address.rpartition('@')[2].partition('?')[0]}"


def _normalise_url(text: str) -> str:
    if "://" not in text:
        return _sqlite_url(Path(text))
    scheme = text.partition("://")[0]
    if scheme.split("+")[0] not in _SCHEMES:
        raise ConfigError(
            f"Unknown kind of store {scheme!r} in {redact_url(text)!r}.",
            hint="A store is a SQLite file (sqlite:///path/to/file.db) or a PostgreSQL "
            "database (postgresql://host/name).",
        )
    if scheme.startswith("postgresql"):
        return re.sub(r"^postgresql(\+\w+)?://", "postgresql+psycopg://", text)
    file = sqlite_file(text)
    if file is None or not file.name or file.name == ":memory:":
        raise ConfigError(
            f"{text!r} names no file.",
            hint="A store outlives its kernel: give a path, as in sqlite:////data/team.db.",
        )
    return _sqlite_url(file)


def _sqlite_url(file: Path) -> str:
    if "?" in str(file):
        raise ConfigError(
            f"The file name {str(file)!r} has a question mark, which no database URL can hold.",
            hint="Rename the file.",
        )
    try:
        return f"sqlite:///{file.expanduser().absolute()}"
    except RuntimeError as error:  # there is no home of that user
        raise ConfigError(f"The path {str(file)!r} cannot be used: {error}.") from error


def _data_folder() -> Path:
    from jupyter_core.paths import jupyter_data_dir

    return Path(jupyter_data_dir()) / "nbtrack"


def _read_settings() -> dict[str, Any]:
    from jupyter_core.paths import jupyter_config_path

    for folder in jupyter_config_path():
        file = Path(folder) / CONFIG_FILE
        if file.is_file():
            return _checked_settings(file)
    return {}


def _checked_settings(file: Path) -> dict[str, Any]:
    try:
        settings = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{file} cannot be read as JSON: {error}.") from error
    if not isinstance(settings, dict):
        raise ConfigError(f"{file} must hold a JSON object.")
    for name in settings:
        if name not in _SETTINGS:
            raise ConfigError(
                f"Unknown setting {name!r} in {file}.",
                hint=did_you_mean(name, _SETTINGS) or f"Known: {', '.join(sorted(_SETTINGS))}.",
            )
        _check_setting(name, settings[name], file)
    return settings


def _check_setting(name: str, value: object, file: Path) -> None:
    if name == "secret_keys":
        valid = isinstance(value, list) and all(isinstance(word, str) for word in value)
    else:
        valid = isinstance(value, str)
    if not valid:
        allowed = "a list of words" if name == "secret_keys" else "text"
        raise ConfigError(f"The setting {name!r} in {file} is {value!r}.", hint=f"It is {allowed}.")

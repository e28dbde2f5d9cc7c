"""The front of nbtrack: a `Store` to record into and read from, and the kernel's current one."""

from __future__ import annotations

import os

from nbtrack.api.editing import EditableStore
from nbtrack.api.opened import READ_SECONDS
from nbtrack.api.reading import ReadableStore
from nbtrack.api.recording import RecordingStore
from nbtrack.api.registering import RegisteringStore
from nbtrack.config import Config, load_config
from nbtrack.recording.recorder import Recorder

__all__ = ["READ_SECONDS", "CurrentStore", "Store", "connect", "current_store"]


class Store(RecordingStore, ReadableStore, EditableStore, RegisteringStore):
    """A place where runs are recorded and read. Use `connect` to open one.

    Parameters
    ----------
    config : Config
        Where the store, its artifacts and its outbox are. The database is opened when it is
        first needed.

    Examples
    --------
    >>> import nbtrack
    >>> store = nbtrack.connect("experiments.db")
    >>> with store.start_run("baseline", params={"lr": 0.1}):
    ...     store.log_metric("acc", 0.93)
    >>> store.runs()[["run_name", "status", "metrics.acc"]]
       run_name     status  metrics.acc
    0  baseline  completed         0.93
    """


class CurrentStore(Store):
    """The store in force in this kernel: the configured one, or that of `use_store`."""

    def __init__(self) -> None:
        self._chosen: Store | None = None

    @property
    def chosen(self) -> Store:
        """The store that everything goes to."""
        if self._chosen is None:
            self._chosen = Store(load_config())
        return self._chosen

    @property
    def config(self) -> Config:  # type: ignore[override]  # follows the chosen store
        """Where the chosen store is."""
        return self.chosen.config

    @property
    def recorder(self) -> Recorder:  # type: ignore[override]  # follows the chosen store
        """The chosen store's recorder."""
        return self.chosen.recorder

    @property
    def experiment(self) -> str | None:
        """The experiment chosen for this kernel."""
        return self.chosen.experiment

    @experiment.setter
    def experiment(self, name: str | None) -> None:
        self.chosen.experiment = name

    @property
    def tags(self) -> dict[str, str]:  # type: ignore[override]  # follows the chosen store
        """The tags chosen for this kernel."""
        return self.chosen.tags

    def use(self, url: str) -> Store:
        """Choose another store for this kernel; see `connect` for `url`."""
        store = connect(url)
        store.experiment = self.experiment
        store.tags.update(self.tags)
        self._chosen = store
        return store


def connect(url: str | os.PathLike[str] | None = None) -> Store:
    """Open another store.

    Parameters
    ----------
    url : str or path, optional
        A SQLite file, or any SQLAlchemy URL of SQLite or PostgreSQL. The configured store when
        not given.

    Raises
    ------
    ConfigError
        The URL is of another kind.
    StoreError
        The database cannot be opened.
    """
    store = Store(load_config(url))
    _ = store.database
    return store


current_store = CurrentStore()

"""The front of nbtrack: a `Store` to record into and read from, and the kernel's current one."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Literal

from nbtrack.config import Config, load_config, shown_store
from nbtrack.errors import InvalidValueError
from nbtrack.model import RunInfo, Stage
from nbtrack.recording import context
from nbtrack.recording.recorder import Recorder
from nbtrack.recording.run import Run
from nbtrack.store.values import check_key, shown_value

if TYPE_CHECKING:
    from pandas import DataFrame

    from nbtrack.analysis.compare import Comparison
    from nbtrack.store.engine import Database
    from nbtrack.store.maintenance import Cleared

OBSERVER = "user"
_RUN_ID = re.compile(r"[0-9a-f]{32}")
READ_SECONDS = 5.0
"""How long a read waits for what this process has logged before."""

MAX_IDS = 100_000
"""Runs that one call may name."""


class Store:
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

    def __init__(self, config: Config) -> None:
        self.config = config
        self.recorder = Recorder(config)
        self.experiment: str | None = None
        self.tags: dict[str, str] = {}

    @property
    def shown_name(self) -> str:
        """The store as people may see it: a path, or a URL without credentials."""
        return shown_store(self.config)

    @property
    def database(self) -> Database:
        """The store's database, opened when needed."""
        return self.recorder.delivery.database()

    def _read(self) -> Database:
        """Return the database with all that this process has logged so far."""
        self.recorder.delivery.flush(READ_SECONDS)
        return self.database

    def set_experiment(self, name: str) -> None:
        """Choose the experiment of the runs that this kernel starts from now on.

        Raises
        ------
        InvalidKeyError
            The name is empty, longer than 250 characters, or has control characters.
        """
        self.experiment = check_key(name, "experiment")

    def set_kernel_tags(self, tags: Mapping[str, str]) -> None:
        """Choose tags that the runs of this kernel bear from now on, the active one too."""
        checked = {check_key(key, "tag"): value for key, value in tags.items()}
        self.tags.update(checked)
        run = context.active_run()
        if run is not None:
            run.set_tags(checked)

    def start_run(
        self,
        name: str | None = None,
        *,
        experiment: str | None = None,
        params: Mapping[str, object] | None = None,
        tags: Mapping[str, object] | None = None,
        parent: Run | RunInfo | str | None = None,
    ) -> AbstractContextManager[Run]:
        """Record a ``with`` block as a run.

        It ends as completed, or by the exception that leaves the block: interrupted by
        KeyboardInterrupt, else failed. Inside another run it becomes that run's child.

        Parameters
        ----------
        name : str, optional
            Friendly name; ``adjective-animal-number`` when not given.
        experiment : str, optional
            The notebook's file name without suffix when not given, else ``Default``.
        params, tags : mapping, optional
            Logged at once.
        parent : Run, RunInfo or str, optional
            A run, or the id of one.

        Raises
        ------
        UserError
            A name, param or tag that is not allowed; then no run is started.

        Examples
        --------
        >>> import nbtrack
        >>> store = nbtrack.connect("experiments.db")
        >>> with store.start_run(params={"lr": 0.1}) as run:
        ...     run.log_metric("loss", 0.5)
        >>> run.status.value
        'completed'
        """

        def start() -> Run:
            return self.recorder.start(
                name,
                experiment=experiment or self.experiment,
                params=params,
                tags={**self.tags, **(tags or {})},
                parent=_run_id(parent or context.active_run()),
            )

        return context.recording(start)

    def active_run(self) -> Run | None:
        """Return the run now recording in this thread or task, or None."""
        return context.active_run()

    def log_param(self, key: str, value: object) -> None:
        """Record one param of the active run; see `log_params`."""
        context.require_run().log_param(key, value)

    def log_params(self, params: Mapping[str, object]) -> None:
        """Record params of the active run; see `Run.log_params`."""
        context.require_run().log_params(params)

    def log_metric(self, key: str, value: object, step: int | None = None) -> None:
        """Record one point of a metric of the active run; see `Run.log_metrics`."""
        context.require_run().log_metric(key, value, step)

    def log_metrics(self, metrics: Mapping[str, object], step: int | None = None) -> None:
        """Record one point each of several metrics of the active run; see `Run.log_metrics`."""
        context.require_run().log_metrics(metrics, step)

    def log_artifact(self, path: str | os.PathLike[str], to: str | None = None) -> None:
        """Copy a file into the active run's artifacts; see `Run.log_artifact`."""
        context.require_run().log_artifact(path, to)

    def log_artifacts(self, folder: str | os.PathLike[str], to: str | None = None) -> None:
        """Copy a folder into the active run's artifacts; see `Run.log_artifacts`."""
        context.require_run().log_artifacts(folder, to)

    def log_figure(self, fig: object, name: str) -> None:
        """Keep a figure with the active run; see `Run.log_figure`."""
        context.require_run().log_figure(fig, name)

    def log_text(self, text: str, name: str) -> None:
        """Keep text with the active run; see `Run.log_text`."""
        context.require_run().log_text(text, name)

    def log_dict(self, obj: object, name: str) -> None:
        """Keep a dict or list as JSON with the active run; see `Run.log_dict`."""
        context.require_run().log_dict(obj, name)

    def log_table(self, df: object, name: str) -> None:
        """Keep a DataFrame with the active run; see `Run.log_table`."""
        context.require_run().log_table(df, name)

    def log_dataset(
        self, data: object, name: str, context: str | None = None, keep: bool = False
    ) -> None:
        """Record which data the active run uses; see `Run.log_dataset`."""
        _require_run().log_dataset(data, name, context, keep)

    def set_tag(self, key: str, value: str | None) -> None:
        """Set one tag of the active run; None removes it."""
        context.require_run().set_tag(key, value)

    def set_tags(self, tags: Mapping[str, object]) -> None:
        """Set tags of the active run; see `Run.set_tags`."""
        context.require_run().set_tags(tags)

    def set_description(self, text: str) -> None:
        """Set the active run's description, in Markdown."""
        context.require_run().set_description(text)

    def runs(
        self,
        where: str | None = None,
        *,
        experiments: Sequence[str] | None = None,
        order_by: str | None = None,
        deleted: bool = False,
        limit: int | None = None,
        format: Literal["wide", "long", "json"] = "wide",
    ) -> DataFrame:
        """Return the recorded runs as a table; see `nbtrack.analysis.frames.runs_frame`."""
        from nbtrack.analysis.frames import runs_frame

        return runs_frame(
            self._read(),
            where,
            experiments=experiments,
            order_by=order_by,
            deleted=deleted,
            limit=limit,
            format=format,
        )

    def history(
        self, run_ids: str | Sequence[str], keys: str | Sequence[str] | None = None
    ) -> DataFrame:
        """Return every point of the metrics of runs; see `nbtrack.analysis.frames`."""
        from nbtrack.analysis.frames import history_frame

        return history_frame(self._read(), self._resolved(run_ids), _listed(keys))

    def get_run(self, run_id: str) -> RunInfo:
        """Return all that is known of a run.

        Parameters
        ----------
        run_id : str
            Its id, or an unambiguous prefix of at least 4 digits.

        Raises
        ------
        NotFoundError
            There is no such run.
        """
        from nbtrack.store.reader import read_run, resolve_run_id

        database = self._read()
        return read_run(database, resolve_run_id(database, run_id))

    def compare(self, run_ids: Sequence[str]) -> Comparison:
        """Put runs side by side: params, metrics, tags, packages, host, git, and code.

        Parameters
        ----------
        run_ids : sequence of str
            2 to 50 ids, which may be shortened to at least 4 digits; the code of the first two is
            compared, too.

        Returns
        -------
        Comparison
            A table in a notebook, the differences first; ``to_frame()`` gives a DataFrame.

        Raises
        ------
        NotFoundError
            There is no such run.
        InvalidValueError
            They are too few or too many.

        Examples
        --------
        >>> import nbtrack
        >>> store = nbtrack.connect("experiments.db")
        >>> for lr in (0.1, 0.2):
        ...     with store.start_run(f"lr {lr}", params={"lr": lr, "depth": 3}):
        ...         pass
        >>> found = store.compare(store.runs("run_name LIKE 'lr %'")["run_id"])
        >>> [(row.key, row.cells) for row in found.differences if row.section == "params"]
        [('lr', (0.2, 0.1))]
        """
        from nbtrack.analysis.compare import compare_runs

        return compare_runs(self._read(), self._resolved(run_ids))

    def delete_runs(self, run_ids: str | Sequence[str]) -> list[str]:
        """Mark runs as deleted; return the ids of those that were not before."""
        return self._set_stage(run_ids, Stage.DELETED)

    def stale_runs(self) -> list[str]:
        """Return the ids of the runs that are dead or interrupted and have no metrics."""
        from nbtrack.query.stale import stale_runs
        from nbtrack.query.tree import Selection

        with self._read().reading() as connection:
            return stale_runs(connection, Selection())

    def restore_runs(self, run_ids: str | Sequence[str]) -> list[str]:
        """Take the deletion mark off runs; return the ids of those that had it."""
        return self._set_stage(run_ids, Stage.ACTIVE)

    def experiments(self, *, deleted: bool = False) -> DataFrame:
        """Return the experiments as a table; see `nbtrack.analysis.frames.experiments_frame`."""
        from nbtrack.analysis.frames import experiments_frame

        return experiments_frame(self._read(), deleted=deleted)

    def create_experiment(self, name: str) -> None:
        """Create an experiment.

        Raises
        ------
        InvalidKeyError
            The name is empty, longer than 250 characters, or has control characters.
        InvalidValueError
            An active experiment has that name.
        """
        from nbtrack.store import experiments

        experiments.create_experiment(self._read(), name)

    def delete_experiment(self, name: str) -> list[str]:
        """Mark an experiment and its runs as deleted; return the ids of those runs.

        Raises
        ------
        NotFoundError
            There is no active experiment of that name.
        """
        from nbtrack.store import experiments

        database = self._read()
        number = experiments.active_experiment(database, name)
        return experiments.delete_experiment(database, number, observer=OBSERVER)

    def restore_experiment(self, name: str) -> list[str]:
        """Take the deletion mark off an experiment, and off the runs that were deleted with it.

        Of several deleted ones of that name the last is meant.

        Returns
        -------
        list of str
            The ids of the runs that came back.

        Raises
        ------
        NotFoundError
            There is no deleted experiment of that name.
        InvalidValueError
            An active experiment has that name by now.

        Examples
        --------
        >>> import nbtrack
        >>> store = nbtrack.connect("experiments.db")
        >>> with store.start_run("baseline", experiment="sweep") as run:
        ...     pass
        >>> store.delete_experiment("sweep") == store.restore_experiment("sweep") == [run.run_id]
        True
        """
        from nbtrack.store import experiments

        database = self._read()
        number = experiments.deleted_experiment(database, name)
        return experiments.restore_experiment(database, number, observer=OBSERVER)

    def clear_deleted(
        self,
        *,
        experiments: str | Sequence[str] | None = None,
        older_than: float | None = None,
        dry_run: bool = False,
    ) -> list[str]:
        """Remove the runs marked as deleted for good, artifacts too.

        Runs that a registered model needs are kept. Experiments marked as deleted go with the
        last of their runs.

        Parameters
        ----------
        experiments : str or sequence of str, optional
            Names, of active or deleted experiments; only their runs.
        older_than : float, optional
            Days; only what was marked longer ago.
        dry_run : bool
            Only tell which ones.

        Returns
        -------
        list of str
            The ids of the runs removed.

        Raises
        ------
        NotFoundError
            There is no such experiment.
        """
        return list(self.clear(experiments, older_than, dry_run=dry_run).run_ids)

    def clear(
        self,
        experiments: str | Sequence[str] | None = None,
        older_than: float | None = None,
        *,
        dry_run: bool = False,
    ) -> Cleared:
        """Do as `clear_deleted`; tell sizes and what is kept, too."""
        from nbtrack.store.experiments import experiments_named
        from nbtrack.store.maintenance import clear_deleted

        database = self._read()
        return clear_deleted(
            database,
            self.recorder.artifacts,
            experiments=experiments_named(database, _listed(experiments) or []),
            older_than=older_than,
            dry_run=dry_run,
        )

    def close(self) -> None:
        """End open runs as interrupted, deliver what is waiting, and close the database."""
        self.recorder.close()
        if self.recorder.delivery.is_open:
            self.database.close()

    def _set_stage(self, run_ids: str | Sequence[str], stage: Stage) -> list[str]:
        from nbtrack.store.bulk import set_stage

        return set_stage(self._read(), self._resolved(run_ids), stage, observer=OBSERVER)

    def _resolved(self, run_ids: str | Sequence[str]) -> list[str]:
        from nbtrack.store.reader import resolve_run_id

        return [
            text if _RUN_ID.fullmatch(text) else resolve_run_id(self.database, text)
            for text in _listed(run_ids) or []
        ]


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
_require_run = context.require_run


def _run_id(run: Run | RunInfo | str | None) -> str | None:
    run_id = getattr(run, "run_id", run)
    if run_id is None or (isinstance(run_id, str) and _RUN_ID.fullmatch(run_id)):
        return run_id
    raise InvalidValueError(
        f"The parent {shown_value(run)[:80]} is no run.",
        hint="Give a run, or a whole run id of 32 hex digits.",
    )


def _listed(value: str | Sequence[str] | None) -> list[str] | None:
    if value is None:
        return None
    if isinstance(value, str):
        return [value]
    listed = [str(item) for item in value]
    if len(listed) > MAX_IDS:
        raise InvalidValueError(f"{len(listed):,} ids at once are too many.", hint="Use a search.")
    return listed

"""The calls that delete, restore and clear, and that keep the experiments in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from nbtrack.api.opened import OBSERVER, OpenedStore, listed
from nbtrack.model import Stage

if TYPE_CHECKING:
    from nbtrack.store.maintenance import Cleared


class EditableStore(OpenedStore):
    """A store whose runs and experiments may be deleted and restored."""

    def delete_runs(self, run_ids: str | Sequence[str]) -> list[str]:
        """Mark runs as deleted; return the ids of those that were not before."""
        return self._set_stage(run_ids, Stage.DELETED)

    def restore_runs(self, run_ids: str | Sequence[str]) -> list[str]:
        """Take the deletion mark off runs; return the ids of those that had it."""
        return self._set_stage(run_ids, Stage.ACTIVE)

    def create_experiment(
        self,
        name: str,
        *,
        description: str | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        """Create an experiment.

        Raises
        ------
        InvalidKeyError
            The name, or a tag's key, is empty, longer than 250 characters, or has control
            characters.
        InvalidValueError
            An active experiment has that name.

        Examples
        --------
        >>> import nbtrack
        >>> store = nbtrack.connect("experiments.db")
        >>> store.create_experiment("letters", tags={"team": "vision"})
        >>> store.experiments("tags.team = 'vision'")["name"].tolist()
        ['letters']
        """
        from nbtrack.store import experiments

        experiments.create_experiment(self._read(), name, description=description, tags=tags)

    def describe_experiment(
        self,
        name: str,
        *,
        description: str | None = None,
        tags: Mapping[str, str | None] | None = None,
    ) -> None:
        """Set the description of an experiment, or some of its tags; None removes a tag.

        Raises
        ------
        NotFoundError
            There is no active experiment of that name.
        InvalidKeyError, InvalidValueError
            A tag or a text that is not allowed; then nothing is changed.
        """
        from nbtrack.store import experiments

        database = self._read()
        number = experiments.active_experiment(database, name)
        experiments.describe_experiment(database, number, description=description, tags=tags)

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
            experiments=experiments_named(database, listed(experiments) or []),
            older_than=older_than,
            dry_run=dry_run,
        )

    def _set_stage(self, run_ids: str | Sequence[str], stage: Stage) -> list[str]:
        from nbtrack.store.bulk import set_stage

        return set_stage(self._read(), self._resolved(run_ids), stage, observer=OBSERVER)

"""What all parts of the tracking store stand on: the database, and experiments by number."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from mlflow.entities import Experiment
from mlflow.utils.uri import append_to_uri_path, resolve_uri_if_local
from sqlalchemy import Connection

from nbtrack.integrations.mlflow.errors import invalid, missing, translated
from nbtrack.integrations.mlflow.uris import config_of
from nbtrack.model import now
from nbtrack.store import experiment_rows, open_store
from nbtrack.store.artifacts import ArtifactStore
from nbtrack.store.direct import run_row
from nbtrack.store.engine import raise_revision
from nbtrack.store.retry import write
from nbtrack.store.runs import KeyIds, transaction_keys

OBSERVER = "mlflow"
T = TypeVar("T")


class StoreParts:
    """A database of nbtrack, as MLflow asks for it.

    Parameters
    ----------
    store_uri : str
        See `nbtrack.integrations.mlflow.uris.config_of`.
    artifact_uri : str, optional
        Where the files of runs are kept; the artifact store of nbtrack when not given.
    """

    DEFAULT_EXPERIMENT_ID = "0"

    def __init__(self, store_uri: str, artifact_uri: str | None = None) -> None:
        self.db_uri = store_uri
        self.artifact_root_uri = resolve_uri_if_local(artifact_uri) if artifact_uri else None
        config = config_of(store_uri)
        with translated():
            self._database = open_store(config)
        self._artifacts = ArtifactStore(config.artifacts)
        self._default_number = self._ensure_default()

    def _dispose_engine(self) -> None:
        self._database.close()

    def _ensure_default(self) -> int:
        """Return the number of the experiment that MLflow calls 0.

        It is 0, but where nbtrack made its own ``Default`` before, that one.
        """

        def work(connection: Connection, _: KeyIds) -> int:
            if experiment_rows.experiment_row(connection, 0) is not None:
                return 0
            name = Experiment.DEFAULT_EXPERIMENT_NAME
            own = experiment_rows.experiment_named(connection, name)
            if own is not None and own.stage == "active":
                return int(own.id)
            location = self._location(0) if self.artifact_root_uri else None
            return experiment_rows.add_experiment(
                connection, name, id=0, artifact_location=location, updated=now()
            )

        with self._reading() as connection:
            if experiment_rows.experiment_row(connection, 0) is not None:
                return 0
        return self._write(work)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with translated(), self._database.reading() as connection:
            yield connection

    def _write(self, work: Callable[[Connection, ChainMap[tuple[str, str], int]], T]) -> T:
        """Return what `work` makes of a transaction and of the ids of keys."""

        def whole(connection: Connection) -> tuple[T, ChainMap[tuple[str, str], int]]:
            keys = transaction_keys(self._database.key_ids)
            result = work(connection, keys)
            raise_revision(connection)
            return result, keys

        with translated():
            result, keys = write(self._database, whole)
        self._database.key_ids.update(keys.maps[0])
        return result

    def _number(self, experiment_id: object) -> int:
        """Return the number of an experiment by the id that MLflow's clients use."""
        try:
            number = int(str(experiment_id))
        except ValueError:
            raise invalid(
                f"Invalid experiment ID '{experiment_id}'. Experiment ID must be a valid integer."
            ) from None
        return self._default_number if number == 0 else number

    def _numbers(self, experiment_ids: Sequence[object]) -> list[int]:
        return [self._number(each) for each in experiment_ids]

    def _id(self, number: int) -> str:
        """Return the id of an experiment as MLflow's clients know it."""
        return self.DEFAULT_EXPERIMENT_ID if number == self._default_number else str(number)

    def _location(self, number: int) -> str:
        """Return where an experiment keeps its files, where it was not told."""
        root = self.artifact_root_uri or self._artifacts.shown
        return str(append_to_uri_path(root, str(number)))

    def _run(self, connection: Connection, run_id: str, *, lock: bool = False) -> Any:
        row = run_row(connection, run_id, lock=lock)
        if row is None:
            raise missing(f"Run with id={run_id} not found")
        return row

    def _active_run(self, connection: Connection, run_id: str) -> Any:
        """Return a run that may be changed, locked."""
        row = self._run(connection, run_id, lock=True)
        if row.stage != "active":
            raise invalid(
                f"The run {run_id} must be in the 'active' state. Current state is {row.stage}."
            )
        return row

    def _experiment(
        self, connection: Connection, experiment_id: object, stages: Sequence[str] = ()
    ) -> Any:
        number = self._number(experiment_id or self.DEFAULT_EXPERIMENT_ID)
        row = experiment_rows.experiment_row(connection, number)
        if row is None or (stages and row.stage not in stages):
            raise missing(f"No Experiment with id={self._id(number)} exists")
        return row

    def _active_experiment(self, connection: Connection, experiment_id: object) -> Any:
        row = self._experiment(connection, experiment_id)
        if row.stage != "active":
            raise invalid(
                f"The experiment {self._id(row.id)} must be in the 'active' state. "
                f"Current state is {row.stage}."
            )
        return row

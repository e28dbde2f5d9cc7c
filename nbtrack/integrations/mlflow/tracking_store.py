"""MLflow's tracking store in a database of nbtrack."""

from __future__ import annotations

from mlflow.store.tracking.abstract_store import AbstractStore

from nbtrack.integrations.mlflow.absent import Absent, refuse_the_rest
from nbtrack.integrations.mlflow.experiments import Experiments
from nbtrack.integrations.mlflow.inputs import Inputs
from nbtrack.integrations.mlflow.logs import Logs
from nbtrack.integrations.mlflow.runs import Runs


class TrackingStore(Experiments, Runs, Logs, Inputs, Absent, AbstractStore):  # type: ignore[misc]  # MLflow ships no types
    """What MLflow's clients, page and server talk to.

    Parameters
    ----------
    store_uri : str
        ``nbtrack:``, ``nbtrack+sqlite:///path`` or ``nbtrack+postgresql://host/name``.
    artifact_uri : str, optional
        Where the files of runs are kept; nbtrack's artifact store when not given.
    """

    def __init__(self, store_uri: str, artifact_uri: str | None = None) -> None:
        AbstractStore.__init__(self)
        Runs.__init__(self, store_uri, artifact_uri)


refuse_the_rest(TrackingStore)

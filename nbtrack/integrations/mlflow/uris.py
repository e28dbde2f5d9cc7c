"""The URIs by which MLflow names a store of nbtrack."""

from __future__ import annotations

from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE

from nbtrack.config import Config, load_config
from nbtrack.errors import ConfigError

SCHEME = "nbtrack"


def config_of(uri: str) -> Config:
    """Return the configuration of the store that a tracking URI names.

    Parameters
    ----------
    uri : str
        ``nbtrack:``, ``nbtrack+sqlite:///path`` or ``nbtrack+postgresql://host/name``.

    Raises
    ------
    mlflow.exceptions.MlflowException
        It names none.
    """
    scheme, _, rest = uri.partition(":")
    _, plus, database = scheme.partition("+")
    if not plus and rest.strip("/"):
        raise MlflowException(
            f"{uri!r} names no store. Use nbtrack: for your own store, "
            "nbtrack+sqlite:///path/to/file.db or nbtrack+postgresql://host/name.",
            error_code=INVALID_PARAMETER_VALUE,
        )
    try:
        return load_config(f"{database}:{rest}" if plus else None)
    except ConfigError as error:
        raise MlflowException(str(error), error_code=INVALID_PARAMETER_VALUE) from error

"""Errors of nbtrack as MLflow's clients know them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import (
    BAD_REQUEST,
    INTERNAL_ERROR,
    INVALID_PARAMETER_VALUE,
    INVALID_STATE,
    NOT_IMPLEMENTED,
    RESOURCE_ALREADY_EXISTS,
    RESOURCE_DOES_NOT_EXIST,
    TEMPORARILY_UNAVAILABLE,
)

from nbtrack.errors import (
    NbtrackError,
    NotFoundError,
    StoreError,
    StoreUnavailableError,
    UserError,
)

_CODES: tuple[tuple[type[NbtrackError], int], ...] = (
    (NotFoundError, RESOURCE_DOES_NOT_EXIST),
    (UserError, INVALID_PARAMETER_VALUE),
    (StoreUnavailableError, TEMPORARILY_UNAVAILABLE),
    (StoreError, BAD_REQUEST),
    (NbtrackError, INTERNAL_ERROR),
)


@contextmanager
def translated() -> Iterator[None]:
    """Turn errors of nbtrack into MLflow's, with MLflow's codes."""
    try:
        yield
    except NbtrackError as error:
        code = next(code for kind, code in _CODES if isinstance(error, kind))
        raise MlflowException(str(error), error_code=code) from error


def invalid(message: str) -> MlflowException:
    """Return the error of a parameter that has a value it may not have."""
    return MlflowException(message, error_code=INVALID_PARAMETER_VALUE)


def missing(message: str) -> MlflowException:
    """Return the error of something that does not exist."""
    return MlflowException(message, error_code=RESOURCE_DOES_NOT_EXIST)


def taken(message: str) -> MlflowException:
    """Return the error of something that exists already."""
    return MlflowException(message, error_code=RESOURCE_ALREADY_EXISTS)


def wrong_state(message: str) -> MlflowException:
    """Return the error of something that does not stand as it must."""
    return MlflowException(message, error_code=INVALID_STATE)


def not_kept(what: str) -> MlflowException:
    """Return the error of a part of MLflow that nbtrack has no place for."""
    return MlflowException(
        f"nbtrack keeps no {what}. Use a tracking store of MLflow's own for them.",
        error_code=NOT_IMPLEMENTED,
    )

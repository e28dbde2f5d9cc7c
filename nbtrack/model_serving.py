"""Predictions over HTTP by MLflow's scoring server, which enforces a model's schema."""

from __future__ import annotations

import importlib
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

from nbtrack.errors import InvalidValueError, UserError


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Give a folder that is gone afterwards."""
    with TemporaryDirectory(prefix="nbtrack-") as made:
        yield Path(made)


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """Give a socket that is bound to an address, before anything costly is done.

    Raises
    ------
    UserError
        The address cannot be used, or the port is taken.
    """
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        bound = socket.socket(family, kind)
    except OSError as error:
        raise UserError(f"{host!r} is no address to listen on: {error}.") from error
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        yield bound
    except OSError as error:
        raise UserError(
            f"Port {port} of {host} cannot be listened on: {error.strerror or error}.",
            hint="Give another one: --port 0 takes any that is free.",
        ) from error
    finally:
        bound.close()


def serve_folder(folder: Path, bound: socket.socket, ready: Callable[[str], None]) -> None:
    """Serve the model of a folder until the process is interrupted.

    Parameters
    ----------
    ready : callable
        Called with the server's address when it listens.

    Raises
    ------
    UserError
        MLflow is not installed.
    InvalidValueError
        The model cannot be loaded.
    """
    scoring, uvicorn = _needed("mlflow.pyfunc.scoring_server"), _needed("uvicorn")
    application = scoring.init(_loaded(folder))

    class Server(uvicorn.Server):  # type: ignore[misc, name-defined]  # known when it is installed
        async def startup(self, sockets: Any = None) -> None:
            await super().startup(sockets=sockets)
            host, port = bound.getsockname()[:2]
            ready(f"http://{f'[{host}]' if ':' in host else host}:{port}")

    Server(uvicorn.Config(application, log_level="warning")).run(sockets=[bound])


def _loaded(folder: Path) -> Any:
    pyfunc, errors = _needed("mlflow.pyfunc"), _needed("mlflow.exceptions")
    try:
        return pyfunc.load_model(str(folder))
    except errors.MlflowException as error:
        raise InvalidValueError(
            f"The model cannot be served: {error.message}",
            hint="Served are models that log_model or MLflow have saved.",
        ) from error


def _needed(module: str) -> ModuleType:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise UserError(
            f"Serving a model needs the package {(error.name or module).partition('.')[0]!r}.",
            hint="Install it with: pip install 'nbtrack[mlflow]'.",
        ) from error

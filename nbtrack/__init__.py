"""nbtrack: an experiment tracker that lives inside the notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

__all__ = [
    "Dashboard",
    "NbtrackError",
    "Run",
    "RunInfo",
    "Store",
    "active_run",
    "clear_deleted",
    "compare",
    "connect",
    "create_experiment",
    "delete_experiment",
    "delete_runs",
    "describe_experiment",
    "experiments",
    "export",
    "get_run",
    "history",
    "log_artifact",
    "log_artifacts",
    "log_dataset",
    "log_dict",
    "log_figure",
    "log_metric",
    "log_metrics",
    "log_model",
    "log_param",
    "log_params",
    "log_table",
    "log_text",
    "registry",
    "restore_experiment",
    "restore_runs",
    "runs",
    "set_description",
    "set_experiment",
    "set_tag",
    "set_tags",
    "start_run",
]

_HOMES = {
    "Dashboard": "nbtrack.display",
    "NbtrackError": "nbtrack.errors",
    "Run": "nbtrack.recording.run",
    "RunInfo": "nbtrack.model",
    "Store": "nbtrack.api",
    "connect": "nbtrack.api",
}


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used, so that the import itself costs nothing."""
    if name not in __all__:
        raise AttributeError(f"module 'nbtrack' has no attribute {name!r}")
    import importlib

    if name in _HOMES:
        value = getattr(importlib.import_module(_HOMES[name]), name)
    else:
        value = getattr(importlib.import_module("nbtrack.api").current_store, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]


def load_ipython_extension(shell: Any) -> None:
    """Register the magics and hooks: ``%load_ext nbtrack``."""
    from nbtrack.magics import load

    load(shell)


def unload_ipython_extension(shell: Any) -> None:
    """Undo `load_ipython_extension`: ``%unload_ext nbtrack``."""
    from nbtrack.magics import unload

    unload(shell)


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    return [{"src": "labextension", "dest": "@nbtrack/labextension"}]


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    from nbtrack.server.app import NbtrackApp

    return [{"module": "nbtrack", "app": NbtrackApp}]


if TYPE_CHECKING:
    from nbtrack.api import Store, connect, current_store
    from nbtrack.display import Dashboard
    from nbtrack.errors import NbtrackError
    from nbtrack.model import RunInfo
    from nbtrack.recording.run import Run

    active_run = current_store.active_run
    clear_deleted = current_store.clear_deleted
    compare = current_store.compare
    create_experiment = current_store.create_experiment
    delete_experiment = current_store.delete_experiment
    delete_runs = current_store.delete_runs
    describe_experiment = current_store.describe_experiment
    experiments = current_store.experiments
    export = current_store.export
    get_run = current_store.get_run
    history = current_store.history
    log_artifact = current_store.log_artifact
    log_artifacts = current_store.log_artifacts
    log_dataset = current_store.log_dataset
    log_dict = current_store.log_dict
    log_figure = current_store.log_figure
    log_metric = current_store.log_metric
    log_metrics = current_store.log_metrics
    log_model = current_store.log_model
    log_param = current_store.log_param
    log_params = current_store.log_params
    log_table = current_store.log_table
    log_text = current_store.log_text
    registry = current_store.registry
    restore_experiment = current_store.restore_experiment
    restore_runs = current_store.restore_runs
    runs = current_store.runs
    set_description = current_store.set_description
    set_experiment = current_store.set_experiment
    set_tag = current_store.set_tag
    set_tags = current_store.set_tags
    start_run = current_store.start_run

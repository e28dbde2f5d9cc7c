"""The parts of MLflow that nbtrack has no place for: they are empty, or refuse in so many words."""

from __future__ import annotations

from typing import Any

from mlflow.store.entities.paged_list import PagedList

from nbtrack.integrations.mlflow.errors import not_kept

_WORDS = {
    "trace": "traces", "assessment": "assessments", "scorer": "scorers", "issue": "issues",
    "gateway": "gateways", "secret": "secrets", "endpoint": "endpoints", "skill": "skills",
    "mcp": "MCP servers", "label": "labels", "review": "reviews", "session": "sessions",
    "dataset": "evaluation datasets", "model_definition": "model definitions",
}  # fmt: skip
"""Words in the names of methods, and what these would keep."""


class Absent:
    """Traces, scorers, evaluation datasets and the like."""

    supports_workspaces = False
    supports_trace_archival = False

    def search_traces(self, *_args: Any, **_options: Any) -> tuple[list[Any], None]:
        """Return that there are no traces."""
        return [], None

    def batch_get_traces(self, *_args: Any, **_options: Any) -> list[Any]:
        """Return that there are no traces."""
        return []

    def batch_get_trace_infos(self, *_args: Any, **_options: Any) -> list[Any]:
        """Return that there are no traces."""
        return []

    def start_trace(self, *_args: Any, **_options: Any) -> Any:
        """Refuse to keep a trace."""
        raise not_kept("traces")

    def get_trace_info(self, *_args: Any, **_options: Any) -> Any:
        """Refuse to give a trace."""
        raise not_kept("traces")

    get_trace = get_trace_info
    set_trace_tag = start_trace
    delete_trace_tag = start_trace
    link_traces_to_run = start_trace

    def _delete_traces(self, *_args: Any, **_options: Any) -> int:
        return 0

    def list_scorers(self, *_args: Any, **_options: Any) -> list[Any]:
        """Return that there are no scorers."""
        return []

    def search_datasets(self, *_args: Any, **_options: Any) -> PagedList:
        """Return that there are no evaluation datasets."""
        return PagedList([], None)


def refuse_the_rest(store: type) -> None:
    """Let the methods of a store that would keep what nbtrack does not keep say so.

    MLflow's own ones raise NotImplementedError, which its server takes for a failure of its own.
    """
    for name in dir(store):
        kept = next((what for word, what in _WORDS.items() if word in name), None)
        method = getattr(store, name)
        owner = next(each for each in store.__mro__ if name in vars(each))
        if kept is None or name.startswith("_") or not _may_refuse(owner, method):
            continue
        setattr(store, name, _refusing(kept))


def _may_refuse(owner: type, method: Any) -> bool:
    """Tell whether a method is MLflow's own, and does nothing but to say that it is not there."""
    code = getattr(method, "__code__", None)
    is_mlflows = not owner.__module__.startswith("nbtrack.")
    return is_mlflows and code is not None and "NotImplementedError" in code.co_names


def _refusing(what: str) -> Any:
    def refuse(_self: object, *_args: Any, **_options: Any) -> Any:
        raise not_kept(what)

    return refuse

"""The parts of MLflow that nbtrack has no place for: they are empty, or refuse in so many words."""

from __future__ import annotations

from typing import Any

from mlflow.store.entities.paged_list import PagedList

from nbtrack.integrations.mlflow.errors import not_kept


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

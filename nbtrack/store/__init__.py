"""The store: the only owner of SQL connections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__all__ = ["Database", "open_store"]


def __getattr__(name: str) -> Any:
    """Load the engine when it is first asked for: recording begins without it."""
    if name not in __all__:
        raise AttributeError(f"module 'nbtrack.store' has no attribute {name!r}")
    from nbtrack.store import engine

    return getattr(engine, name)


if TYPE_CHECKING:
    from nbtrack.store.engine import Database, open_store

"""The store: the only owner of SQL connections."""

from nbtrack.store.engine import Database, open_store

__all__ = ["Database", "open_store"]

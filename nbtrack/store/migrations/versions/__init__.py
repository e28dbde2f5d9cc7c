"""Alembic's migrations of the store, in their order."""

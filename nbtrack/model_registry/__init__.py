"""Registered models: a name, its versions, where each stands, and how to load it."""

from nbtrack.model_registry.registry import Registry

__all__ = ["Registry"]

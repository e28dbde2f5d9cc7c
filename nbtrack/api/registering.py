"""The store's model registry."""

from __future__ import annotations

from nbtrack.api.opened import OpenedStore
from nbtrack.model_registry import Registry


class RegisteringStore(OpenedStore):
    """A store in which models are registered."""

    @property
    def registry(self) -> Registry:
        """The registered models, their versions, stages and aliases; see `Registry`."""
        return Registry(self._read, lambda: self.recorder.artifacts)

"""The extension that a Jupyter server loads."""

from __future__ import annotations

from jupyter_server.extension.application import ExtensionApp

from nbtrack import __version__
from nbtrack.server.handlers import InfoHandler, RequestHandler
from nbtrack.server.worker import ServiceWorker


class NbtrackApp(ExtensionApp):
    """Serves the dashboards of the store that this server's own configuration names."""

    name = "nbtrack"
    version = __version__
    load_other_extensions = True

    def initialize_handlers(self) -> None:
        """Add the two addresses below ``nbtrack/api``."""
        self.worker = ServiceWorker()
        self.handlers.extend(
            [
                (r"/nbtrack/api", RequestHandler, {"worker": self.worker}),
                (r"/nbtrack/api/info", InfoHandler),
            ]
        )

    async def stop_extension(self) -> None:
        """Finish the requests under way and close the store."""
        await self.worker.close()

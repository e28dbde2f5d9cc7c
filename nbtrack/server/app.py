"""The extension that a Jupyter server loads."""

from __future__ import annotations

from pathlib import Path

from jupyter_server.extension.application import ExtensionApp
from tornado.ioloop import IOLoop

from nbtrack import __version__
from nbtrack.server.handlers import InfoHandler, RequestHandler
from nbtrack.server.page import STATIC, PageHandler
from nbtrack.server.watcher import KernelWatcher
from nbtrack.server.worker import ServiceWorker


class NbtrackApp(ExtensionApp):
    """Serves the dashboards of the store that this server's own configuration names.

    It also tells the store how the server's kernels end.
    """

    name = "nbtrack"
    version = __version__
    description = "The dashboard of nbtrack as a page of its own, on a Jupyter server."
    extension_url = "/nbtrack"
    load_other_extensions = False
    static_paths = [str(STATIC)]  # noqa: RUF012  # a trait's default, as ExtensionApp wants it

    def initialize_handlers(self) -> None:
        """Add the page and the two addresses below ``nbtrack/api``, and watch the kernels."""
        assert self.serverapp is not None  # it is what calls this
        self.worker = ServiceWorker(Path(self.serverapp.root_dir))
        kernels, events = self.serverapp.kernel_manager, self.serverapp.event_logger
        self.watcher = KernelWatcher(kernels, events, self.worker.reconcile)
        IOLoop.current().add_callback(self.watcher.start)
        self.handlers.extend(
            [
                (r"/nbtrack/?", PageHandler),
                (r"/nbtrack/api", RequestHandler, {"worker": self.worker}),
                (r"/nbtrack/api/info", InfoHandler),
            ]
        )

    async def stop_extension(self) -> None:
        """Finish the requests under way and close the store."""
        await self.watcher.close()
        await self.worker.close()


def main() -> None:
    """Run a server that opens on the dashboard's page: ``jupyter nbtrack``."""
    NbtrackApp.launch_instance()  # type: ignore[no-untyped-call]

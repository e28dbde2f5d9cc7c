"""The dashboard as a page of its own."""

from __future__ import annotations

import html
import json
from pathlib import Path

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.utils import url_path_join
from tornado import web

from nbtrack import __version__

STATIC = Path(__file__).parent.parent / "static"
"""Folder of the bundles."""

_ALLOWED = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self' 'unsafe-inline'",  # previews of HTML files bring their own
    "img-src": "'self' data: blob:",
    "font-src": "data:",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'self'",
}
POLICY = "; ".join(f"{kind} {sources}" for kind, sources in _ALLOWED.items())
"""What the page may load and do: nothing but its own files, and no inline script."""

TEMPLATE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>nbtrack</title>
<link rel="icon" type="image/svg+xml" href="{static}page.svg?v={version}">
<link rel="stylesheet" href="{static}page.css?v={version}">
<script id="jupyter-config-data" type="application/json">{settings}</script>
<script type="module" src="{static}page.js?v={version}"></script>
</head>
<body>
<noscript>The dashboard needs JavaScript.</noscript>
</body>
</html>
"""


class PageHandler(JupyterHandler):
    """Serves the page to those who are logged in."""

    auth_resource = "nbtrack"

    @property
    def content_security_policy(self) -> str:
        """The page's own policy, stricter than the server's."""
        return POLICY

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Answer with the page; its cookie for changes goes along."""
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        self.set_header("Referrer-Policy", "same-origin")
        self.xsrf_token  # noqa: B018  # asking for it sets the cookie
        self.finish(page(self.base_url))


def page(base_url: str) -> str:
    """Return the page of a server whose addresses begin with `base_url`.

    Examples
    --------
    >>> 'src="/user/ana/static/nbtrack/page.js' in page("/user/ana/")
    True
    """
    settings = json.dumps({"baseUrl": base_url}).replace("<", "\\u003c")
    return TEMPLATE.format(
        static=html.escape(url_path_join(base_url, "static", "nbtrack") + "/"),
        version=html.escape(__version__),
        settings=settings,
    )

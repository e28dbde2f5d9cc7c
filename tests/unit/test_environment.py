import importlib
import importlib.metadata
import json
import platform
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from nbtrack.recording.environment import host_facts, imported_packages, installed_packages


@pytest.fixture
def extra_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.invalidate_caches()
    return tmp_path


def put_distribution(folder: Path, name: str, version: str, files: dict[str, str]) -> None:
    info = folder / f"{name}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content)
    (info / "RECORD").write_text("".join(f"{path},,\n" for path in files))


def put_program(folder: Path, name: str, body: str) -> None:
    program = folder / name
    program.write_text(f"#!/bin/sh\n{body}\n")
    program.chmod(0o755)


def test_host_facts_describe_this_process() -> None:
    facts = host_facts()
    assert facts["python"] == platform.python_version()
    assert facts["implementation"] == platform.python_implementation()
    assert facts["memory"] == psutil.virtual_memory().total
    assert facts["logical_cores"] >= (facts["physical_cores"] or 1) >= 1
    assert facts["hostname"]
    assert facts["ipython"] == importlib.metadata.version("ipython")
    assert facts["cpu"]
    assert facts["os"]


def test_host_facts_stay_the_same_and_are_json() -> None:
    assert json.loads(json.dumps(host_facts())) == host_facts()


def test_gpus_are_read_from_nvidia_smi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_program(
        tmp_path,
        "nvidia-smi",
        "echo 'NVIDIA A100-SXM4-40GB, 40960, 550.54.15'\n"
        "echo 'Tesla T4, [N/A], 550.54.15'\necho 'some warning'",
    )
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert host_facts()["gpus"] == [
        {"name": "NVIDIA A100-SXM4-40GB", "memory": 40960 * 2**20, "driver": "550.54.15"},
        {"name": "Tesla T4", "memory": None, "driver": "550.54.15"},
    ]


@pytest.mark.parametrize("body", ["exit 9", "sleep 60; echo 'late, 1, 2'"])
def test_a_broken_or_hanging_nvidia_smi_means_no_gpus(
    body: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_program(tmp_path, "nvidia-smi", body)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    started = time.monotonic()
    assert host_facts()["gpus"] == []
    assert time.monotonic() - started < 10


def test_installed_packages_are_those_of_the_metadata() -> None:
    installed = installed_packages()
    assert installed["sqlalchemy"] == importlib.metadata.version("SQLAlchemy")
    assert list(installed) == sorted(installed)
    assert "typing-extensions" in installed


def test_the_first_of_two_installed_versions_counts(extra_path: Path) -> None:
    put_distribution(extra_path, "SQLAlchemy", "0.0.1", {})
    assert installed_packages()["sqlalchemy"] == "0.0.1"


def test_damaged_metadata_is_left_out(extra_path: Path) -> None:
    (extra_path / "~roken-1.0.dist-info").mkdir()
    (extra_path / "nameless-1.0.dist-info").mkdir()
    (extra_path / "nameless-1.0.dist-info" / "METADATA").write_text("Version: 1.0\n")
    (extra_path / "bytes-1.0.dist-info").mkdir()
    (extra_path / "bytes-1.0.dist-info" / "METADATA").write_bytes(b"Name: \xff\xfe\n\x00")
    (extra_path / "versionless-1.0.dist-info").mkdir()
    (extra_path / "versionless-1.0.dist-info" / "METADATA").write_text("Name: versionless\n")
    put_distribution(extra_path, "sound", "1.0", {})
    installed = installed_packages()
    assert installed["sound"] == "1.0"
    assert not {"nameless", "versionless", ""} & installed.keys()
    assert "psutil" in imported_packages(installed)


def test_imported_packages_go_by_distribution_name() -> None:
    __import__("dateutil")
    imported = imported_packages(installed_packages())
    assert "python-dateutil" in imported
    assert "pytest" in imported
    assert imported == sorted(imported)
    assert not {"sys", "json", "jupyterlab"} & set(imported)


def test_a_package_installed_in_the_session_is_found(
    extra_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported_packages(installed_packages())
    put_distribution(extra_path, "Late.Comer", "2.0", {"latecomer_lib/__init__.py": ""})
    assert "late-comer" not in imported_packages(installed_packages())
    importlib.import_module("latecomer_lib")
    monkeypatch.delitem(sys.modules, "latecomer_lib.none", raising=False)
    installed = installed_packages()
    assert installed["late-comer"] == "2.0"
    assert "late-comer" in imported_packages(installed)
    del sys.modules["latecomer_lib"]


def test_a_module_of_one_file_is_found(extra_path: Path) -> None:
    put_distribution(extra_path, "single-file", "1.0", {"one_module_only.py": ""})
    importlib.import_module("one_module_only")
    assert "single-file" in imported_packages(installed_packages())
    del sys.modules["one_module_only"]


def test_nothing_heavy_is_imported_to_learn_the_facts() -> None:
    code = (
        "import sys\n"
        "from nbtrack.recording import environment as e\n"
        "assert 'psutil' not in sys.modules\n"
        "e.host_facts(); e.imported_packages(e.installed_packages())\n"
        "print([m for m in ('IPython', 'jupyterlab', 'pandas', 'numpy') if m in sys.modules])"
    )
    output = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert output.stdout.strip() == "[]"

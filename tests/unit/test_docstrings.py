"""The examples in docstrings hold."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest

import nbtrack

MODULES = [
    module.name
    for module in pkgutil.walk_packages(nbtrack.__path__, "nbtrack.")
    if not module.name.endswith("__main__")
    and ".migrations" not in module.name
    and not module.name.startswith("nbtrack.integrations.mlflow.")  # MLflow is not here
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_hold(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    module = importlib.import_module(name)
    assert doctest.testmod(module).failed == 0


def test_the_front_door_has_examples() -> None:
    finder = doctest.DocTestFinder(exclude_empty=True)
    found = [test for name in MODULES for test in finder.find(importlib.import_module(name))]
    assert len([test for test in found if test.examples]) > len(MODULES) // 3

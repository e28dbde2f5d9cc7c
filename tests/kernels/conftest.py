"""Fixtures of the tests with real kernels."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kernels.kernel_client import Home, Kernel, running_kernel


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A user of their own, for one test."""
    return Home(tmp_path / "home")


@pytest.fixture
def fresh(home: Home) -> Iterator[Kernel]:
    """A kernel of one test's own, without nbtrack."""
    with running_kernel(home, load=False) as kernel:
        yield kernel


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    """A kernel with nbtrack loaded, which the tests of a module share."""
    with running_kernel(Home(tmp_path_factory.mktemp("shared"))) as kernel:
        yield kernel

"""``import nbtrack``: what is public, and what it costs."""

from __future__ import annotations

import inspect
import json
import types

import pytest

import nbtrack
from nbtrack import errors
from nbtrack.api import Store
from tests.unit.processes import run_python

HEAVY = [
    "IPython", "alembic", "anywidget", "fsspec", "git", "ipywidgets", "jupyter_server", "nbformat",
    "numpy", "orjson", "pandas", "plotly", "psutil", "pyarrow", "sqlalchemy", "typer",
]  # fmt: skip


def test_what_is_public_is_what_is_visible() -> None:
    assert nbtrack.__all__ == sorted(nbtrack.__all__)
    assert sorted(dir(nbtrack)) == sorted([*nbtrack.__all__, "__version__"])
    visible = {
        name for name in nbtrack.__all__ if not isinstance(getattr(nbtrack, name), types.ModuleType)
    }
    assert visible == set(nbtrack.__all__)


def test_each_public_name_says_what_it_does() -> None:
    for name in nbtrack.__all__:
        assert inspect.getdoc(getattr(nbtrack, name)), name


def test_every_function_of_the_front_exists_on_a_store_too() -> None:
    functions = {name for name in nbtrack.__all__ if name[0].islower()} - {"connect"}
    assert functions <= set(dir(Store))


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(AttributeError, match="no attribute 'log_metrik'"):
        _ = nbtrack.log_metrik


def test_the_import_loads_nothing_heavy() -> None:
    loaded = json.loads(
        run_python(
            """
            import json, sys
            import nbtrack
            print(json.dumps([name for name in sys.modules if "." not in name]))
            """
        )
    )
    assert "nbtrack" in loaded
    assert set(loaded) & set(HEAVY) == set()


def test_recording_loads_neither_pandas_nor_plotly_nor_the_widget() -> None:
    loaded = json.loads(
        run_python(
            """
            import json, sys
            import nbtrack
            with nbtrack.start_run(params={"lr": 0.1}):
                nbtrack.log_metric("acc", 0.5)
            print(json.dumps([name for name in sys.modules if "." not in name]))
            """
        )
    )
    assert "sqlalchemy" in loaded
    late = {"IPython", "anywidget", "fsspec", "jupyter_server", "nbformat", "pandas", "plotly"}
    assert set(loaded) & late == set()


def test_every_error_is_one_of_ours_with_a_code_of_its_own() -> None:
    found = [
        value
        for value in vars(errors).values()
        if inspect.isclass(value) and issubclass(value, nbtrack.NbtrackError)
    ]
    codes = [error.code for error in found]
    assert len(set(codes)) == len(codes) >= 15
    tree = errors.__doc__ or ""
    assert all(error.__name__ in tree for error in found)


def test_a_hint_is_part_of_the_message() -> None:
    error = errors.UserError("No.", hint="Yes.")
    assert (str(error), error.message, error.hint) == ("No. Yes.", "No.", "Yes.")

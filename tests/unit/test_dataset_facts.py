import hashlib
import importlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nbtrack.errors import ArtifactError, InvalidValueError
from nbtrack.recording.dataset_facts import dataset_facts

sp = importlib.import_module("scipy.sparse")  # it ships no types


def digest(data: object) -> str:
    return dataset_facts(data, "data").digest


def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "age": [31, 45, 27],
            "name": ["Ada", "Grace", None],
            "score": [0.5, np.nan, 1.0],
            "when": pd.DatetimeIndex(["2026-01-01", "2026-01-02", "NaT"]),
            "kind": pd.Categorical(["a", "b", "a"]),
            "flag": [True, False, True],
        }
    )


def test_a_frame_tells_its_schema_and_size() -> None:
    facts = dataset_facts(frame(), "people")
    assert facts.name == "people"
    assert (facts.source_type, facts.source) == ("pandas", None)
    assert [column["name"] for column in facts.schema["columns"]] == list(frame().columns)
    assert facts.schema["columns"][0] == {"name": "age", "dtype": "int64"}
    assert "index" not in facts.schema
    assert facts.profile["shape"] == [3, 6]
    assert (facts.profile["rows"], facts.profile["columns"]) == (3, 6)
    assert facts.profile["bytes"] > 0
    assert len(facts.digest) == 64


def test_equal_frames_have_equal_digests() -> None:
    assert digest(frame()) == digest(frame().copy())
    assert digest(frame()) == digest(frame().set_axis([7, 8, 9]))


def test_any_change_of_a_frame_is_another_digest() -> None:
    original = frame()
    other_value = original.assign(age=[31, 45, 28])
    other_type = original.assign(age=original["age"].astype("int32"))
    variants = [
        original,
        other_value,
        other_type,
        original[::-1],
        original[original.columns[::-1]],
        original.rename(columns={"age": "years"}),
        original.head(2),
        original.drop(columns="flag"),
        original.assign(name=["Ada", "Grace", "None"]),
        original.set_axis(pd.date_range("2026-01-01", periods=3)),
        original.set_axis(pd.date_range("2027-01-01", periods=3)),
        original.set_axis(["x", "y", "z"]),
        original.rename_axis("id"),
        original.set_index(["age", "name"]),
    ]
    assert len({digest(variant) for variant in variants}) == len(variants)


def test_the_digest_of_a_frame_is_the_same_in_another_process() -> None:
    code = (
        "import pandas as pd\n"
        "from nbtrack.recording.dataset_facts import dataset_facts\n"
        "data = pd.DataFrame({'a': [1, 2], 'b': ['x', 'y'], 'c': [[1], {'k': 2}]})\n"
        "print(dataset_facts(data, 'd').digest)"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1


def test_a_frame_with_odd_columns() -> None:
    odd = pd.DataFrame([[1, [1, 2]], [2, np.arange(3)]])
    other = pd.DataFrame([[1, [1, 2]], [2, np.arange(1, 4)]])
    odd.columns = other.columns = pd.Index(["same", "same"])
    assert digest(odd) != digest(other)
    assert dataset_facts(pd.DataFrame(), "empty").profile["shape"] == [0, 0]
    two_levels = pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", 1), ("a", 2)]))
    assert dataset_facts(two_levels, "d").schema["columns"][0]["name"] == "a, 1"


def test_a_series_is_a_frame_of_one_column() -> None:
    series = pd.Series([1, 2, 3], name="age")
    facts = dataset_facts(series, "ages")
    assert facts.schema == {"columns": [{"name": "age", "dtype": "int64"}]}
    assert facts.digest == digest(series.to_frame())
    assert dataset_facts(pd.Series([1]), "d").schema["columns"][0]["name"] == "values"


def test_an_array_tells_its_dtype_and_shape() -> None:
    facts = dataset_facts(np.zeros((4, 3), dtype="float32"), "zeros")
    assert facts.source_type == "numpy"
    assert facts.schema == {"dtype": "float32"}
    assert facts.profile == {"shape": [4, 3], "rows": 4, "bytes": 48}


def test_the_layout_in_memory_makes_no_difference() -> None:
    data = np.arange(24.0).reshape(4, 6)
    assert digest(data) == digest(np.asfortranarray(data)) == digest(data[::-1][::-1])
    assert digest(np.arange(12)[::2]) == digest(np.arange(0, 12, 2))


def test_any_change_of_an_array_is_another_digest() -> None:
    variants = [
        np.arange(6),
        np.arange(6).reshape(2, 3),
        np.arange(6).reshape(3, 2),
        np.arange(6, dtype="int32"),
        np.arange(6)[::-1],
        np.array(["a", "b"]),
        np.array(["a", "c"], dtype=object),
        np.array(["a", "b"], dtype=object),
        np.array(["2026-01-01"], dtype="datetime64[D]"),
        np.array(3),
        np.array([]),
        np.array([(1, 2.0)], dtype=[("x", "i4"), ("y", "f8")]),
        np.ma.masked_array([1, 2], mask=[False, True]),
        np.ma.masked_array([1, 2], mask=[True, False]),
    ]
    assert len({digest(variant) for variant in variants}) == len(variants)


def test_a_large_array_is_read_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    data = np.arange(10_000).reshape(100, 100)
    whole = digest(data)
    monkeypatch.setattr("nbtrack.recording.dataset_facts._CHUNK", 1000)
    assert digest(data) == whole


@given(
    hnp.arrays(
        hnp.scalar_dtypes() | hnp.unicode_string_dtypes(),
        hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
    )
)
def test_a_copy_of_any_array_has_its_digest(data: np.ndarray) -> None:
    assert digest(data) == digest(data.copy())


def test_a_tensor_like_object_counts_as_an_array() -> None:
    class Tensor:
        def detach(self) -> "Tensor":
            return self

        def cpu(self) -> "Tensor":
            return self

        def __array__(self, dtype: object = None, copy: object = None) -> object:
            return np.arange(3)

    assert digest(Tensor()) == digest(np.arange(3))


def test_an_object_that_cannot_become_an_array_is_refused() -> None:
    class Broken:
        def __array__(self) -> object:
            raise RuntimeError("on another device")

    with pytest.raises(InvalidValueError, match="on another device"):
        digest(Broken())


def test_a_sparse_matrix_in_any_format() -> None:
    dense = np.array([[0, 1, 0], [2, 0, 3]])
    facts = dataset_facts(sp.csr_matrix(dense), "counts")
    assert facts.source_type == "scipy"
    assert facts.profile["shape"] == [2, 3]
    assert facts.profile["nonzero"] == 3
    formats = [sp.csr_matrix, sp.csc_matrix, sp.coo_matrix, sp.lil_matrix, sp.csr_array]
    assert {digest(kind(dense)) for kind in formats} == {facts.digest}
    assert digest(sp.csr_matrix(dense.T)) != facts.digest
    assert digest(sp.csr_matrix(dense * 2)) != facts.digest


def test_dicts_and_lists_of_arrays_have_parts() -> None:
    x, y = np.zeros((3, 2)), np.ones(3)
    facts = dataset_facts({"X": x, "y": y}, "train")
    assert facts.source_type == "collection"
    assert facts.schema == {"parts": {"X": {"dtype": "float64"}, "y": {"dtype": "float64"}}}
    assert facts.profile["bytes"] == 72
    variants = [{"X": x, "y": y}, {"y": y, "X": x}, {"X": y, "y": x}, [x, y], [y, x], {"X": x}]
    assert len({digest(variant) for variant in variants}) == len(variants)
    assert digest((x, y)) == digest([x, y])
    assert digest({"deep": {"X": x}, "note": "text"}) != digest({"deep": {"X": y}, "note": "text"})


def test_plain_python_data() -> None:
    facts = dataset_facts([{"text": "a", "label": 0}, {"text": "b", "label": 1}], "reviews")
    assert facts.source_type == "collection"
    assert facts.profile["rows"] == 2
    assert digest([1, 2]) != digest([2, 1])
    assert digest([1, 2]) == digest([1, 2])


@pytest.mark.parametrize("data", [object(), b"bytes", 1j, lambda: 0, {"x": object()}, [{1, 2}]])
def test_other_data_is_refused(data: object) -> None:
    with pytest.raises(InvalidValueError, match="Allowed are a DataFrame"):
        dataset_facts(data, "data")


def test_data_that_contains_itself_is_refused() -> None:
    loop: list[object] = []
    loop.append(loop)
    with pytest.raises(InvalidValueError, match="contains itself"):
        dataset_facts(loop, "loop")


def test_a_file_has_the_digest_of_sha256sum(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    content = b"a,b\n1,2\n" * 100_000
    path.write_bytes(content)
    facts = dataset_facts(path, "table")
    assert facts.digest == hashlib.sha256(content).hexdigest() == digest(str(path))
    assert facts.source_type == "file"
    assert facts.source == str(path)
    assert facts.profile == {"bytes": len(content)}


def test_a_relative_path_is_recorded_in_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data.csv").write_text("1")
    monkeypatch.chdir(tmp_path)
    assert dataset_facts("data.csv", "d").source == str(tmp_path / "data.csv")


def put_files(folder: Path, files: dict[str, str]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return folder


def test_a_folder_counts_names_and_contents(tmp_path: Path) -> None:
    files = {"a/x.csv": "1", "a/y.csv": "22", "b.txt": "333", "weird \n name": "4"}
    first = put_files(tmp_path / "first", files)
    facts = dataset_facts(first, "images")
    assert facts.source_type == "folder"
    assert facts.profile == {"files": 4, "bytes": 7}
    assert digest(put_files(tmp_path / "copy", dict(reversed(files.items())))) == facts.digest
    changed = {**files, "b.txt": "334"}
    moved = {**files, "a/z.csv": "22"}
    del moved["a/y.csv"]
    assert digest(put_files(tmp_path / "changed", changed)) != facts.digest
    assert digest(put_files(tmp_path / "moved", moved)) != facts.digest


def test_links_and_pipes_in_a_folder_do_no_harm(tmp_path: Path) -> None:
    folder = put_files(tmp_path / "data", {"x.csv": "1"})
    (folder / "loop").symlink_to(folder)
    (folder / "dangling").symlink_to(folder / "nowhere")
    os.mkfifo(folder / "pipe")
    assert dataset_facts(folder, "d").profile == {"files": 1, "bytes": 1}


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("missing.csv", "'missing.csv': No such file or directory"),
        ("", "empty"),
        ("nul\0byte", "null"),
        ("x" * 5000, "name too long"),
        ("s3://bucket/data.csv", "Download it first"),
        (os.devnull, "neither a file nor a folder"),
    ],
)
def test_a_path_that_cannot_be_read_is_refused(path: str, message: str) -> None:
    with pytest.raises(ArtifactError, match=f"(?i){message}"):
        dataset_facts(path, "data")


def test_pandas_and_numpy_are_not_imported_for_a_file(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("1")
    code = (
        "import sys\n"
        "from nbtrack.recording.dataset_facts import dataset_facts\n"
        f"dataset_facts({str(tmp_path / 'x')!r}, 'x'); dataset_facts([1, 2], 'y')\n"
        "print([name for name in ('numpy', 'pandas', 'scipy') if name in sys.modules])"
    )
    output = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert output.stdout.strip() == "[]"


@given(st.lists(st.integers() | st.text() | st.none() | st.booleans()))
def test_equal_lists_have_equal_digests(data: list[object]) -> None:
    assert digest(data) == digest(list(data))

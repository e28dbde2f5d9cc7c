"""A notebook that was not written for nbtrack gives the same outputs with tracking on."""

from __future__ import annotations

import json
import re
from typing import Any

from nbtrack.demo import notebooks_folder
from tests.kernels.kernel_client import Home, run_python

NOTEBOOK = notebooks_folder() / "02_analysis_untracked.ipynb"
TRACKING = "%load_ext nbtrack\n%track on"
FIRST_CELL: dict[str, Any] = {
    "cell_type": "code", "execution_count": None, "id": "first", "metadata": {}, "outputs": [],
}  # fmt: skip


def executed(home: Home, first: str) -> list[dict[str, Any]]:
    """Execute the notebook behind the cell `first`; return its code cells without that one."""
    notebook = json.loads(NOTEBOOK.read_text("utf-8"))
    notebook["cells"].insert(0, {**FIRST_CELL, "source": first})
    copy = home.work / NOTEBOOK.name
    copy.write_text(json.dumps(notebook), "utf-8")
    run_python(home, "from nbclient.cli import main; main()", "--inplace", str(copy))
    cells = json.loads(copy.read_text("utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"][1:]


def comparable(value: Any) -> Any:
    """Leave out what differs between any two executions: figures of time, addresses, folders."""
    if isinstance(value, str):
        value = re.sub(r"((CPU times|Wall time):).*", r"\1", value)
        value = re.sub(r"0x[0-9a-f]{6,}", "0x", value)
        return re.sub(r"ipykernel_\d+", "ipykernel", value)
    if isinstance(value, dict):
        return {key: comparable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [comparable(item) for item in value]
    return value


def shown(cell: dict[str, Any]) -> list[Any]:
    """Return a cell's outputs, each stream's pieces joined: how they are cut is chance."""
    outputs: list[Any] = []
    for output in cell["outputs"]:
        last = outputs[-1] if outputs else {}
        if output["output_type"] == "stream" and last.get("name") == output["name"]:
            last["text"] += "".join(output["text"])
        elif output["output_type"] == "stream":
            outputs.append({**output, "text": "".join(output["text"])})
        else:
            outputs.append(output)
    return [comparable(output) for output in outputs]


def test_an_analysis_gives_the_same_outputs_with_tracking_on(home: Home) -> None:
    expected = executed(home, "# nothing is tracked\n# here")
    tracked = executed(home, TRACKING)
    kinds = {output["output_type"] for cell in expected for output in cell["outputs"]}
    assert kinds == {"stream", "display_data", "execute_result", "error"}
    for without, cell in zip(expected, tracked, strict=True):
        assert cell["source"] == without["source"]
        assert cell["execution_count"] == without["execution_count"]
        assert shown(cell) == shown(without)
    assert [run.code for run in home.runs()] == ["".join(cell["source"]) for cell in tracked]
    failed = [run.reason for run in home.runs(status="failed")]
    assert failed == ["TimeoutError: lot 5 was lost on its way", "KeyError: 'colour'"]
    assert {run.status for run in home.runs()} == {"completed", "failed"}
    assert {(run.cell_id, run.attempt) for run in home.runs()} == {(None, None)}

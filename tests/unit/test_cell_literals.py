import ast
from collections import OrderedDict
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbtrack.errors import InvalidValueError
from nbtrack.recording.literals import final_expression_name, literal_assignments
from nbtrack.recording.references import metric_values, parse_references, resolve_reference


def test_literals_at_the_top_are_params() -> None:
    code = '''
"""Train a forest."""
import numpy as np
from sklearn.ensemble import RandomForestClassifier

n_trees = 200
lr: float = -1e-3
depth = None
kind, shuffle = "forest", True
a = b = +2
hidden = (64, 32)
weights = {0: 1.0, "yes": [1, 2]}
names = {"only"}

model = RandomForestClassifier(n_trees)
late = 7
model.fit(X, y)
after = 1
'''
    assert literal_assignments(code) == {
        "n_trees": 200,
        "lr": -1e-3,
        "depth": None,
        "kind": "forest",
        "shuffle": True,
        "a": 2,
        "b": 2,
        "hidden": [64, 32],
        "weights": {"0": 1.0, "yes": [1, 2]},
        "names": ["only"],
        "late": 7,
    }


@pytest.mark.parametrize(
    "statement",
    [
        "_private = 1",
        "x = y",
        "x = f(1)",
        "x = 2 ** 10",
        "x = f'{1}'",
        "x = b'bytes'",
        "x = 1j",
        "x = ...",
        "x = -True",
        "x = [1, y]",
        "x = {**y}",
        "x = {None: 1}",
        "x = {(1, 2): 1}",
        "x.y = 1",
        "x['y'] = 1",
        "x: int",
        "a, b = 1, 2, 3",
        "x, y = z",
        "x = 'long' * 1",
        f"x = {'l' * 2000!r}",
        f"x = {list(range(101))!r}",
        "def x(): y = 1",
        "x = (",
        "",
        "\0",
    ],
)
def test_what_is_no_simple_literal_is_left_out(statement: str) -> None:
    assert literal_assignments(statement) == {}


@pytest.mark.parametrize(
    "rest",
    [
        "x += 1",
        "x = x * 2",
        "x = f()",
        "for x in y: pass",
        "with y as x: pass",
        "(x := 3)",
        "del x",
        "import x",
        "from y import z as x",
        "def x(): pass",
        "class x: pass",
        "def f():\n    global x\n    x = 2",
        "if y:\n    x = 2",
    ],
)
def test_a_name_that_the_cell_binds_again_is_no_param(rest: str) -> None:
    assert literal_assignments(f"x = 1\nlr = 0.1\n{rest}") == {"lr": 0.1}


def test_a_list_or_dict_that_the_cell_fills_is_no_param() -> None:
    code = (
        "losses = []\nhistory = {'acc': []}\nseen = {}\nlayers = [64, 32]\n"
        "for i in range(3):\n"
        "    losses.append(i)\n    history['acc'].append(i)\n    seen[i] = 1\n"
    )
    assert literal_assignments(code) == {"layers": [64, 32]}


def test_a_function_or_comprehension_has_names_of_its_own() -> None:
    code = "x = 1\ny = 2\ndef f():\n    x = 3\nz = [y for y in range(3)]\nclass C:\n    x = 4"
    assert literal_assignments(code) == {"x": 1, "y": 2}


def test_the_last_of_several_literals_counts() -> None:
    assert literal_assignments("x = 1\nx = 2") == {"x": 2}


@pytest.mark.parametrize("line", ["%%track", "%%track fit -e demo", "%%track\n%%time", "\n%%time"])
def test_cell_magics_over_python_are_looked_through(line: str) -> None:
    assert literal_assignments(f"{line}\nlr = 0.1\nlr") == {"lr": 0.1}
    assert final_expression_name(f"{line}\nlr = 0.1\nlr") == "lr"


def test_line_magics_and_shell_commands_do_not_hide_literals() -> None:
    pytest.importorskip("IPython")
    code = "%matplotlib inline\n!ls\nlr = 0.1\nfiles = !ls\nmodel?\nlr"
    assert literal_assignments(code) == {"lr": 0.1}


def test_the_body_of_another_language_is_not_read() -> None:
    assert literal_assignments("%%bash\nlr=0.1") == {}


def test_a_cell_with_await_is_read() -> None:
    assert literal_assignments("n = 3\ndata = await load(n)") == {"n": 3}


JSON_LITERALS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**12), 10**12)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.from_regex(r"[a-z]{1,6}x", fullmatch=True), JSON_LITERALS, max_size=5))
def test_any_literal_comes_back_as_python_reads_it(values: dict[str, Any]) -> None:
    code = "\n".join(f"{name} = {value!r}" for name, value in values.items())
    assert literal_assignments(code) == values


def test_reading_a_cell_warns_of_nothing() -> None:
    assert literal_assignments("lr = 0.1\npath = '\\d'\nassert (x, 'always')") == {
        "lr": 0.1,
        "path": "\\d",
    }


def test_a_very_long_expression_is_read() -> None:
    assert literal_assignments("x = 1\ny = " + "+".join(["x"] * 3000)) in ({"x": 1}, {})


@given(st.text())
def test_any_text_can_be_read(code: str) -> None:
    assert isinstance(literal_assignments(code), dict)
    assert isinstance(final_expression_name(code), str | None)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("acc", "acc"),
        ("x = 1\nreport.f1", "report.f1"),
        ('report["macro avg"]["f1"]', "report.macro avg.f1"),
        ("model.score(X, y)", "score"),
        ("models[0].score(X, y)", "score"),
        ("accuracy_score(y, p);", "accuracy_score"),
        ("await evaluate(model)", "evaluate"),
        ("{'acc': 1}", "result"),
        ("1 - loss", "result"),
        ("x = 1", None),
        ("", None),
        ("(", None),
    ],
)
def test_the_final_expression_has_a_name(code: str, name: str | None) -> None:
    assert final_expression_name(code) == name


NAMESPACE: dict[str, Any] = {
    "lr": 0.1,
    "cfg": {"lr": 0.2, "deep": {"er": [10, 20]}, "odd key": 1, 3: "three", "items": 5},
    "point": SimpleNamespace(x=1.5, tags={"a": 2}),
    "frame": pd.DataFrame({"f1": [0.5, 0.75]}),
}


@pytest.mark.parametrize(
    ("expression", "key", "value"),
    [
        ("lr", "lr", 0.1),
        ("cfg.lr", "cfg.lr", 0.2),
        ('cfg["lr"]', "cfg.lr", 0.2),
        ("cfg.deep.er[-1]", "cfg.deep.er.-1", 20),
        ("cfg['odd key']", "cfg.odd key", 1),
        ("cfg[3]", "cfg.3", "three"),
        ("cfg.items", "cfg.items", 5),
        ("point.x", "point.x", 1.5),
        ("point.tags['a']", "point.tags.a", 2),
        ("frame.f1[1]", "frame.f1.1", 0.75),
        (" lr ", "lr", 0.1),
    ],
)
def test_references_are_followed(expression: str, key: str, value: object) -> None:
    (reference,) = parse_references(expression)
    assert reference.key == key
    assert reference.resolve(NAMESPACE) == value
    assert resolve_reference(expression, NAMESPACE) == value


def test_several_references_are_split_at_the_commas_between_them() -> None:
    keys = [reference.key for reference in parse_references('lr, cfg["a,b"], xs[0]')]
    assert keys == ["lr", "cfg.a,b", "xs.0"]


@pytest.mark.parametrize(
    "text",
    [
        "", ",", "lr,,x", "f()", "cfg.get('lr')", "a + b", "cfg[x]", "xs[1:2]", "xs[f()]", "(a, b)",
        "lr)", "a),(b", "lambda: 1", "1", "'lr'", "a b", "a=1", "*a", "x := 1", "f'{x}'", "[a]",
        "cfg[-'x']", "a; b", "\0", "__import__('os').system('true')",
    ],
)  # fmt: skip
def test_what_is_no_reference_is_refused(text: str) -> None:
    with pytest.raises(InvalidValueError, match="Allowed are names"):
        parse_references(text)


def test_nothing_is_called_on_the_way() -> None:
    calls: list[str] = []
    with pytest.raises(InvalidValueError):
        resolve_reference("note('x')", {"note": calls.append})
    assert calls == []


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("lrr", "There is no variable 'lrr'. Did you mean 'lr'?"),
        ("zzz", "There is no variable 'zzz'."),
        ("cfg.lrr", "cfg (a dict) has no 'lrr'. Did you mean 'lr'?"),
        ('cfg["dep"]', "cfg (a dict) has no 'dep'. Did you mean 'deep'?"),
        ("cfg.deep.er[9]", "cfg.deep.er (a list) has no 9."),
        ("point.tagz", "point (a SimpleNamespace) has no 'tagz'. Did you mean 'tags'?"),
        ("lr[0]", "lr (a float) has no 0."),
    ],
)
def test_a_reference_that_leads_nowhere_names_the_nearest(expression: str, message: str) -> None:
    with pytest.raises(InvalidValueError) as caught:
        resolve_reference(expression, NAMESPACE)
    assert str(caught.value) == message


def test_two_references_are_not_one() -> None:
    with pytest.raises(InvalidValueError, match="not one variable"):
        resolve_reference("lr, cfg", NAMESPACE)


def test_a_property_that_fails_is_told() -> None:
    class Model:
        @property
        def score(self) -> float:
            raise RuntimeError("not fitted")

    with pytest.raises(InvalidValueError, match=r"model failed: RuntimeError: not fitted"):
        resolve_reference("model.score", {"model": Model()})


@given(st.lists(st.from_regex(r"[a-z]{1,5}", fullmatch=True), min_size=1, max_size=4))
def test_a_path_of_keys_leads_to_its_value(path: list[str]) -> None:
    value: Any = 7
    for key in reversed(path):
        value = {key: value}
    brackets = "".join(f"[{key!r}]" for key in path)
    assert resolve_reference(f"root{brackets}", {"root": value}) == 7


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (1, 1.0),
        (0.5, 0.5),
        (True, 1.0),
        (np.float32(0.5), 0.5),
        (np.int64(3), 3.0),
        (np.True_, 1.0),
        (np.array(0.25), 0.25),
        (Decimal("0.5"), 0.5),
        (float("inf"), float("inf")),
    ],
)
def test_what_stands_for_a_number_is_a_metric(value: object, number: float) -> None:
    found = metric_values("acc", value)
    assert found == {"acc": number}
    assert type(found["acc"]) is float


@pytest.mark.parametrize("value", ["0.5", None, [1], np.zeros(3), object(), 1j, {}, {"a": "b"}])
def test_what_is_no_number_is_refused_by_name(value: object) -> None:
    with pytest.raises(InvalidValueError, match="acc"):
        metric_values("acc", value)


def test_a_dict_gives_each_number_nested_ones_too() -> None:
    report = OrderedDict(
        {"accuracy": 0.5, "macro avg": {"f1": np.float64(0.25), "label": "x"}, 0: 1, "ok": True}
    )
    assert metric_values("report", report) == {
        "report.accuracy": 0.5,
        "report.macro avg.f1": 0.25,
        "report.0": 1.0,
        "report.ok": 1.0,
    }


def test_a_final_dict_of_numbers_keeps_its_own_keys() -> None:
    assert metric_values(None, {"acc": 0.5, "val": {"acc": 1}}) == {"acc": 0.5, "val.acc": 1.0}


@pytest.mark.parametrize("value", [{"acc": 0.5, "model": "forest"}, {"ok": True}, {}])
def test_a_final_dict_of_other_things_gives_no_metrics(value: dict[str, object]) -> None:
    with pytest.raises(InvalidValueError):
        metric_values(None, value)


def test_a_dict_that_contains_itself_gives_its_numbers() -> None:
    loop: dict[str, Any] = {"acc": 0.5}
    loop["loop"] = loop
    assert metric_values("m", loop)["m.acc"] == 0.5


def test_references_print_as_valid_python() -> None:
    (reference,) = parse_references("cfg['lr'][0].x")
    assert isinstance(ast.parse(reference.text, mode="eval").body, ast.Attribute)

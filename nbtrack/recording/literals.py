"""What a tracked cell says about itself: the literals at its top and its final expression.

The code is read, never run.
"""

from __future__ import annotations

import ast
import re
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import Any

MAX_ITEMS = 100
"""Items that a captured list or dict may hold, inner ones included."""

MAX_TEXT = 1000
"""Characters that a captured text may have."""

_CHANGING_METHODS = frozenset({
    "add", "append", "clear", "discard", "extend", "insert", "pop", "popitem", "remove",
    "reverse", "setdefault", "sort", "update",
})  # fmt: skip
_SCOPES = (
    ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef,
    ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp,
)  # fmt: skip

_FILE_NAME = "<nbtrack>"
_OWN_FILE = re.compile(re.escape(_FILE_NAME))
_DOUBTFUL_ESCAPE = re.compile(r"""\\[^\n\\'"abfnrtvxNuU0-3]""")
_PYTHON_CELL_MAGICS = re.compile(r"\s*%%(track|time|capture|prun)\b[^\n]*(\n|$)")


class _NotLiteralError(Exception):
    """The expression is no literal, or too large a one."""


def literal_assignments(code: str) -> dict[str, Any]:
    r"""Return the simple literal assignments at the top of a cell, by name.

    The top reaches as far as there are only imports, assignments, texts and magics.
    Literals are numbers, texts, True, False, None, and lists, tuples, sets and dicts of them.
    Names that begin with an underscore are left out, and so are those that the cell itself
    changes afterwards: they are variables, not params.

    Parameters
    ----------
    code : str
        A cell as typed, IPython's magics included.

    Returns
    -------
    dict of str to object
        In the order of the code; tuples and sets as lists. Empty when the code does not parse.

    Examples
    --------
    >>> literal_assignments("import math\nlr, depth = 0.1, 3\nlosses = []\nlosses.append(1)")
    {'lr': 0.1, 'depth': 3}
    """
    body = _parse(code)
    found: dict[str, Any] = {}
    changed: set[str] = set()
    at_top = True
    for statement in body:
        at_top = at_top and _belongs_to_top(statement)
        literals = dict(_literals_of(statement)) if at_top else {}
        changed |= set(_changed_names(statement)) - literals.keys()
        found |= literals
    return {name: value for name, value in found.items() if name not in changed}


def final_expression_name(code: str) -> str | None:
    r"""Return a name for the value of a cell's final expression, or None without one.

    Examples
    --------
    >>> final_expression_name("model.fit(X, y)\nmodel.score(X, y)")
    'score'
    >>> final_expression_name('report["f1"]')
    'report.f1'
    """
    body = _parse(code)
    if not body or not isinstance(body[-1], ast.Expr):
        return None
    return _name_of(body[-1].value) or "result"


def _parse(code: str) -> list[ast.stmt]:
    while magic := _PYTHON_CELL_MAGICS.match(code):
        code = code[magic.end() :]
    if _DOUBTFUL_ESCAPE.search(code):
        _silence_parser()
    for read in (str, _without_magics):
        body = _statements(read, code)
        if body is not None:
            return body
    return []


def _silence_parser() -> None:
    """Have nobody told twice of an escape that Python does not know.

    Not by ``catch_warnings``: it makes Python forget which warnings it has shown, so that users
    would see theirs again after each cell.
    """
    first = warnings.filters[:1]
    if not first or first[0][3] != _OWN_FILE:
        warnings.filterwarnings("ignore", module=_OWN_FILE.pattern)


def _statements(read: Callable[[str], str], code: str) -> list[ast.stmt] | None:
    try:
        return ast.parse(read(code), _FILE_NAME).body
    except Exception:
        return None


def _without_magics(code: str) -> str:
    """Return the Python that IPython makes of a cell with magics."""
    if "IPython" not in sys.modules:
        return code
    from IPython.core.inputtransformer2 import TransformerManager

    return str(TransformerManager().transform_cell(code))  # type: ignore[no-untyped-call]


def _belongs_to_top(statement: ast.stmt) -> bool:
    match statement:
        case ast.Import() | ast.ImportFrom() | ast.Assign() | ast.AnnAssign():
            return True
        case ast.Expr(value=ast.Constant()):
            return True
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Name(id=name))))):
            return name == "get_ipython"
    return False


def _literals_of(statement: ast.stmt) -> Iterator[tuple[str, Any]]:
    match statement:
        case ast.Assign(targets=targets, value=value):
            pairs = [pair for target in targets for pair in _pairs(target, value)]
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
            pairs = [(name, value)]
        case _:
            return
    for name, expression in pairs:
        if name.startswith("_"):
            continue
        try:
            yield name, _Literal().read(expression)
        except (_NotLiteralError, RecursionError):
            continue


def _pairs(target: ast.expr, value: ast.expr) -> list[tuple[str, ast.expr]]:
    """Return name and expression of ``a = 1`` or, one by one, of ``a, b = 1, 2``."""
    match target, value:
        case ast.Name(id=name), _:
            return [(name, value)]
        case (
            (ast.Tuple(elts=names) | ast.List(elts=names)),
            (ast.Tuple(elts=values) | ast.List(elts=values)),
        ) if len(names) == len(values):
            return [
                (name.id, item)
                for name, item in zip(names, values, strict=True)
                if isinstance(name, ast.Name)
            ]
    return []


class _Literal:
    """Reads one literal within its bounds."""

    def __init__(self) -> None:
        self._items = 0

    def read(self, node: ast.expr) -> Any:
        match node:
            case ast.Constant(value=bool() | int() | float() | None as value):
                return value
            case ast.Constant(value=str() as text) if len(text) <= MAX_TEXT:
                return text
            case ast.UnaryOp(op=ast.USub() | ast.UAdd() as sign, operand=ast.Constant(value=value)):
                if isinstance(value, int | float) and not isinstance(value, bool):
                    return -value if isinstance(sign, ast.USub) else value
            case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
                return [self._item(item) for item in items]
            case ast.Dict(keys=keys, values=values):
                return {
                    self._key(key): self._item(value)
                    for key, value in zip(keys, values, strict=True)
                }
        raise _NotLiteralError

    def _item(self, node: ast.expr) -> Any:
        self._items += 1
        if self._items > MAX_ITEMS:
            raise _NotLiteralError
        return self.read(node)

    def _key(self, node: ast.expr | None) -> str:
        key = self.read(node) if node is not None else None
        if isinstance(key, str | int | float):
            return str(key)
        raise _NotLiteralError


def _changed_names(statement: ast.stmt) -> Iterator[str]:
    """Yield the names of the cell's scope that are bound again, or whose content changes.

    What is bound inside a function, a class or a comprehension is its own.
    """
    pending: list[tuple[ast.AST, bool]] = [(statement, True)]
    while pending:
        node, cell_scope = pending.pop()
        if cell_scope:
            yield from _bound_names(node)
        match node:
            case ast.Global(names=names):
                yield from names
            case ast.Subscript(ctx=ast.Store() | ast.Del(), value=owner):
                yield from _root_name(owner)
            case ast.Call(func=ast.Attribute(value=owner, attr=method)):
                if method in _CHANGING_METHODS:
                    yield from _root_name(owner)
        cell_scope = cell_scope and not isinstance(node, _SCOPES)
        pending += [(child, cell_scope) for child in ast.iter_child_nodes(node)]


def _bound_names(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
            yield name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.alias(name=name, asname=other):
            yield other or name.partition(".")[0]


def _root_name(node: ast.expr) -> Iterator[str]:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    if isinstance(node, ast.Name):
        yield node.id


def _name_of(node: ast.expr) -> str | None:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=owner, attr=name):
            prefix = _name_of(owner)
            return f"{prefix}.{name}" if prefix else name
        case ast.Subscript(value=owner, slice=ast.Constant(value=str() | int() as key)):
            prefix = _name_of(owner)
            return f"{prefix}.{key}" if prefix else str(key)
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name
        case ast.Await(value=value):
            return _name_of(value)
    return None

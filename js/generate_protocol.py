"""Generate ``dashboard/src/protocol.ts`` from ``nbtrack/dashboard/protocol.py``.

Usage: ``python js/generate_protocol.py`` writes the file; with ``--check`` it only compares,
and exits with 1 when the file is not up to date. Needs the standard library alone.
"""

from __future__ import annotations

import argparse
import ast
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "nbtrack" / "dashboard" / "protocol.py"
TARGET = ROOT / "js" / "dashboard" / "src" / "protocol.ts"

HEADER = (
    "// Generated from nbtrack/dashboard/protocol.py by js/generate_protocol.py: do not edit.\n"
)
PRIMITIVES = {
    "Any": "unknown",
    "bool": "boolean",
    "float": "number",
    "int": "number",
    "str": "string",
}


class UnsupportedError(Exception):
    """The protocol uses a construct that has no translation yet."""

    def __init__(self, node: ast.AST) -> None:
        line = getattr(node, "lineno", "?")
        super().__init__(
            f"{SOURCE.name}:{line}: no TypeScript translation of `{ast.unparse(node)}`"
        )


def typescript_type(node: ast.expr) -> str:
    """Translate one annotation."""
    match node:
        case ast.Constant(value=None):
            return "null"
        case ast.Name(id=name):
            return PRIMITIVES.get(name, name)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return f"{typescript_type(left)} | {typescript_type(right)}"
        case ast.Subscript(value=ast.Name(id=name), slice=ast.Tuple(elts=arguments)):
            return generic_type(node, name, arguments)
        case ast.Subscript(value=ast.Name(id=name), slice=argument):
            return generic_type(node, name, [argument])
    raise UnsupportedError(node)


def generic_type(node: ast.expr, name: str, arguments: list[ast.expr]) -> str:
    """Translate a subscripted annotation such as ``list[int]``."""
    if name == "Literal":
        return " | ".join(literal(argument) for argument in arguments)
    types = [typescript_type(argument) for argument in arguments]
    if name == "list":
        return f"({types[0]})[]" if "|" in types[0] else f"{types[0]}[]"
    if name == "tuple":
        return f"[{', '.join(types)}]"
    if name == "dict" and types[0] == "string":
        return f"Record<string, {types[1]}>"
    if name == "dict":
        return f"Partial<Record<{types[0]}, {types[1]}>>"
    if name == "NotRequired":
        return types[0]
    raise UnsupportedError(node)


def literal(node: ast.expr) -> str:
    """Translate one member of a ``Literal``, or a constant."""
    match node:
        case ast.Constant(value=bool() as value):
            return str(value).lower()
        case ast.Constant(value=int() as value):
            return str(value)
        case ast.Constant(value=str() as value):
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    raise UnsupportedError(node)


def comment(text: str | None, indent: str = "") -> str:
    """Return a docstring as a JSDoc comment, or nothing."""
    if text is None:
        return ""
    lines = textwrap.dedent(text).strip().replace("``", "`").splitlines()
    if len(lines) == 1:
        return f"{indent}/** {lines[0]} */\n"
    body = "".join(f"{indent} * {line}".rstrip() + "\n" for line in lines)
    return f"{indent}/**\n{body}{indent} */\n"


def docstring_after(body: list[ast.stmt], index: int) -> str | None:
    """Return the string literal that follows a statement and documents it."""
    following = body[index + 1] if index + 1 < len(body) else None
    match following:
        case ast.Expr(value=ast.Constant(value=str() as text)):
            return text
    return None


def is_not_required(annotation: ast.expr) -> bool:
    """Tell whether an annotation reads ``NotRequired[...]``."""
    match annotation:
        case ast.Subscript(value=ast.Name(id="NotRequired")):
            return True
    return False


def fields(node: ast.ClassDef) -> Iterator[str]:
    """Yield the members of an interface."""
    optional = any(
        keyword.arg == "total" and ast.unparse(keyword.value) == "False"
        for keyword in node.keywords
    )
    for index, statement in enumerate(node.body):
        match statement:
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation):
                mark = "?" if optional or is_not_required(annotation) else ""
                yield comment(docstring_after(node.body, index), "  ")
                yield f"  {name}{mark}: {typescript_type(annotation)};\n"
            case ast.Expr(value=ast.Constant(value=str())):
                continue
            case _:
                raise UnsupportedError(statement)


def interface(node: ast.ClassDef) -> str:
    """Translate a ``TypedDict``."""
    members = "".join(fields(node))
    documentation = comment(ast.get_docstring(node))
    bases = [ast.unparse(base) for base in node.bases if ast.unparse(base) != "TypedDict"]
    if not members and not bases:
        return f"{documentation}export type {node.name} = Record<string, never>;\n"
    extends = f" extends {', '.join(bases)}" if bases else ""
    return f"{documentation}export interface {node.name}{extends} {{\n{members}}}\n"


def operations(node: ast.expr, documentation: str) -> str:
    """Translate the table of operations into one interface that maps names to shapes."""
    if not isinstance(node, ast.Dict):
        raise UnsupportedError(node)
    lines = []
    for key, value in zip(node.keys, node.values, strict=True):
        match key, value:
            case ast.Constant(value=str() as name), ast.Tuple(elts=[arguments, result]):
                shapes = f"args: {typescript_type(arguments)}; result: {typescript_type(result)}"
                lines.append(f"  {name}: {{ {shapes} }};\n")
            case _:
                raise UnsupportedError(value)
    return f"{documentation}export interface Operations {{\n{''.join(lines)}}}\n"


def declaration(body: list[ast.stmt], index: int) -> str | None:
    """Translate one statement of the module, None for imports and docstrings."""
    statement = body[index]
    documentation = comment(docstring_after(body, index))
    match statement:
        case ast.ClassDef():
            return interface(statement)
        case ast.AnnAssign(target=ast.Name(id="OPERATIONS"), value=ast.expr() as table):
            return operations(table, documentation)
        case ast.Assign(
            targets=[ast.Name(id=name)],
            value=ast.Call(func=ast.Name(id="frozenset"), args=[ast.Set(elts=members)]),
        ):
            lines = "".join(f"  {literal(member)},\n" for member in members)
            kind = "ReadonlySet<string>"
            return f"{documentation}export const {name}: {kind} = new Set([\n{lines}]);\n"
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant() as value):
            return f"{documentation}export const {name} = {literal(value)};\n"
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            return f"{documentation}export type {name} = {typescript_type(value)};\n"
        case ast.Import() | ast.ImportFrom() | ast.Expr(value=ast.Constant()):
            return None
    raise UnsupportedError(statement)


def generate(source: str) -> str:
    """Translate the text of the Python module into the text of the TypeScript module."""
    body = ast.parse(source).body
    declarations = [declaration(body, index) for index in range(len(body))]
    return "\n".join([HEADER, *(text for text in declarations if text is not None)])


def main() -> int:
    """Write the TypeScript module, or compare it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare only, write nothing")
    check: bool = parser.parse_args().check
    generated = generate(SOURCE.read_text(encoding="utf-8"))
    current = TARGET.read_text(encoding="utf-8") if TARGET.exists() else None
    if generated == current:
        return 0
    if check:
        sys.stderr.write(f"{TARGET.name} differs: run `python js/generate_protocol.py`\n")
        return 1
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(generated, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

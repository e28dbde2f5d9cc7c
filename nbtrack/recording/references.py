"""The variables that ``%%track -p`` and ``-m`` name, and the numbers in what they hold.

A reference is a name with dotted and subscript steps: ``lr``, ``cfg.lr``, ``cfg["lr"]``,
``scores[0]``. It is followed step by step; nothing is evaluated.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from nbtrack.errors import InvalidValueError, did_you_mean
from nbtrack.store.values import metric_value

_ALLOWED = 'Allowed are names with dots and brackets: lr, cfg.lr, cfg["lr"], scores[0].'

_DEEPEST = 8
"""Levels of dicts inside a dict that are searched for numbers."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step into a value: ``.key`` or ``[key]``."""

    key: str | int
    dotted: bool


@dataclass(frozen=True, slots=True)
class Reference:
    """A variable, or a place inside one."""

    text: str
    """As typed."""
    root: str
    steps: tuple[Step, ...]

    @property
    def key(self) -> str:
        """The name for what it holds: ``cfg.lr`` for ``cfg["lr"]`` as well."""
        return ".".join([self.root, *(str(step.key) for step in self.steps)])

    def resolve(self, namespace: Mapping[str, Any]) -> Any:
        """Return the value that the reference leads to.

        A dotted step into a dict takes the item of that name.

        Parameters
        ----------
        namespace : mapping of str to object
            The user's variables.

        Raises
        ------
        InvalidValueError
            When there is no such variable, attribute or item.
        """
        if self.root not in namespace:
            raise InvalidValueError(
                f"There is no variable {self.root!r}.",
                hint=_nearest(self.root, namespace),
            )
        value, path = namespace[self.root], self.root
        for step in self.steps:
            value = _follow(value, step, path)
            path += f".{step.key}" if step.dotted else f"[{step.key!r}]"
        return value


def parse_references(text: str) -> list[Reference]:
    """Return the references in a comma-separated list, as given to ``-p`` or ``-m``.

    Raises
    ------
    InvalidValueError
        When a part is no reference.

    Examples
    --------
    >>> [reference.key for reference in parse_references('lr, cfg["a,b"], scores[-1]')]
    ['lr', 'cfg.a,b', 'scores.-1']
    """
    try:
        tree = ast.parse(f"({text},)", mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise InvalidValueError(f"Cannot read {text!r} as variables.", hint=_ALLOWED) from None
    assert isinstance(tree, ast.Tuple)
    return [_reference(node) for node in tree.elts]


def resolve_reference(expression: str, namespace: Mapping[str, Any]) -> Any:
    """Return the value of one reference such as ``cfg.lr``.

    Raises
    ------
    InvalidValueError
        When `expression` is no reference, or leads nowhere.

    Examples
    --------
    >>> resolve_reference("cfg.lr", {"cfg": {"lr": 0.1}})
    0.1
    """
    references = parse_references(expression)
    if len(references) != 1:
        raise InvalidValueError(f"{expression!r} is not one variable.", hint=_ALLOWED)
    return references[0].resolve(namespace)


def metric_values(name: str | None, value: Any) -> dict[str, float]:
    """Return the numbers in `value` by metric key.

    Parameters
    ----------
    name : str or None
        The metric's key; the items of a dict get it as prefix, and those that are no numbers are
        left out. None is for a cell's final expression, a dict of nothing but numbers: its items
        keep their own keys, and True and False are no numbers, but answers.
    value : object
        A number, a NumPy scalar, a tensor without dimensions, or a dict of them, nested or not.

    Raises
    ------
    InvalidValueError
        There is no number in it; without a name, also when there is anything else in it.

    Examples
    --------
    >>> metric_values("report", {"f1": 0.5, "labels": ["a", "b"]})
    {'report.f1': 0.5}
    >>> metric_values(None, {"acc": 0.5, "loss": 2})
    {'acc': 0.5, 'loss': 2.0}
    """
    if not isinstance(value, Mapping):
        key = name or "value"
        return {key: metric_value(value, key)}
    prefix = f"{name}." if name else ""
    found: dict[str, float] = {}
    for key, item in _leaves(value, prefix):
        if name is None and isinstance(item, bool):
            raise InvalidValueError(f"{key!r} is {item}, which is no measure.")
        try:
            found[key] = metric_value(item, key)
        except InvalidValueError:
            if name is None:
                raise
    if not found:
        label = repr(name) if name else "The value"
        raise InvalidValueError(
            f"{label} is a dict without numbers.", hint="A metric is a number or a dict of them."
        )
    return found


def _leaves(items: Mapping[Any, Any], prefix: str, depth: int = 0) -> Iterator[tuple[str, Any]]:
    for key, item in items.items():
        if isinstance(item, Mapping) and depth < _DEEPEST:
            yield from _leaves(item, f"{prefix}{key}.", depth + 1)
        else:
            yield f"{prefix}{key}", item


def _reference(node: ast.expr) -> Reference:
    steps: list[Step] = []
    inner = node
    while not isinstance(inner, ast.Name):
        match inner:
            case ast.Attribute(value=owner, attr=name):
                steps.append(Step(name, dotted=True))
            case ast.Subscript(value=owner, slice=ast.Constant(value=str() | int() as key)):
                steps.append(Step(key, dotted=False))
            case ast.Subscript(
                value=owner,
                slice=ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() as key)),
            ):
                steps.append(Step(-key, dotted=False))
            case _:
                raise InvalidValueError(
                    f"{ast.unparse(node)!r} is not the name of a variable.", hint=_ALLOWED
                )
        inner = owner
    return Reference(ast.unparse(node), inner.id, tuple(reversed(steps)))


def _follow(value: Any, step: Step, path: str) -> Any:
    try:
        if not step.dotted:
            return value[step.key]
        if isinstance(value, Mapping) and step.key in value:
            return value[step.key]
        return getattr(value, str(step.key))
    except (AttributeError, LookupError, TypeError):
        kind = type(value).__name__
        raise InvalidValueError(
            f"{path} (a {kind}) has no {step.key!r}.",
            hint=_nearest(str(step.key), _names_in(value)),
        ) from None
    except Exception as problem:
        raise InvalidValueError(
            f"Reading {step.key!r} of {path} failed: {type(problem).__name__}: {problem}"
        ) from problem


def _names_in(value: Any) -> Iterable[Any]:
    if isinstance(value, Mapping):
        return value
    try:
        return dir(value)
    except Exception:
        return ()


def _nearest(name: str, choices: Iterable[Any]) -> str | None:
    return did_you_mean(
        name, [choice for choice in choices if isinstance(choice, str) and choice[:1] != "_"]
    )

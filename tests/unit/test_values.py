"""Keys, params and metric values: what is taken, how it is written, and what is refused."""

from __future__ import annotations

import enum
import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbtrack.errors import InvalidKeyError, InvalidValueError
from nbtrack.recording.checked import checked_step
from nbtrack.store.values import (
    check_key,
    decode_param,
    encode_param,
    metric_value,
    param_number,
    storable_text,
    to_wire,
)

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


class Colour(enum.StrEnum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


class LooksLikeText(str):
    __slots__ = ()

    def __str__(self) -> str:
        return "something else"


class Unshowable:
    def __repr__(self) -> str:
        raise RuntimeError("no")

    def __float__(self) -> float:
        raise RuntimeError("no")


@given(JSON.filter(lambda value: not isinstance(value, str)) | TEXT)
def test_a_param_comes_back_as_it_was(value: Any) -> None:
    decoded = decode_param(*encode_param(value))
    assert decoded == value
    assert type(decoded) is type(value)


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (np.int64(3), ("int", "3")),
        (np.float32(0.5), ("float", "0.5")),
        (np.float64(0.1), ("float", "0.1")),
        (np.True_, ("bool", "true")),
        (np.str_("adam"), ("str", "adam")),
        (np.array(7), ("int", "7")),
        (math.inf, ("float", "inf")),
        (math.nan, ("float", "nan")),
        (10**300, ("int", "1" + "0" * 300)),
        (Colour.RED, ("str", "red")),
        (Level.HIGH, ("int", "3")),
        (LooksLikeText("the text"), ("str", "the text")),
        ("a\0b\ud800", ("str", "a\ufffdb?")),
        ((1, 2), ("json", "[1, 2]")),
        ({1: "one"}, ("json", '{"1": "one"}')),
        (np.array([1, 2]), ("json", "[1, 2]")),
        ({"sizes": [np.int64(3)]}, ("json", '{"sizes": [3]}')),
        ({(1, 2): 3}, ("json", '"{(1, 2): 3}"')),
        (Decimal("0.1"), ("json", "\"Decimal('0.1')\"")),
        (b"bytes", ("json", "\"b'bytes'\"")),
        (Unshowable(), ("json", '"<Unshowable whose repr raises RuntimeError>"')),
        ([Unshowable()], ("json", '["<Unshowable whose repr raises RuntimeError>"]')),
    ],
)
def test_how_a_param_is_kept(value: object, kept: tuple[str, str]) -> None:
    assert encode_param(value) == kept


def test_an_object_that_contains_itself_is_kept_as_its_repr() -> None:
    loop: list[Any] = []
    loop.append(loop)
    assert encode_param(loop) == ("json", '"[[...]]"')


def test_a_large_array_is_kept_as_its_short_repr() -> None:
    kind, text = encode_param(np.zeros(1_000_000))
    assert kind == "json"
    assert len(text) < 100


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("x" * 1_000_001, "1,000,001 characters"),
        pytest.param(10**5000, "too long for a param", id="5000 digits"),
    ],
)
def test_a_param_that_is_too_long_is_refused(value: object, message: str) -> None:
    with pytest.raises(InvalidValueError, match=message):
        encode_param(value)


@pytest.mark.parametrize(
    ("kind", "text", "number"),
    [
        ("int", "3", 3.0), ("float", "1e-3", 0.001), ("float", "inf", math.inf),
        ("str", "0.5", 0.5), ("str", "adam", None), ("float", "nan", None),
        ("bool", "true", None), ("json", "[1]", None), ("int", "1" + "0" * 400, math.inf),
    ],
)  # fmt: skip
def test_the_number_by_which_a_param_compares(kind: str, text: str, number: float | None) -> None:
    assert param_number(kind, text) == number


def test_a_stored_param_that_does_not_fit_its_type_stays_text() -> None:
    assert decode_param("int", "three") == "three"
    assert decode_param("json", "{") == "{"


@pytest.mark.parametrize(
    "value",
    [
        0.5, np.float32(0.5), np.float16(0.5), np.array(0.5), np.array([0.5]), Fraction(1, 2),
        Decimal("0.5"),
    ],
)  # fmt: skip
def test_what_counts_as_one_number(value: object) -> None:
    assert metric_value(value, "acc") == 0.5


def test_booleans_huge_and_special_numbers_are_metrics() -> None:
    assert metric_value(np.True_, "ok") == metric_value(value=True, key="ok") == 1.0
    assert metric_value(10**400, "big") == math.inf
    assert metric_value(-(10**400), "big") == -math.inf
    assert math.isnan(metric_value(np.float64("nan"), "acc"))


@pytest.mark.parametrize(
    "value",
    [
        "0.5", b"1", 1j, np.complex64(1), None, pd.NA, [0.5], {}, np.array([1.0, 2.0]),
        pd.Series([1, 2]), Unshowable(), np.datetime64("2026-01-01"),
    ],
)  # fmt: skip
def test_what_is_no_number_is_refused_by_name(value: object) -> None:
    with pytest.raises(InvalidValueError, match=r"(?s)metric 'acc' got .*one number"):
        metric_value(value, "acc")


@pytest.mark.parametrize("key", ["a", "val loss", "a/b.c-d", "größe", "🎯", "x" * 250, " x"])
def test_keys_that_are_taken(key: str) -> None:
    assert check_key(key, "param") == key


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("", "is empty"), ("  ", "is empty"), ("x" * 251, "251 characters"),
        ("a\nb", r"control character '\\n'"), ("a\0", "control character"),
        ("\x7f", "control character"), ("\ud800", "control character"),
        (3, "is int"), (None, "is NoneType"), (Unshowable(), "is Unshowable"),
    ],
)  # fmt: skip
def test_keys_that_are_refused_with_what_is_allowed(key: object, message: str) -> None:
    with pytest.raises(InvalidKeyError, match=message) as caught:
        check_key(key, "metric")
    assert "A metric key is text of 1 to 250 characters" in str(caught.value)


@given(st.text(st.characters(exclude_categories=())))
def test_storable_text_can_be_stored_and_changes_no_other_text(text: str) -> None:
    stored = storable_text(text)
    assert "\0" not in stored
    assert stored.encode("utf-8").decode("utf-8") == stored
    assert len(stored) == len(text)
    assert storable_text(stored) == stored


@given(st.floats())
def test_a_number_survives_the_wire(value: float) -> None:
    wire = to_wire(value)
    assert wire is not None
    back = float(wire)
    assert back == value or (math.isnan(back) and math.isnan(value))


@pytest.mark.parametrize(
    ("step", "number"),
    [(0, 0), (-5, -5), (2**63 - 1, 2**63 - 1), (np.int64(4), 4), (np.array(4), 4), (3.0, 3)],
)
def test_steps_that_are_taken(step: object, number: int) -> None:
    assert checked_step(step) == number


@pytest.mark.parametrize(
    "step",
    [
        1.5, math.nan, math.inf, "1", True, np.True_, [1], np.array([1, 2]), 2**63, 1e300,
        pytest.param(10**5000, id="5000 digits"),
    ],
)  # fmt: skip
def test_steps_that_are_refused(step: object) -> None:
    with pytest.raises(InvalidValueError, match="step"):
        checked_step(step)

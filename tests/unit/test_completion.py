"""What the search box proposes: names, operators, values and keywords, where they fit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbtrack.dashboard.operations.complete import MAX_ITEMS, complete
from nbtrack.dashboard.operations.context import Context
from nbtrack.dashboard.protocol import CompleteResult, View
from nbtrack.errors import RequestError
from nbtrack.query.completion import operators_of, place_of
from nbtrack.query.nodes import Identifier
from nbtrack.query.parser import parse_search
from nbtrack.store import Database
from nbtrack.store.artifacts import ArtifactStore
from tests.unit.recorded_runs import deliver_run


def split(marked: str) -> tuple[str, int]:
    """Return a text and the place of the cursor, which is written as |."""
    assert marked.count("|") == 1
    return marked.replace("|", ""), marked.index("|")


@pytest.mark.parametrize(
    ("marked", "expected", "replaced", "fragment"),
    [
        ("|", "name", "", ""),
        ("acc|", "name", "acc", "acc"),
        ("ac|c", "name", "acc", "ac"),
        ("resnet base|", "word", "base", "base"),
        ('resnet "learning ra|', "word", '"learning ra', "learning ra"),
        ("metrics.|", "name", "metrics.", "metrics."),
        ("metrics.`val lo|", "name", "metrics.`val lo", "metrics.`val lo"),
        ("metrics.`val lo|ss` > 1", "name", "metrics.`val loss`", "metrics.`val lo"),
        ("status |", "operator", "", ""),
        ("status l|", "operator", "l", "l"),
        ("metrics.acc |", "operator", "", ""),
        ("status = |", "value", "", ""),
        ("status=|", "value", "", ""),
        ("status = 'fa|", "value", "'fa", "fa"),
        ("status = 'fa|iled'", "value", "'failed'", "fa"),
        ("status = 'fa|iled' AND attempt > 1", "value", "'failed'", "fa"),
        ("params.note = E'it\\'s|", "value", "E'it\\'s", "it's"),
        ("params.lr IN (1, |", "value", "", ""),
        ("params.lr BETWEEN 1 AND |", "value", "", ""),
        ("params.opt STARTS WITH 'a|", "value", "'a", "a"),
        ("params.opt not contains |", "value", "", ""),
        ("status = 'failed' |", "keyword", "", ""),
        ("status = 'failed' an|", "keyword", "an", "an"),
        ("params.lr BETWEEN 1 |", "keyword", "", ""),
        ("params.lr IS |", "keyword", "", ""),
        ("params.lr NOT |", "keyword", "", ""),
        ("user_id NOT st|", "keyword", "st", "st"),
        ("user_id starts |", "keyword", "", ""),
        ("user_id was here |", "word", "", ""),
        ("NOT (status = 'failed' OR |", "name", "", ""),
        ("status = 'a' AND met| > 1", "name", "met", "met"),
    ],
)
def test_what_is_expected_at_the_cursor(
    marked: str, expected: str, replaced: str, fragment: str
) -> None:
    text, cursor = split(marked)
    place = place_of(text, cursor)
    assert place is not None
    assert (place.expected, place.fragment) == (expected, fragment)
    assert text[place.start : place.end] == replaced


@pytest.mark.parametrize("marked", ["foo = |", "status = 'a' 'b' |", "metrics.acc > > |", ") = |"])
def test_nothing_is_proposed_where_nothing_fits(marked: str) -> None:
    assert place_of(*split(marked)) is None


@given(st.text(max_size=20) | st.text(alphabet="metrics.a>1 AND('\"`)=E", max_size=20), st.data())
def test_any_text_has_a_place_around_the_cursor_or_none(text: str, data: st.DataObject) -> None:
    cursor = data.draw(st.integers(0, len(text)))
    place = place_of(text, cursor)
    assert place is None or 0 <= place.start <= cursor <= place.end <= len(text)


@pytest.mark.parametrize(
    "identifier",
    [
        Identifier("metric", "acc"), Identifier("param", "lr"), Identifier("tag", "team"),
        Identifier("dataset", "name"), Identifier("attribute", "status"),
        Identifier("attribute", "start_time"), Identifier("attribute", "run_name"),
        Identifier("attribute", "attempt"), Identifier("any", ""),
    ],
)  # fmt: skip
def test_every_proposed_operator_is_accepted(identifier: Identifier) -> None:
    proposed = [operator for operator, _ in operators_of(identifier)]
    assert proposed
    prefix = {"metric": "metrics.", "param": "params.", "tag": "tags.", "dataset": "datasets."}
    name = "any" if identifier.entity == "any" else identifier.key
    for operator in proposed:
        searches = [f"{prefix.get(identifier.entity, '')}{name} {operator} {constant}"
                    for constant in _constants(operator)]  # fmt: skip
        assert any(_is_accepted(search) for search in searches), searches


def _constants(operator: str) -> list[str]:
    match operator:
        case "IN (" | "NOT IN (":
            return ["1)", "'a')"]
        case "BETWEEN":
            return ["1 AND 2"]
        case "IS NULL" | "IS NOT NULL":
            return [""]
        case _:
            return ["1", "'a'"]


def _is_accepted(search: str) -> bool:
    try:
        parse_search(search, plain_words=False)
    except Exception:
        return False
    return True


@pytest.fixture
def context(database: Database) -> Context:
    for number in range(3):
        deliver_run(
            database,
            name=f"elm-{number}",
            params={"opt": "adam" if number else "it's sgd", "lr": number, "depth": 3},
            metrics={"val acc": 0.5, "accuracy": 0.9},
            tags={"team": "red pandas"},
            start=number,
        )
    deliver_run(database, name="old", metrics={"old_acc": 1.0}, start=-1)
    return Context(database, ArtifactStore(database.config.artifacts))


def ask(context: Context, marked: str, view: View | None = None) -> CompleteResult:
    text, cursor = split(marked)
    return complete(context, {"view": view or {}, "text": text, "cursor": cursor})


def texts(context: Context, marked: str) -> list[str]:
    return [item["text"] for item in ask(context, marked)["items"]]


def test_names_that_begin_so_come_first_and_keys_with_odd_characters_are_quoted(
    context: Context,
) -> None:
    assert texts(context, "acc|") == ["metrics.accuracy", "metrics.old_acc", "metrics.`val acc`"]
    assert texts(context, "metric.|") == [
        "metrics.accuracy", "metrics.old_acc", "metrics.`val acc`",
    ]  # fmt: skip
    assert texts(context, "status = 'failed' AND params.|") == [
        "params.depth", "params.lr", "params.opt",
    ]  # fmt: skip
    assert texts(context, "attempt > 1 OR sta|")[:2] == ["status", "start_time"]
    assert "datasets.name" in texts(context, "data|")


def test_values_in_use_are_quoted_as_the_language_wants_them(context: Context) -> None:
    assert texts(context, "params.opt = |") == ["'adam'", '"it\'s sgd"']
    assert texts(context, "params.opt = 'S|") == ['"it\'s sgd"']
    assert texts(context, "params.lr = |") == ["0", "1", "2"]
    assert texts(context, "status = 'co|") == ["'completed'"]
    assert texts(context, "experiment = |") == ["'quick'"]
    assert texts(context, "tags.team = |") == ["'red pandas'"]
    assert ask(context, "params.depth = |")["items"] == [
        {"text": "3", "kind": "value", "detail": "3 runs"}
    ]


def test_plain_words_may_become_names_or_values(context: Context) -> None:
    assert texts(context, "pan|") == ['"red pandas"']
    assert texts(context, "elm pan|") == ['"red pandas"']
    assert texts(context, "elm-|") == ["elm-0", "elm-1", "elm-2"]
    assert texts(context, "depth|") == ["params.depth"]


def test_keywords_follow_a_condition(context: Context) -> None:
    assert texts(context, "status = 'failed' |") == ["AND", "OR"]
    assert texts(context, "status = 'failed' a|") == ["AND"]
    assert texts(context, "status = 'failed' AND n|")[-1] == "NOT"


def test_there_are_few_proposals_and_bad_requests_are_refused(context: Context) -> None:
    assert len(ask(context, "|")["items"]) == MAX_ITEMS
    assert ask(context, f"{'x' * 100_000}|")["items"] == []
    with pytest.raises(RequestError, match="cursor stands at 5"):
        complete(context, {"view": {}, "text": "abc", "cursor": 5})

import random
import re

from nbtrack.recording.names import ADJECTIVES, ANIMALS, run_name


def test_a_name_is_adjective_animal_number() -> None:
    names = {run_name() for _ in range(200)}
    assert all(re.fullmatch(r"[a-z]+-[a-z]+-[1-9]\d\d", name) for name in names)
    assert len(names) > 190


def test_the_lists_hold_64_different_words_each() -> None:
    assert len(set(ADJECTIVES)) == len(ADJECTIVES) == 64
    assert len(set(ANIMALS)) == len(ANIMALS) == 64


def test_the_users_random_numbers_neither_decide_the_name_nor_are_used_up() -> None:
    random.seed(7)
    expected = random.random()
    random.seed(7)
    first = run_name()
    assert random.random() == expected
    random.seed(7)
    assert {run_name() for _ in range(20)} != {first}

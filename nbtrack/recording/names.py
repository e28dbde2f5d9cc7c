"""Friendly names for runs: adjective, animal, number."""

from __future__ import annotations

import secrets


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


ADJECTIVES = _words(
    """
    agile amber ample autumn azure balmy bold brave breezy bright brisk calm candid cheerful
    clever coral cosmic cozy crisp curious daring dapper eager early earnest fair fearless
    fleet fluent fond gentle genial gleaming golden graceful hardy hearty humble jaunty jolly
    keen kindly lively lucid lucky mellow merry mighty misty modest nimble noble patient placid
    polite quick quiet radiant serene spry steady sunny vivid witty
    """
)

ANIMALS = _words(
    """
    albatross alpaca avocet badger beaver bison bluebird bobcat caribou chamois cheetah chickadee
    condor cormorant crane curlew dolphin dormouse egret eider elk falcon ferret finch fox gazelle
    gecko gibbon goldfinch hare hedgehog heron hoopoe ibex ibis jackdaw kestrel kingfisher kiwi
    koala lark lemur linnet llama lynx marmot marten meerkat merlin moose narwhal newt nuthatch
    ocelot oriole osprey otter owl panda pelican penguin plover puffin quail
    """
)


def run_name() -> str:
    """Return a name such as ``calm-otter-417``; it need not be unique.

    It draws from the operating system, so that ``random.seed`` neither decides it nor feels it.

    Examples
    --------
    >>> adjective, animal, number = run_name().split("-")
    >>> 100 <= int(number) <= 999
    True
    """
    number = 100 + secrets.randbelow(900)
    return f"{secrets.choice(ADJECTIVES)}-{secrets.choice(ANIMALS)}-{number}"

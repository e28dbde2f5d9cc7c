"""Keeps passwords, tokens and keys out of what leaves the process."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

MASK = "[masked]"

SECRET_PHRASES = (
    "password", "passwords", "passwd", "pwd", "passphrase", "passcode",
    "secret", "secrets", "credential", "credentials", "authorization", "bearer", "token",
    "api key", "api keys", "access key", "access keys", "account key", "auth key",
    "encryption key", "private key", "private keys", "secret key", "secret keys",
    "service key", "shared key", "signing key", "ssh key", "storage key", "connection string",
)  # fmt: skip
"""Words, or words in a row, that tell a secret by its key."""

_RUN_TOGETHER = re.compile(
    r".*(password|passwd|passphrase|clientsecret|apikey|accesskey|privatekey|secretkey"
    r"|accesstoken|authtoken|apitoken|refreshtoken|connectionstring)s?"
)
_DEEPEST = 200
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_A-Za-z]+")
_USER_INFO = re.compile(r"(?<=://)[^/?#\s:@]*:[^/?#\s@]+(?=@)")
_ADDRESS_AND_PATH = re.compile(r"([^/?#]*)([^?#]*)")
_HOST_AND_PORT = re.compile(r"(\[[^\[\]]*\]|[^:\[\]]*)(:\d*)?")
_SCP_LIKE = re.compile(r"(?:(?P<user>[^@/]*)@)?(?P<host>[^/:@\[\]]+|\[[^\]]+\]):(?P<path>.*)")


def _words(key: str) -> list[str]:
    return [word.lower() for word in _WORDS.findall(key)]


_TEXT_TOKEN = frozenset(
    _words(
        "pad padding eos bos unk unknown cls mask masked sep special start end stop first last "
        "next prev previous per each max min n num number of no total avg mean image text prompt "
        "input output decoder encoder forced"
    )
)
_MEASURE = frozenset(
    _words(
        "count counts type types id ids idx index size len length limit budget dim dims dropout "
        "embedding embeddings embed rate ratio weight weights loss level position positions per "
        "policy strength mask merging pruning mixing classification expiry expires ttl"
    )
)


def mask_secret(key: str, value: Any, extra: Iterable[str] = ()) -> Any:
    """Return `value`, or ``[masked]`` in place of what looks like a secret by its key.

    Keys are compared word by word (``db_password``, ``HF_TOKEN``, ``apiKey``), so that
    ``tokenizer``, ``max_tokens`` and ``pad_token`` are left alone. Inside a dict or a list each
    key counts, and a password inside a URL is masked whatever its key is. None, True and False
    are never secrets.

    Parameters
    ----------
    key : str
        The name of the value.
    value : object
        Any param or tag.
    extra : iterable of str
        Further words, or words in a row, that tell a secret: ``"pin"``, ``"customer number"``.

    Examples
    --------
    >>> mask_secret("db_password", "hunter2")
    '[masked]'
    >>> mask_secret("db", {"user": "ada", "apiKey": "k-1", "max_tokens": 256})
    {'user': 'ada', 'apiKey': '[masked]', 'max_tokens': 256}
    """
    return _masked(key, value, _phrases(tuple(extra)))


def is_secret_key(key: str, extra: Iterable[str] = ()) -> bool:
    """Tell whether a key looks like that of a secret.

    Examples
    --------
    >>> [is_secret_key(key) for key in ("HF_TOKEN", "tokenizer", "n_tokens")]
    [True, False, False]
    """
    return _is_secret(_words(key), _phrases(tuple(extra)))


def without_credentials(url: str) -> str:
    """Return a URL or a git remote without user, password, query and fragment.

    The account ``git``, which says nothing, stays. Plain paths come back as they are.

    Examples
    --------
    >>> without_credentials("https://ada:t0ken@example.org/team/repo.git?key=1")
    'https://example.org/team/repo.git'
    >>> without_credentials("git@example.org:team/repo.git")
    'git@example.org:team/repo.git'
    """
    transport, separator, address = url.partition("::")
    if separator and transport.replace("-", "").isalnum():
        return f"{transport}::{without_credentials(address)}"
    if "://" in url:
        return _clean_url(url)
    scp_like = _SCP_LIKE.fullmatch(url)
    if scp_like is None or scp_like["user"] in (None, "git"):
        return url
    return f"{scp_like['host']}:{scp_like['path']}"


def _clean_url(url: str) -> str:
    scheme, _, rest = url.partition("://")
    address, path = _ADDRESS_AND_PATH.match(rest).groups()  # type: ignore[union-attr]
    user, _, host = address.rpartition("@")
    if not _HOST_AND_PORT.fullmatch(host):
        return f"{scheme}://{MASK}"
    return f"{scheme}://{'git@' if user == 'git' else ''}{host}{path}"


@lru_cache(maxsize=16)
def _phrases(extra: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    split = (tuple(_words(phrase)) for phrase in (*SECRET_PHRASES, *extra))
    return tuple(phrase for phrase in split if phrase)


def _masked(key: str, value: Any, phrases: Sequence[tuple[str, ...]], depth: int = 0) -> Any:
    if value is None or isinstance(value, bool) or depth > _DEEPEST:
        return value
    if _is_secret(_words(key), phrases):
        return MASK
    if isinstance(value, Mapping):
        return {name: _masked(str(name), item, phrases, depth + 1) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_masked("", item, phrases, depth + 1) for item in value]
    if isinstance(value, str):
        return _USER_INFO.sub(MASK, value)
    return value


def _is_secret(words: Sequence[str], phrases: Sequence[tuple[str, ...]]) -> bool:
    for start, word in enumerate(words):
        if _RUN_TOGETHER.fullmatch(word) and not _is_harmless(words, start, start + 1):
            return True
    for phrase in phrases:
        for start in range(len(words) - len(phrase) + 1):
            end = start + len(phrase)
            if tuple(words[start:end]) == phrase and not _is_harmless(words, start, end):
                return True
    return False


def _is_harmless(words: Sequence[str], start: int, end: int) -> bool:
    """Tell whether the neighbours show a measure (``password_length``) or a token of text."""
    if end < len(words) and words[end] in _MEASURE:
        return True
    return start > 0 and words[start] == "token" and words[start - 1] in _TEXT_TOKEN

"""How keys and texts are written in the search language, and read back."""

from __future__ import annotations

import re

_QUOTES = "`\"'"
_PLAIN_KEY = re.compile(r"\w+(\.[^\W\d]\w*)*")
_ESCAPED = re.compile(r"e'((?:\\.|[^'\\])*)'", re.IGNORECASE | re.DOTALL)


def quoted_key(key: str) -> str:
    """Return a key as an identifier of the search language writes it.

    Examples
    --------
    >>> quoted_key("cfg.lr"), quoted_key("val loss")
    ('cfg.lr', '`val loss`')
    """
    if _PLAIN_KEY.fullmatch(key):
        return key
    quote = next((quote for quote in _QUOTES if quote not in key), None)
    return f"{quote}{key}{quote}" if quote else escaped_text(key)


def unquoted_key(text: str) -> str:
    """Return the key that an identifier writes, with or without quotes.

    Examples
    --------
    >>> unquoted_key("`val loss`"), unquoted_key("cfg.lr")
    ('val loss', 'cfg.lr')
    """
    escaped = _ESCAPED.fullmatch(text)
    if escaped:
        return unescaped(escaped[1])
    if len(text) > 1 and text[0] == text[-1] and text[0] in _QUOTES:
        return text[1:-1]
    return text


def quoted_text(text: str) -> str:
    r"""Return a text as a constant of the search language.

    Quotes within a quoted text end it or stay as typed, so such a text is written with escapes.

    Examples
    --------
    >>> print(quoted_text("resnet"), quoted_text("it's"), quoted_text('6" of it\'s'))
    'resnet' "it's" E'6" of it\'s'
    """
    if "\\" not in text:
        for quote in "'\"":
            if quote not in text:
                return f"{quote}{text}{quote}"
    return escaped_text(text)


def escaped_text(text: str) -> str:
    r"""Return a text in the form in which a backslash takes the next character as it is.

    Examples
    --------
    >>> print(escaped_text("it's"))
    E'it\'s'
    """
    return "E'" + re.sub(r"(['\\])", r"\\\1", text) + "'"


def unescaped(text: str) -> str:
    r"""Return what `escaped_text` wrote between its quotes.

    Examples
    --------
    >>> print(unescaped(r"it\'s"))
    it's
    """
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)

"""The errors nbtrack raises. Each class has a stable ``code`` that also travels to the dashboard.

NbtrackError
├── UserError                a mistake of the caller; the message says what is allowed
│   ├── InvalidKeyError          empty, too long, or with control characters
│   ├── InvalidValueError        a value of the wrong type or range
│   ├── ParamConflictError       another value for a param that is already written
│   ├── RunStateError            the run has ended, or none is active
│   ├── ConflictError            somebody else changed the same thing meanwhile
│   ├── ArtifactError            a missing file, or a name that leaves the run's folder
│   ├── NotFoundError            no such run, experiment, model or artifact
│   ├── ConfigError              an unknown setting or an unusable store URL
│   └── QueryError               a search that does not parse; knows its position
├── RequestError             a malformed or unknown request to the dashboard's service
└── StoreError               the database
    ├── StoreUnavailableError    not reachable, locked, or read-only; trying again may help
    ├── StoreCorruptError        not a database, or damaged
    └── StoreVersionError        written by a newer nbtrack
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class NbtrackError(Exception):
    """Root of all errors of nbtrack.

    Parameters
    ----------
    message : str
        What happened, with the offending value.
    hint : str, optional
        What to do about it.
    """

    code = "nbtrack_error"

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}" if self.hint else self.message


class UserError(NbtrackError):
    """A mistake of the caller."""

    code = "user_error"


class InvalidKeyError(UserError):
    """A key that is empty, longer than 250 characters, or holds control characters."""

    code = "invalid_key"


class InvalidValueError(UserError):
    """A value of the wrong type or out of range."""

    code = "invalid_value"


class ParamConflictError(UserError):
    """A param was written before with another value."""

    code = "param_conflict"


class RunStateError(UserError):
    """No run is active, or the run has already ended."""

    code = "run_state"


class ConflictError(UserError):
    """Somebody else has changed the same thing meanwhile; nothing was done."""

    code = "conflict"


class ArtifactError(UserError):
    """An artifact that is missing, or whose name leaves the run's folder."""

    code = "artifact"


class NotFoundError(UserError):
    """There is no run, experiment, model or artifact of that name."""

    code = "not_found"


class ConfigError(UserError):
    """An unknown setting, or a store URL that cannot be used."""

    code = "config"


class QueryError(UserError):
    """A search that cannot be understood.

    Parameters
    ----------
    message : str
        What is wrong.
    text : str
        The search as typed.
    span : tuple of (int, int)
        Start and end of the offending part, in characters of `text`.
    hint : str, optional
        What was expected there, or the nearest valid name.
    """

    code = "query"

    def __init__(
        self, message: str, *, text: str, span: tuple[int, int], hint: str | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.text = text
        self.span = span

    def caret(self) -> str:
        """Return the offending line of the search with carets below the offending part.

        Examples
        --------
        >>> print(QueryError("unknown attribute", text="foo = 'x'", span=(0, 3)).caret())
        foo = 'x'
        ^^^
        """
        start, end = self.span
        line_start = self.text.rfind("\n", 0, start) + 1
        line_end = self.text.find("\n", start)
        line = self.text[line_start : line_end if line_end >= 0 else len(self.text)]
        width = max(1, min(end, line_start + len(line)) - start)
        return f"{line}\n{' ' * (start - line_start)}{'^' * width}"

    def __str__(self) -> str:
        return f"{super().__str__()}\n{self.caret()}"


class UnpicklingWarning(UserWarning):
    """Loading a model may run code that its author has put into it."""


class RequestError(NbtrackError):
    """A request to the dashboard's service that is malformed or names no operation."""

    code = "request"


class StoreError(NbtrackError):
    """The database refused or failed."""

    code = "store"


class StoreUnavailableError(StoreError):
    """The database cannot be reached or written now; trying again may help."""

    code = "store_unavailable"


class StoreCorruptError(StoreError):
    """The file is not a database, or it is damaged."""

    code = "store_corrupt"


class StoreVersionError(StoreError):
    """The store was written by a newer nbtrack."""

    code = "store_version"


def did_you_mean(name: str, choices: Iterable[str]) -> str | None:
    """Return ``Did you mean 'x'?`` for the choice nearest to `name`, or None.

    Examples
    --------
    >>> did_you_mean("metric", ["metrics", "params"])
    "Did you mean 'metrics'?"
    """
    nearest = difflib.get_close_matches(name, list(choices), n=1, cutoff=0.6)
    return f"Did you mean {nearest[0]!r}?" if nearest else None

"""The names of the search language: what each may be compared with, and by which operators.

MLflow's names keep MLflow's operators, so a search means the same in both; nbtrack adds ranges,
numeric params, ISO dates, tests for missing values, and attributes of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from nbtrack.model import Status
from nbtrack.query.nodes import Entity

SearchEntity = Literal["run", "experiment", "registered_model", "model_version"]
"""What is searched."""

FieldType = Literal["text", "number", "date", "status", "experiment_id"]

EQUALITY = frozenset({"=", "!="})
ORDERING = frozenset({"<", "<=", ">", ">=", "BETWEEN"})
PATTERN = frozenset({"LIKE", "ILIKE", "CONTAINS", "STARTS WITH", "ENDS WITH"})
LIST = frozenset({"IN", "NOT IN"})
NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Field:
    """What one name may be compared with."""

    type: FieldType
    text_operators: frozenset[str] = NONE
    """Allowed with a quoted constant."""
    number_operators: frozenset[str] = NONE
    """Allowed with an unquoted number."""
    nullable: bool = False
    """Whether ``IS NULL`` and ``IS NOT NULL`` may be asked."""


_NAME = Field("text", EQUALITY | PATTERN)
_IDENTIFIER = Field("text", EQUALITY | PATTERN | LIST)
_OPTIONAL_NAME = Field("text", EQUALITY | PATTERN, nullable=True)
_OPTIONAL_TEXT = Field("text", EQUALITY | PATTERN | LIST, nullable=True)
_DATE = Field("date", EQUALITY | ORDERING, EQUALITY | ORDERING, nullable=True)
_CREATION_DATE = Field("date", EQUALITY | ORDERING, EQUALITY | ORDERING)

_METRIC = Field("number", number_operators=EQUALITY | ORDERING, nullable=True)
_PARAM = Field("text", EQUALITY | PATTERN, EQUALITY | ORDERING | LIST, nullable=True)
_TAG = _OPTIONAL_NAME

_RUN_ATTRIBUTES = {
    "run_id": _IDENTIFIER,
    "run_name": _NAME,
    "status": Field("status", EQUALITY | PATTERN),
    "artifact_uri": _OPTIONAL_NAME,
    "user_id": _OPTIONAL_NAME,
    "start_time": _DATE,
    "end_time": _DATE,
    "experiment": _IDENTIFIER,
    "notebook": _OPTIONAL_TEXT,
    "cell_id": _OPTIONAL_TEXT,
    "attempt": Field("number", number_operators=EQUALITY | ORDERING | LIST, nullable=True),
    "kernel_id": _OPTIONAL_TEXT,
    "host": _OPTIONAL_TEXT,
    "git_commit": _OPTIONAL_TEXT,
    "git_branch": _OPTIONAL_TEXT,
    "duration": Field("number", number_operators=EQUALITY | ORDERING, nullable=True),
    "reason": _OPTIONAL_TEXT,
    "description": _OPTIONAL_TEXT,
}

_RUN_PREFIXES: dict[str, Entity] = {
    "metrics": "metric",
    "metric": "metric",
    "params": "param",
    "param": "param",
    "parameters": "param",
    "parameter": "param",
    "tags": "tag",
    "tag": "tag",
    "attributes": "attribute",
    "attribute": "attribute",
    "attr": "attribute",
    "run": "attribute",
    "datasets": "dataset",
    "dataset": "dataset",
}
_OTHER_PREFIXES: dict[str, Entity] = {"attribute": "attribute", "tags": "tag", "tag": "tag"}


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All names that a search for one kind of thing may use."""

    prefixes: Mapping[str, Entity]
    attributes: Mapping[str, Field]
    keyed: Mapping[Entity, Field]
    """Entities with free keys, such as params."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    datasets: Mapping[str, Field] = field(default_factory=dict)
    anywhere: Field | None = None
    """What all columns together may be asked, by the name ``any``."""

    def find(self, entity: Entity, key: str) -> Field | None:
        """Return what `key` may be compared with, or None if there is no such name."""
        if entity == "attribute":
            return self.attributes.get(key)
        if entity == "dataset":
            return self.datasets.get(key)
        if entity == "any":
            return self.anywhere
        return self.keyed.get(entity)


VOCABULARIES: Mapping[SearchEntity, Vocabulary] = MappingProxyType(
    {
        "run": Vocabulary(
            prefixes=_RUN_PREFIXES,
            attributes=_RUN_ATTRIBUTES,
            keyed={"metric": _METRIC, "param": _PARAM, "tag": _TAG},
            aliases={
                "created": "start_time",
                "Created": "start_time",
                "run name": "run_name",
                "Run name": "run_name",
                "Run Name": "run_name",
            },
            datasets={"name": _IDENTIFIER, "digest": _IDENTIFIER, "context": _IDENTIFIER},
            anywhere=Field("text", frozenset({"CONTAINS"})),
        ),
        "experiment": Vocabulary(
            prefixes=_OTHER_PREFIXES,
            attributes={
                "name": _NAME,
                "experiment_id": Field("experiment_id", EQUALITY | LIST),
                "creation_time": _CREATION_DATE,
                "last_update_time": _CREATION_DATE,
            },
            keyed={"tag": _TAG},
        ),
        "registered_model": Vocabulary(
            prefixes=_OTHER_PREFIXES,
            attributes={"name": _IDENTIFIER},
            keyed={"tag": _NAME},
        ),
        "model_version": Vocabulary(
            prefixes=_OTHER_PREFIXES,
            attributes={
                "name": _IDENTIFIER,
                "version_number": Field("number", EQUALITY | ORDERING, EQUALITY | ORDERING),
                "run_id": _IDENTIFIER,
                "source_path": _NAME,
            },
            keyed={"tag": _NAME},
        ),
    }
)

STATUS_NAMES: Mapping[Status, tuple[str, ...]] = MappingProxyType(
    {
        Status.QUEUED: ("queued", "SCHEDULED"),
        Status.RUNNING: ("running", "RUNNING"),
        Status.COMPLETED: ("completed", "FINISHED"),
        Status.FAILED: ("failed", "FAILED"),
        Status.INTERRUPTED: ("interrupted", "KILLED"),
        Status.DEAD: ("dead", "FAILED"),
    }
)
"""Each status by nbtrack's name and by MLflow's, which has no word for a dead run."""

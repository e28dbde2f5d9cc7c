"""Registered models as the command line prints them."""

from __future__ import annotations

from collections.abc import Sequence

from nbtrack import listing
from nbtrack.model import ModelStage, ModelVersion, RegisteredModel


def model_table(models: Sequence[RegisteredModel]) -> str:
    """Return models as a table of text, a line each."""
    if not models:
        return "No registered models."
    lines = [("MODEL", "VERSIONS", "PRODUCTION", "STAGING", "ALIASES", "UPDATED")]
    return listing.table([*lines, *map(_model_line, models)])


def _model_line(model: RegisteredModel) -> tuple[str, ...]:
    return (
        model.name,
        str(model.version_count),
        str(model.latest.get(ModelStage.PRODUCTION, "")),
        str(model.latest.get(ModelStage.STAGING, "")),
        " ".join(f"{alias}={version}" for alias, version in model.aliases.items()),
        listing.local_time(model.updated),
    )


def model_page(model: RegisteredModel, versions: Sequence[ModelVersion]) -> str:
    """Return a model and its versions as text."""
    head = {"name": model.name, "description": model.description or "", **model.tags}
    lines = [("VERSION", "STAGE", "ALIASES", "SAVED BY", "RUN", "REGISTERED")]
    for each in versions:
        library, release = each.library.get("library"), each.library.get("version")
        lines.append(
            (
                str(each.version),
                each.stage.value,
                " ".join(each.aliases),
                f"{library} {release or ''}".strip() if library else "",
                (each.run_id or "")[:8],
                listing.local_time(each.created),
            )
        )
    body = listing.table(lines) if versions else "No versions."
    return f"{listing.pairs(head)}\n\n{body}"

"""The model registry: deletion that can be undone, lineage to runs of any store, what saved it."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

TABLES = ("registered_models", "model_versions", "model_tags", "model_aliases")


def upgrade() -> None:
    """Make the four tables anew around the rows they have."""
    kept = {name: _rows(f"SELECT * FROM {name}") for name in TABLES}  # noqa: S608
    run_ids = _run_ids()
    for name in reversed(TABLES):
        op.drop_table(name)
    made = _create_tables()
    for row in kept["registered_models"]:
        own = [each for each in kept["model_versions"] if each["model_id"] == row["id"]]
        row["last_version"] = max((each["version"] for each in own), default=0)
    for row in kept["model_versions"]:
        row["source_run_id"] = run_ids.get(row.pop("run_id"))
    for name in TABLES:
        if kept[name]:
            op.bulk_insert(made[name], kept[name])
    if op.get_bind().dialect.name == "postgresql" and kept["registered_models"]:
        op.execute(
            "SELECT setval(pg_get_serial_sequence('registered_models', 'id'), max(id)) "
            "FROM registered_models"
        )


def _rows(statement: str) -> list[dict[str, Any]]:
    return [dict(row) for row in op.get_bind().execute(sa.text(statement)).mappings()]


def _run_ids() -> dict[int | None, str]:
    statement = (
        "SELECT id, run_id FROM runs WHERE id IN "
        "(SELECT run_id FROM model_versions WHERE run_id IS NOT NULL)"
    )
    return {row["id"]: row["run_id"] for row in _rows(statement)}


def _create_tables() -> dict[str, sa.Table]:
    active = sa.text("deleted IS NULL")
    models = op.create_table(
        "registered_models",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=256), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("updated", sa.BigInteger(), nullable=False),
        sa.Column("deleted", sa.BigInteger(), comment="when it was marked as deleted"),
        sa.Column(
            "last_version",
            sa.Integer(),
            server_default="0",
            nullable=False,
            comment="the highest number ever given to a version: none is given twice",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registered_models")),
    )
    op.create_index(
        "uq_registered_models_active_name",
        "registered_models",
        ["name"],
        unique=True,
        sqlite_where=active,
        postgresql_where=active,
    )
    versions = _create_versions()
    tags = op.create_table(
        "model_tags",
        sa.Column("model_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, comment="0: the model itself"),
        sa.Column("key", sa.String(length=250), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        _model_reference("model_tags"),
        sa.PrimaryKeyConstraint("model_id", "version", "key", name=op.f("pk_model_tags")),
    )
    aliases = op.create_table(
        "model_aliases",
        sa.Column("model_id", sa.Integer(), nullable=False),
        sa.Column("alias", sa.String(length=256), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _model_reference("model_aliases"),
        sa.PrimaryKeyConstraint("model_id", "alias", name=op.f("pk_model_aliases")),
    )
    return {table.name: table for table in (models, versions, tags, aliases)}


def _create_versions() -> sa.Table:
    versions = op.create_table(
        "model_versions",
        sa.Column("model_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "source_run_id",
            sa.String(length=250),
            comment="the run_id by which people know the run; it may be of another store",
        ),
        sa.Column(
            "artifact_path", sa.Text(), comment="folder of the model among the run's artifacts"
        ),
        sa.Column("source", sa.Text(), comment="URI of the model's files"),
        sa.Column(
            "storage_location", sa.Text(), comment="where they really are, if that is elsewhere"
        ),
        sa.Column("stage", sa.String(length=10), server_default="None", nullable=False),
        sa.Column("description", sa.Text()),
        sa.Column("schema", sa.Text(), comment="JSON: inputs and outputs, in MLflow's types"),
        sa.Column("library", sa.Text(), comment="JSON: what saved it: name, version, format"),
        sa.Column("user_id", sa.Text()),
        sa.Column("status", sa.String(length=20), server_default="READY", nullable=False),
        sa.Column("status_message", sa.Text()),
        sa.Column("run_link", sa.Text()),
        sa.Column("logged_model_id", sa.Text(), comment="MLflow's id of the logged model"),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("updated", sa.BigInteger(), nullable=False),
        sa.Column("deleted", sa.BigInteger(), comment="when it was marked as deleted"),
        _model_reference("model_versions"),
        sa.PrimaryKeyConstraint("model_id", "version", name=op.f("pk_model_versions")),
    )
    op.create_index(
        op.f("ix_model_versions_source_run_id"), "model_versions", ["source_run_id"], unique=False
    )
    return versions


def _model_reference(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["model_id"],
        ["registered_models.id"],
        name=op.f(f"fk_{table}_model_id_registered_models"),
        ondelete="CASCADE",
    )

"""Where MLflow's runs keep their files, tags of inputs, and models that runs log or use."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Bring the schema to this version."""
    op.add_column(
        "experiments",
        sa.Column(
            "updated", sa.BigInteger(), comment="when it was last renamed, deleted or restored"
        ),
    )
    op.add_column(
        "experiments",
        sa.Column(
            "artifact_location", sa.Text(), comment="of MLflow's runs; NULL: the artifact store"
        ),
    )
    op.add_column(
        "run_datasets",
        sa.Column(
            "tags", sa.Text(), comment="JSON, pairs of key and value, as MLflow's clients gave them"
        ),
    )
    _add_models()
    _add_model_values()
    op.create_table(
        "run_models",
        sa.Column("run_id", _big_id(), nullable=False),
        sa.Column("direction", sa.String(length=6), nullable=False, comment="input or output"),
        sa.Column("model_id", sa.String(length=50), nullable=False),
        sa.Column(
            "step", sa.BigInteger(), autoincrement=False, nullable=False, comment="0 for an input"
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name=op.f("fk_run_models_run_id_runs"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint(
            "run_id", "direction", "model_id", "step", name=op.f("pk_run_models")
        ),
    )
    op.create_index(op.f("ix_run_models_model_id"), "run_models", ["model_id"])


def _big_id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _add_models() -> None:
    op.create_table(
        "logged_models",
        sa.Column("model_id", sa.String(length=50), nullable=False),
        sa.Column("experiment_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("model_type", sa.Text()),
        sa.Column(
            "status", sa.String(length=20), nullable=False, comment="PENDING, READY or FAILED"
        ),
        sa.Column("stage", sa.String(length=8), server_default="active", nullable=False),
        sa.Column("source_run_id", sa.String(length=32), comment="the run that made it"),
        sa.Column("artifact_location", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("updated", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["experiment_id"],
            ["experiments.id"],
            name=op.f("fk_logged_models_experiment_id_experiments"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("model_id", name=op.f("pk_logged_models")),
    )
    op.create_index(
        op.f("ix_logged_models_experiment_id_created"),
        "logged_models",
        ["experiment_id", "created"],
    )
    op.create_index(op.f("ix_logged_models_source_run_id"), "logged_models", ["source_run_id"])


def _add_model_values() -> None:
    for name in ("logged_model_params", "logged_model_tags"):
        op.create_table(
            name,
            sa.Column("model_id", sa.String(length=50), nullable=False),
            sa.Column("key", sa.String(length=255), nullable=False),
            sa.Column("value", sa.Text(), nullable=False),
            _model_reference(name),
            sa.PrimaryKeyConstraint("model_id", "key", name=op.f(f"pk_{name}")),
        )
    op.create_table(
        "logged_model_metrics",
        sa.Column("id", _big_id(), nullable=False),
        sa.Column("model_id", sa.String(length=50), nullable=False),
        sa.Column("key", sa.String(length=250), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.Column("timestamp", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.Double()),
        sa.Column(
            "run_id", sa.String(length=32), nullable=False, comment="the run that measured it"
        ),
        sa.Column("dataset_name", sa.Text()),
        sa.Column("dataset_digest", sa.Text()),
        _model_reference("logged_model_metrics"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_logged_model_metrics")),
    )
    op.create_index(
        op.f("ix_logged_model_metrics_model_id_key"), "logged_model_metrics", ["model_id", "key"]
    )


def _model_reference(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["model_id"],
        ["logged_models.model_id"],
        name=op.f(f"fk_{table}_model_id_logged_models"),
        ondelete="CASCADE",
    )

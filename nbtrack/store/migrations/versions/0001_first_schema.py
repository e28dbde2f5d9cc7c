"""The first schema."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | None = None
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create all tables."""
    op.create_table(
        "datasets",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("source_type", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("schema", sa.Text(), nullable=True, comment="JSON"),
        sa.Column("profile", sa.Text(), nullable=True, comment="JSON"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_datasets")),
        sa.UniqueConstraint("name", "digest", name=op.f("uq_datasets_name_digest")),
    )
    op.create_table(
        "environments",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column(
            "digest", sa.String(length=64), nullable=False, comment="SHA-256 of kind, content"
        ),
        sa.Column("kind", sa.String(length=8), nullable=False, comment="packages, host or git"),
        sa.Column("content", sa.Text(), nullable=False, comment="JSON"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_environments")),
        sa.UniqueConstraint("digest", name=op.f("uq_environments_digest")),
    )
    op.create_table(
        "experiments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=250), nullable=False),
        sa.Column("stage", sa.String(length=8), server_default="active", nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column(
            "deleted", sa.BigInteger(), nullable=True, comment="when it was marked as deleted"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_experiments")),
    )
    op.create_index(
        "uq_experiments_active_name",
        "experiments",
        ["name"],
        unique=True,
        sqlite_where=sa.text("stage = 'active'"),
        postgresql_where=sa.text("stage = 'active'"),
    )
    op.create_table(
        "kernels",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("boot_id", sa.Text(), nullable=False, comment="machine/boot/pid namespace"),
        sa.Column("pid", sa.BigInteger(), nullable=False),
        sa.Column(
            "process_start",
            sa.BigInteger(),
            nullable=False,
            comment="clock ticks since boot on Linux, epoch milliseconds elsewhere",
        ),
        sa.Column(
            "kernel_id", sa.Text(), nullable=True, comment="Jupyter's id, which outlives restarts"
        ),
        sa.Column("notebook", sa.Text(), nullable=True),
        sa.Column("started", sa.BigInteger(), nullable=False),
        sa.Column("heartbeat", sa.BigInteger(), nullable=False, comment="last sign of life"),
        sa.Column("ended", sa.BigInteger(), nullable=True, comment="seen to be gone"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kernels")),
        sa.UniqueConstraint(
            "boot_id", "pid", "process_start", name=op.f("uq_kernels_boot_id_pid_process_start")
        ),
    )
    op.create_table(
        "keys",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=6), nullable=False, comment="param, metric or tag"),
        sa.Column("name", sa.String(length=250), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_keys")),
        sa.UniqueConstraint("kind", "name", name=op.f("uq_keys_kind_name")),
    )
    op.create_table(
        "meta",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "store_id", sa.String(length=32), nullable=False, comment="random, given at creation"
        ),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column(
            "revision",
            sa.BigInteger(),
            nullable=False,
            comment="raised by each commit that changes what a dashboard may show",
        ),
        sa.CheckConstraint("id = 1", name=op.f("ck_meta_single_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meta")),
    )
    op.create_table(
        "registered_models",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=250), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("updated", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registered_models")),
        sa.UniqueConstraint("name", name=op.f("uq_registered_models_name")),
    )
    op.create_table(
        "sources",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False, comment="SHA-256 of the code"),
        sa.Column("code", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sources")),
        sa.UniqueConstraint("digest", name=op.f("uq_sources_digest")),
    )
    op.create_table(
        "views",
        sa.Column("view_id", sa.String(length=250), nullable=False),
        sa.Column("content", sa.Text(), nullable=False, comment="JSON, a View of the protocol"),
        sa.Column("updated", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("view_id", name=op.f("pk_views")),
    )
    op.create_table(
        "experiment_tags",
        sa.Column("experiment_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=250), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["experiment_id"],
            ["experiments.id"],
            name=op.f("fk_experiment_tags_experiment_id_experiments"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("experiment_id", "key", name=op.f("pk_experiment_tags")),
    )
    op.create_table(
        "model_aliases",
        sa.Column("model_id", sa.Integer(), nullable=False),
        sa.Column("alias", sa.String(length=250), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["model_id"],
            ["registered_models.id"],
            name=op.f("fk_model_aliases_model_id_registered_models"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("model_id", "alias", name=op.f("pk_model_aliases")),
    )
    op.create_table(
        "model_tags",
        sa.Column("model_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, comment="0: the model itself"),
        sa.Column("key", sa.String(length=250), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["model_id"],
            ["registered_models.id"],
            name=op.f("fk_model_tags_model_id_registered_models"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("model_id", "version", "key", name=op.f("pk_model_tags")),
    )
    op.create_table(
        "runs",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("run_id", sa.String(length=32), nullable=False),
        sa.Column("experiment_id", sa.Integer(), nullable=False),
        sa.Column("kernel_id", BIG_ID, nullable=True, comment="NULL: no kernel of ours"),
        sa.Column("parent_id", BIG_ID, nullable=True),
        sa.Column("run_name", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=11), nullable=False),
        sa.Column("stage", sa.String(length=8), server_default="active", nullable=False),
        sa.Column("reason", sa.Text(), nullable=True, comment="why it ended so, for people"),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("start_time", sa.BigInteger(), nullable=True),
        sa.Column("end_time", sa.BigInteger(), nullable=True),
        sa.Column(
            "deleted", sa.BigInteger(), nullable=True, comment="when it was marked as deleted"
        ),
        sa.Column("user_id", sa.Text(), nullable=True),
        sa.Column("notebook", sa.Text(), nullable=True),
        sa.Column("cell_id", sa.Text(), nullable=True),
        sa.Column(
            "attempt",
            sa.Integer(),
            nullable=True,
            comment="1, 2, ... among the runs of this notebook's cell",
        ),
        sa.Column("execution_count", sa.Integer(), nullable=True),
        sa.Column("message_id", sa.Text(), nullable=True, comment="of the execute_request"),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("artifact_uri", sa.Text(), nullable=True),
        sa.Column("git_commit", sa.String(length=64), nullable=True),
        sa.Column("git_branch", sa.Text(), nullable=True),
        sa.Column("peak_memory", sa.BigInteger(), nullable=True, comment="resident, bytes"),
        sa.Column("source_id", BIG_ID, nullable=True),
        sa.Column("packages_id", BIG_ID, nullable=True),
        sa.Column("host_id", BIG_ID, nullable=True),
        sa.Column("git_id", BIG_ID, nullable=True),
        sa.Column(
            "delivered",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="bytes of the run's outbox that are in the store",
        ),
        sa.ForeignKeyConstraint(
            ["experiment_id"], ["experiments.id"], name=op.f("fk_runs_experiment_id_experiments")
        ),
        sa.ForeignKeyConstraint(
            ["git_id"], ["environments.id"], name=op.f("fk_runs_git_id_environments")
        ),
        sa.ForeignKeyConstraint(
            ["host_id"], ["environments.id"], name=op.f("fk_runs_host_id_environments")
        ),
        sa.ForeignKeyConstraint(
            ["kernel_id"], ["kernels.id"], name=op.f("fk_runs_kernel_id_kernels")
        ),
        sa.ForeignKeyConstraint(
            ["packages_id"], ["environments.id"], name=op.f("fk_runs_packages_id_environments")
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["runs.id"], name=op.f("fk_runs_parent_id_runs"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["sources.id"], name=op.f("fk_runs_source_id_sources")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
        sa.UniqueConstraint("run_id", name=op.f("uq_runs_run_id")),
    )
    op.create_index(
        op.f("ix_runs_experiment_id_stage_start_time"),
        "runs",
        ["experiment_id", "stage", "start_time"],
        unique=False,
    )
    op.create_index(op.f("ix_runs_kernel_id_status"), "runs", ["kernel_id", "status"], unique=False)
    op.create_index(
        op.f("ix_runs_notebook_cell_id_attempt"),
        "runs",
        ["notebook", "cell_id", "attempt"],
        unique=False,
    )
    op.create_index(op.f("ix_runs_parent_id"), "runs", ["parent_id"], unique=False)
    op.create_index(op.f("ix_runs_stage_start_time"), "runs", ["stage", "start_time"], unique=False)
    op.create_table(
        "artifacts",
        sa.Column("run_id", BIG_ID, nullable=False),
        sa.Column("path", sa.String(length=1000), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False, comment="bytes"),
        sa.Column("digest", sa.String(length=64), nullable=False, comment="SHA-256"),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name=op.f("fk_artifacts_run_id_runs"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "path", name=op.f("pk_artifacts")),
    )
    op.create_table(
        "latest_metrics",
        sa.Column("id", BIG_ID, nullable=False, comment="the series"),
        sa.Column("run_id", BIG_ID, nullable=False),
        sa.Column("key_id", sa.Integer(), nullable=False),
        sa.Column(
            "last", sa.Double(), nullable=True, comment="of the highest step, then timestamp"
        ),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("last_timestamp", sa.BigInteger(), nullable=False),
        sa.Column("minimum", sa.Double(), nullable=True),
        sa.Column("maximum", sa.Double(), nullable=True),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["key_id"], ["keys.id"], name=op.f("fk_latest_metrics_key_id_keys")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name=op.f("fk_latest_metrics_run_id_runs"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_latest_metrics")),
        sa.UniqueConstraint("run_id", "key_id", name=op.f("uq_latest_metrics_run_id_key_id")),
    )
    op.create_index(
        op.f("ix_latest_metrics_key_id_last"), "latest_metrics", ["key_id", "last"], unique=False
    )
    op.create_table(
        "model_versions",
        sa.Column("model_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("run_id", BIG_ID, nullable=True),
        sa.Column("source", sa.Text(), nullable=True, comment="URI of the model's files"),
        sa.Column("stage", sa.String(length=10), server_default="None", nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("schema", sa.Text(), nullable=True, comment="JSON"),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("updated", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["model_id"],
            ["registered_models.id"],
            name=op.f("fk_model_versions_model_id_registered_models"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name=op.f("fk_model_versions_run_id_runs")
        ),
        sa.PrimaryKeyConstraint("model_id", "version", name=op.f("pk_model_versions")),
    )
    op.create_index(op.f("ix_model_versions_run_id"), "model_versions", ["run_id"], unique=False)
    op.create_table(
        "params",
        sa.Column("run_id", BIG_ID, nullable=False),
        sa.Column("key_id", sa.Integer(), nullable=False),
        sa.Column(
            "type", sa.String(length=5), nullable=False, comment="bool, int, float, str or json"
        ),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column(
            "number", sa.Double(), nullable=True, comment="the value, where it reads as a number"
        ),
        sa.ForeignKeyConstraint(["key_id"], ["keys.id"], name=op.f("fk_params_key_id_keys")),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name=op.f("fk_params_run_id_runs"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "key_id", name=op.f("pk_params")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_params_key_id_number"), "params", ["key_id", "number"], unique=False)
    op.create_table(
        "run_datasets",
        sa.Column("run_id", BIG_ID, nullable=False),
        sa.Column("dataset_id", BIG_ID, nullable=False),
        sa.Column("context", sa.String(length=250), server_default="", nullable=False),
        sa.Column(
            "artifact_path",
            sa.Text(),
            nullable=True,
            comment="where the kept copy is, if there is one",
        ),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["datasets.id"], name=op.f("fk_run_datasets_dataset_id_datasets")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name=op.f("fk_run_datasets_run_id_runs"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "dataset_id", "context", name=op.f("pk_run_datasets")),
    )
    op.create_index(
        op.f("ix_run_datasets_dataset_id"), "run_datasets", ["dataset_id"], unique=False
    )
    op.create_table(
        "run_events",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("run_id", BIG_ID, nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("from_status", sa.String(length=11), nullable=True),
        sa.Column("to_status", sa.String(length=11), nullable=True),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("observer", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name=op.f("fk_run_events_run_id_runs"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_events")),
    )
    op.create_index(op.f("ix_run_events_run_id"), "run_events", ["run_id"], unique=False)
    op.create_table(
        "run_outputs",
        sa.Column("run_id", BIG_ID, nullable=False),
        sa.Column("stdout", sa.Text(), nullable=True, comment="the tail"),
        sa.Column("stderr", sa.Text(), nullable=True, comment="the tail"),
        sa.Column("traceback", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name=op.f("fk_run_outputs_run_id_runs"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_run_outputs")),
    )
    op.create_table(
        "tags",
        sa.Column("run_id", BIG_ID, nullable=False),
        sa.Column("key_id", sa.Integer(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["key_id"], ["keys.id"], name=op.f("fk_tags_key_id_keys")),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name=op.f("fk_tags_run_id_runs"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "key_id", name=op.f("pk_tags")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_tags_key_id"), "tags", ["key_id"], unique=False)
    op.create_table(
        "metrics",
        sa.Column("series_id", BIG_ID, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False, comment="0, 1, ... as logged"),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.Column("timestamp", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["series_id"],
            ["latest_metrics.id"],
            name=op.f("fk_metrics_series_id_latest_metrics"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("series_id", "position", name=op.f("pk_metrics")),
        sqlite_with_rowid=False,
    )

"""What a grid of a million runs asks for: narrow indexes, and views that change no run."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Count the revisions of views apart; let narrow indexes hold all that sorting reads."""
    short_texts = sa.text("number IS NULL AND length(value) <= 200")
    op.add_column(
        "meta",
        sa.Column(
            "view_revision",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="how many of these changed no run, only how runs are shown",
        ),
    )
    op.drop_index("ix_runs_stage_start_time", table_name="runs")
    op.create_index(
        "ix_runs_overview",
        "runs",
        ["stage", sa.text("start_time DESC"), "run_id", "experiment_id", "status", "end_time"],
    )
    op.drop_index("ix_latest_metrics_key_id_last", table_name="latest_metrics")
    op.create_index(
        op.f("ix_latest_metrics_key_id_last_run_id"),
        "latest_metrics",
        ["key_id", "last", "run_id"],
    )
    op.create_index(
        "ix_params_texts",
        "params",
        ["key_id", "value", "number"],
        sqlite_where=short_texts,
        postgresql_where=short_texts,
    )

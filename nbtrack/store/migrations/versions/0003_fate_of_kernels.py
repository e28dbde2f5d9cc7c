"""What is known of a kernel's end: why it was told to, and the memory at its last heartbeat."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Bring the schema to this version."""
    op.add_column(
        "kernels",
        sa.Column("ending", sa.Text(), comment="why the process was told to end, if it was"),
    )
    op.add_column(
        "kernels",
        sa.Column("memory_used", sa.BigInteger(), comment="bytes, at the last heartbeat"),
    )
    op.add_column(
        "kernels",
        sa.Column(
            "memory_total", sa.BigInteger(), comment="bytes, of the machine or its container"
        ),
    )

"""Joint digs of many clients: which street sections a chance is about, what the ledger's sums are made of, drafts."""

from typing import Any  # columns of several types

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


_NEW: dict[str, list[sa.Column[Any]]] = {
    "opportunities": [
        sa.Column("edges", sa.JSON(), nullable=False, server_default="[]"),
        sa.Column("streets_version", sa.String(), nullable=False, server_default=""),
        sa.Column("priced_on", sa.Date(), nullable=True),
    ],
    "joint_works": [
        sa.Column("lead_work_id", sa.String(), nullable=True),
        sa.Column("today", sa.JSON(), nullable=False, server_default="{}"),
    ],
    "ledger_entries": [
        *(sa.Column(name, sa.JSON(), nullable=False, server_default="{}") for name in ("saving", "due", "parts")),
        sa.Column("sections", sa.JSON(), nullable=False, server_default="[]"),
        sa.Column("priced_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False, server_default=""),
        sa.Column("is_unusual", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("is_withdrawal", sa.Boolean(), nullable=False, server_default=sa.false()),
    ],
    "ledger_reports": [
        sa.Column("state", sa.String(), nullable=False, server_default="issued"),
        sa.Column("author", sa.String(), nullable=False, server_default=""),
    ],
}  # what rows that are there already hold


def upgrade() -> None:
    for table, columns in _NEW.items():
        with op.batch_alter_table(table) as changed:
            for column in columns:
                changed.add_column(column)
        with op.batch_alter_table(table) as changed:
            for column in columns:
                if column.server_default is not None:
                    changed.alter_column(column.name, server_default=None)
    with op.batch_alter_table("opportunities") as chances:
        chances.drop_column("trench")

"""What the sums of the ledger are added up from."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("ledger_entries") as entries:
        entries.add_column(sa.Column("bills", sa.JSON(), nullable=False, server_default="[]"))
        entries.add_column(sa.Column("talking_eur", sa.Float(), nullable=False, server_default="0"))
    with op.batch_alter_table("ledger_entries") as entries:
        for name in ("bills", "talking_eur"):
            entries.alter_column(name, server_default=None)

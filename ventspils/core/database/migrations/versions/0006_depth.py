"""How deep works dig."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("works", sa.Column("depth_m", sa.Float(), nullable=True))

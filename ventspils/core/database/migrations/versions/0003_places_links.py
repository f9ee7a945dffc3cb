"""
Addresses of buildings, kinds of devices with limits of their own, links on their pages, problems that a person keeps
open.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("sites", schema=None) as batch_op:
        batch_op.add_column(sa.Column("address", sa.String(), nullable=True))
    with op.batch_alter_table("incidents", schema=None) as batch_op:
        batch_op.add_column(sa.Column("kept_open_by", sa.String(), nullable=True))
    with op.batch_alter_table("devices", schema=None) as batch_op:
        batch_op.add_column(sa.Column("kind", sa.String(), nullable=True))
    with op.batch_alter_table("port_policies", schema=None) as batch_op:
        batch_op.add_column(sa.Column("kind", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("errors_at_per_s", sa.Double(), nullable=True))
    links = op.create_table(
        "links",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("template", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_links")),
        sa.UniqueConstraint("name", name=op.f("uq_links_name")),
    )
    op.bulk_insert(
        links,
        [
            {"id": "web", "name": "Web interface", "template": "https://{host}/"},
            {"id": "ssh", "name": "SSH", "template": "ssh://{host}"},
        ],
    )

"""Streets, works, sites that want fibre, imports and plans."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "dig_imports",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("attribution", sa.String(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dig_imports")),
    )
    op.create_table(
        "street_sets",
        sa.Column("import_id", sa.String(), nullable=False),
        sa.Column("crs", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("edges", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["import_id"], ["dig_imports.id"], name=op.f("fk_street_sets_import_id")),
        sa.PrimaryKeyConstraint("import_id", name=op.f("pk_street_sets")),
    )
    op.create_table(
        "works",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("feed", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("promoter", sa.String(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("earliest_on", sa.Date(), nullable=True),
        sa.Column("latest_on", sa.Date(), nullable=True),
        sa.Column("moving_eur_per_month", sa.Float(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("shape", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_works")),
        sa.UniqueConstraint("feed", "external_id", name=op.f("uq_works_feed_external_id")),
    )
    op.create_table(
        "work_versions",
        sa.Column("work_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("import_id", sa.String(), nullable=True),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["import_id"], ["dig_imports.id"], name=op.f("fk_work_versions_import_id")),
        sa.ForeignKeyConstraint(["work_id"], ["works.id"], name=op.f("fk_work_versions_work_id")),
        sa.PrimaryKeyConstraint("work_id", "version", name=op.f("pk_work_versions")),
    )
    op.create_index(op.f("ix_work_versions_import_id"), "work_versions", ["import_id"])
    op.create_table(
        "dig_sites",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("import_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("x_m", sa.Float(), nullable=False),
        sa.Column("y_m", sa.Float(), nullable=False),
        sa.Column("has_fibre", sa.Boolean(), nullable=False),
        sa.Column("prize_eur_per_year", sa.Float(), nullable=False),
        sa.Column("connect_by", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["import_id"], ["dig_imports.id"], name=op.f("fk_dig_sites_import_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dig_sites")),
    )
    op.create_index(op.f("ix_dig_sites_import_id"), "dig_sites", ["import_id"])
    op.create_table(
        "plans",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("asked", sa.JSON(), nullable=False),
        sa.Column("instance", sa.LargeBinary(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plans")),
    )

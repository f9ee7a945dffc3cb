"""The register of digging: parties, needs and requests, chances, cable routes, prices of one's own, the ledger."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TEXTS = (
    "network_elements", "contact", "contractor", "site_manager", "phone_24h", "permit_number", "project_number",
    "condition",
)  # fmt: skip
# What works and plans that are there already are.
_WORKS = {"sort": "work", "stage": "planned", **dict.fromkeys(_TEXTS, "")}


def upgrade() -> None:
    op.create_table(
        "parties",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("contact", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("sealed_address", sa.LargeBinary(), nullable=True),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("within_m", sa.Double(), nullable=False),
        sa.Column("within_days", sa.Integer(), nullable=False),
        sa.Column("least_share", sa.Double(), nullable=False),
        sa.Column("join_weeks", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.UniqueConstraint("name", name=op.f("uq_parties_name")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parties")),
    )
    op.create_table(
        "joint_works",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("lead", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opportunity_id", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_joint_works")),
    )
    op.create_table(
        "cable_routes",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("ducts", sa.Integer(), nullable=False),
        sa.Column("free_ducts", sa.Integer(), nullable=False),
        sa.Column("built_on", sa.Date(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("plan_id", sa.String(), nullable=True),
        sa.Column("import_id", sa.String(), nullable=True),
        sa.Column("shape", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["import_id"], ["dig_imports.id"], name=op.f("fk_cable_routes_import_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cable_routes")),
    )
    op.create_index(op.f("ix_cable_routes_import_id"), "cable_routes", ["import_id"])
    op.create_table(
        "moratoria",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("work_id", sa.String(), nullable=True),
        sa.Column("shape", sa.LargeBinary(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["work_id"], ["works.id"], name=op.f("fk_moratoria_work_id")),
        sa.UniqueConstraint("work_id", name=op.f("uq_moratoria_work_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moratoria")),
    )
    op.create_table(
        "opportunities",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("wanted", sa.String(), nullable=False),
        sa.Column("work_id", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("length_m", sa.Double(), nullable=False),
        sa.Column("low_eur", sa.Double(), nullable=False),
        sa.Column("mid_eur", sa.Double(), nullable=False),
        sa.Column("high_eur", sa.Double(), nullable=False),
        sa.Column("basis", sa.JSON(), nullable=False),
        sa.Column("trench", sa.JSON(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("moved", sa.String(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("told_version", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["work_id"], ["works.id"], name=op.f("fk_opportunities_work_id")),
        sa.UniqueConstraint("wanted", "work_id", name=op.f("uq_opportunities_wanted_work_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opportunities")),
    )
    op.create_index(op.f("ix_opportunities_work_id"), "opportunities", ["work_id"])
    op.create_index(op.f("ix_opportunities_state"), "opportunities", ["state"])
    op.create_table(
        "own_prices",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("dated", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_prices")),
    )
    op.create_table(
        "ledger_years",
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_ledger_years")),
    )
    op.create_table(
        "ledger_entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("alone", sa.JSON(), nullable=False),
        sa.Column("joint", sa.JSON(), nullable=False),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.Column("disruption_days", sa.Double(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entries")),
    )
    op.create_index(op.f("ix_ledger_entries_year"), "ledger_entries", ["year"])
    op.create_index(op.f("ix_ledger_entries_subject"), "ledger_entries", ["subject"])
    op.create_table(
        "ledger_reports",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_by", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_ledger_reports")),
    )
    with op.batch_alter_table("works") as works:
        for name, value in _WORKS.items():
            works.add_column(sa.Column(name, sa.String(), nullable=False, server_default=value))
        for name in ("is_confidential", "is_emergency"):
            works.add_column(sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))
        for name in ("optimum_on", "tender_on", "permit_request_on"):
            works.add_column(sa.Column(name, sa.Date(), nullable=True))
        works.add_column(sa.Column("after_work_id", sa.String(), nullable=True))
        works.add_column(sa.Column("joint_work_id", sa.String(), nullable=True))
        works.add_column(sa.Column("place", sa.JSON(), nullable=True))
        works.add_column(sa.Column("hand_shape", sa.LargeBinary(), nullable=True))
        works.alter_column("shape", existing_type=sa.LargeBinary(), nullable=True)
        works.create_foreign_key(op.f("fk_works_joint_work_id"), "joint_works", ["joint_work_id"], ["id"])
        works.create_index(op.f("ix_works_sort"), ["sort"])
    op.add_column("dig_sites", sa.Column("connected_on", sa.Date(), nullable=True))
    op.add_column("dig_sites", sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("plans") as plans:
        plans.add_column(sa.Column("state", sa.String(), nullable=False, server_default="done"))
        plans.add_column(sa.Column("progress", sa.JSON(), nullable=False, server_default="{}"))
    with op.batch_alter_table("works") as works:
        for name in (*_WORKS, "is_confidential", "is_emergency"):
            works.alter_column(name, server_default=None)
    with op.batch_alter_table("plans") as plans:
        for name in ("state", "progress"):
            plans.alter_column(name, server_default=None)

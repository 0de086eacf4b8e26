"""what the records behind the figures hold is sealed, and seals are keyed"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "audit_event", sa.Column("content_hash", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=True)
    )
    op.add_column("audit_seal", sa.Column("keyed", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("audit_seal", "keyed")
    op.drop_column("audit_event", "content_hash")

"""the contract ledger"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

NEW_TABLES = (
    'technology_contract',
    'contract_amendment',
    'contract_event',
    'contract_file',
    'contract_receipt',
    'contract_version',
)


def upgrade() -> None:
    op.create_table('technology_contract',
    sa.Column('match_id', sa.Integer(), nullable=True),
    sa.Column('need_id', sa.Integer(), nullable=True),
    sa.Column('achievement_id', sa.Integer(), nullable=True),
    sa.Column('broker_id', sa.Integer(), nullable=True),
    sa.Column('brokerage_id', sa.Integer(), nullable=True),
    sa.Column('seller_enterprise_id', sa.Integer(), nullable=True),
    sa.Column('seller_institution_id', sa.Integer(), nullable=True),
    sa.Column('buyer_enterprise_id', sa.Integer(), nullable=True),
    sa.Column('buyer_institution_id', sa.Integer(), nullable=True),
    sa.Column('title', sqlmodel.sql.sqltypes.AutoString(length=300), nullable=False),
    sa.Column('category', sa.String(length=40), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=True),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('signed_on', sa.Date(), nullable=True),
    sa.Column('begins_on', sa.Date(), nullable=True),
    sa.Column('ends_on', sa.Date(), nullable=True),
    sa.Column('contract_value_fen', sa.BigInteger(), nullable=False),
    sa.Column('technology_value_fen', sa.BigInteger(), nullable=False),
    sa.Column('deductions', sa.JSON(), nullable=False),
    sa.Column('amount_certainty', sa.String(length=40), nullable=False),
    sa.Column('payment_mode', sa.String(length=40), nullable=True),
    sa.Column('currency', sqlmodel.sql.sqltypes.AutoString(length=3), nullable=False),
    sa.Column('foreign_amount', sqlmodel.sql.sqltypes.AutoString(length=30), nullable=False),
    sa.Column('exchange_rate', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
    sa.Column('rate_on', sa.Date(), nullable=True),
    sa.Column('ip_type', sa.String(length=40), nullable=True),
    sa.Column('rights', sa.JSON(), nullable=False),
    sa.Column('technology_field', sqlmodel.sql.sqltypes.AutoString(length=40), nullable=True),
    sa.Column('industry_code', sqlmodel.sql.sqltypes.AutoString(length=8), nullable=True),
    sa.Column('city_industry', sqlmodel.sql.sqltypes.AutoString(length=40), nullable=True),
    sa.Column('objective', sqlmodel.sql.sqltypes.AutoString(length=40), nullable=True),
    sa.Column('plan_source', sqlmodel.sql.sqltypes.AutoString(length=40), nullable=True),
    sa.Column('is_related_party', sa.Boolean(), nullable=True),
    sa.Column('new_investment_fen', sa.BigInteger(), nullable=True),
    sa.Column('new_output_fen', sa.BigInteger(), nullable=True),
    sa.Column('seller_name', sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
    sa.Column('seller_credit_code', sqlmodel.sql.sqltypes.AutoString(length=18), nullable=True),
    sa.Column('seller_nature', sqlmodel.sql.sqltypes.AutoString(length=3), nullable=True),
    sa.Column('seller_country', sqlmodel.sql.sqltypes.AutoString(length=2), nullable=False),
    sa.Column('seller_region_code', sqlmodel.sql.sqltypes.AutoString(length=12), nullable=True),
    sa.Column('seller_park', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=True),
    sa.Column('seller_details', sa.JSON(), nullable=False),
    sa.Column('buyer_name', sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
    sa.Column('buyer_credit_code', sqlmodel.sql.sqltypes.AutoString(length=18), nullable=True),
    sa.Column('buyer_nature', sqlmodel.sql.sqltypes.AutoString(length=3), nullable=True),
    sa.Column('buyer_country', sqlmodel.sql.sqltypes.AutoString(length=2), nullable=False),
    sa.Column('buyer_region_code', sqlmodel.sql.sqltypes.AutoString(length=12), nullable=True),
    sa.Column('buyer_park', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=True),
    sa.Column('buyer_details', sa.JSON(), nullable=False),
    sa.Column('event_name', sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('source', sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False),
    sa.Column('source_id', sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('is_demo', sa.Boolean(), nullable=False),
    sa.Column('created_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('updated_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('status', sa.String(length=40), nullable=False),
    sa.Column('received_fen', sa.BigInteger(), nullable=False),
    sa.Column('technology_income_fen', sa.BigInteger(), nullable=False),
    sa.Column('answers', sa.JSON(), nullable=False),
    sa.Column('overrides', sa.JSON(), nullable=False),
    sa.Column('submitted_on', sa.Date(), nullable=True),
    sa.Column('accepted_on', sa.Date(), nullable=True),
    sa.Column('decide_by', sa.Date(), nullable=True),
    sa.Column('is_disputed', sa.Boolean(), nullable=False),
    sa.Column('registry_name', sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
    sa.Column('registration_number', sqlmodel.sql.sqltypes.AutoString(length=16), nullable=True),
    sa.Column('registered_on', sa.Date(), nullable=True),
    sa.Column('reported_number', sqlmodel.sql.sqltypes.AutoString(length=16), nullable=True),
    sa.Column('reported_on', sa.Date(), nullable=True),
    sa.Column('refusal_reasons', sa.JSON(), nullable=False),
    sa.Column('ended_on', sa.Date(), nullable=True),
    sa.Column('version_number', sa.Integer(), nullable=False),
    sa.Column('posted_by_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['achievement_id'], ['achievement.id'], ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['broker_id'], ['broker.id'], ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['brokerage_id'], ['brokerage.id'], ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['buyer_enterprise_id'], ['enterprise.id'], ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['buyer_institution_id'], ['institution.id'], ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['match_id'], ['match.id'], ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['need_id'], ['technology_need.id'], ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['posted_by_id'], ['account.id'], ),
    sa.ForeignKeyConstraint(['seller_enterprise_id'], ['enterprise.id'], ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['seller_institution_id'], ['institution.id'], ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('registration_number'),
    sa.UniqueConstraint('source', 'source_id')
    )
    op.create_index(op.f('ix_technology_contract_achievement_id'), 'technology_contract', ['achievement_id'], unique=False)
    op.create_index(op.f('ix_technology_contract_broker_id'), 'technology_contract', ['broker_id'], unique=False)
    op.create_index(op.f('ix_technology_contract_brokerage_id'), 'technology_contract', ['brokerage_id'], unique=False)
    op.create_index(op.f('ix_technology_contract_buyer_enterprise_id'), 'technology_contract', ['buyer_enterprise_id'], unique=False)
    op.create_index(op.f('ix_technology_contract_buyer_institution_id'), 'technology_contract', ['buyer_institution_id'], unique=False)
    op.create_index(op.f('ix_technology_contract_decide_by'), 'technology_contract', ['decide_by'], unique=False)
    op.create_index(op.f('ix_technology_contract_is_demo'), 'technology_contract', ['is_demo'], unique=False)
    op.create_index(op.f('ix_technology_contract_match_id'), 'technology_contract', ['match_id'], unique=False)
    op.create_index(op.f('ix_technology_contract_need_id'), 'technology_contract', ['need_id'], unique=False)
    op.create_index('ix_technology_contract_parties', 'technology_contract', ['seller_name', 'buyer_name'], unique=False)
    op.create_index(op.f('ix_technology_contract_posted_by_id'), 'technology_contract', ['posted_by_id'], unique=False)
    op.create_index('ix_technology_contract_registered_on', 'technology_contract', ['status', 'registered_on', 'contract_value_fen', 'technology_value_fen', 'technology_income_fen', 'seller_region_code', 'seller_country', 'seller_park', 'seller_nature', 'buyer_region_code', 'buyer_country', 'buyer_park', 'buyer_nature', 'seller_institution_id', 'buyer_institution_id', 'category', 'kind', 'technology_field', 'industry_code', 'city_industry', 'ip_type', 'plan_source', 'is_related_party', 'broker_id', 'brokerage_id'], unique=False)
    op.create_index(op.f('ix_technology_contract_seller_enterprise_id'), 'technology_contract', ['seller_enterprise_id'], unique=False)
    op.create_index(op.f('ix_technology_contract_seller_institution_id'), 'technology_contract', ['seller_institution_id'], unique=False)
    op.create_index('ix_technology_contract_signed_on', 'technology_contract', ['status', 'signed_on', 'contract_value_fen', 'technology_value_fen', 'technology_income_fen', 'seller_region_code', 'seller_country', 'seller_park', 'seller_nature', 'buyer_region_code', 'buyer_country', 'buyer_park', 'buyer_nature', 'seller_institution_id', 'buyer_institution_id', 'category', 'kind', 'technology_field', 'industry_code', 'city_industry', 'ip_type', 'plan_source', 'is_related_party', 'broker_id', 'brokerage_id'], unique=False)
    op.create_index(op.f('ix_technology_contract_source'), 'technology_contract', ['source'], unique=False)
    op.create_index(op.f('ix_technology_contract_status'), 'technology_contract', ['status'], unique=False)
    op.create_table('contract_amendment',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('contract_id', sa.Integer(), nullable=False),
    sa.Column('values', sa.JSON(), nullable=False),
    sa.Column('reason', sqlmodel.sql.sqltypes.AutoString(length=1000), nullable=False),
    sa.Column('status', sa.String(length=40), nullable=False),
    sa.Column('applied_on', sa.Date(), nullable=False),
    sa.Column('applied_by_id', sa.Integer(), nullable=True),
    sa.Column('decided_on', sa.Date(), nullable=True),
    sa.Column('decided_by_id', sa.Integer(), nullable=True),
    sa.Column('note', sqlmodel.sql.sqltypes.AutoString(length=1000), nullable=False),
    sa.Column('created_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['applied_by_id'], ['account.id'], ),
    sa.ForeignKeyConstraint(['contract_id'], ['technology_contract.id'], ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['decided_by_id'], ['account.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_contract_amendment_contract_id'), 'contract_amendment', ['contract_id'], unique=False)
    op.create_table('contract_event',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('contract_id', sa.Integer(), nullable=False),
    sa.Column('at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=True),
    sa.Column('what', sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
    sa.Column('before', sa.String(length=40), nullable=False),
    sa.Column('after', sa.String(length=40), nullable=False),
    sa.Column('happened_on', sa.Date(), nullable=True),
    sa.Column('reasons', sa.JSON(), nullable=False),
    sa.Column('note', sqlmodel.sql.sqltypes.AutoString(length=1000), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], ),
    sa.ForeignKeyConstraint(['contract_id'], ['technology_contract.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_contract_event_contract_id'), 'contract_event', ['contract_id'], unique=False)
    op.create_table('contract_file',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('contract_id', sa.Integer(), nullable=False),
    sa.Column('paper', sa.String(length=40), nullable=False),
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
    sa.Column('media_type', sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('sha256', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.Column('uploaded_by_id', sa.Integer(), nullable=True),
    sa.Column('uploaded_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['contract_id'], ['technology_contract.id'], ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['uploaded_by_id'], ['account.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_contract_file_contract_id'), 'contract_file', ['contract_id'], unique=False)
    op.create_index(op.f('ix_contract_file_sha256'), 'contract_file', ['sha256'], unique=False)
    op.create_table('contract_receipt',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('contract_id', sa.Integer(), nullable=False),
    sa.Column('received_on', sa.Date(), nullable=False),
    sa.Column('amount_fen', sa.BigInteger(), nullable=False),
    sa.Column('technology_income_fen', sa.BigInteger(), nullable=True),
    sa.Column('verified_on', sa.Date(), nullable=True),
    sa.Column('note', sqlmodel.sql.sqltypes.AutoString(length=500), nullable=False),
    sa.Column('recorded_by_id', sa.Integer(), nullable=True),
    sa.Column('recorded_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['contract_id'], ['technology_contract.id'], ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['recorded_by_id'], ['account.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_contract_receipt_contract_id'), 'contract_receipt', ['contract_id'], unique=False)
    op.create_table('contract_version',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('contract_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('effective_on', sa.Date(), nullable=False),
    sa.Column('reason', sqlmodel.sql.sqltypes.AutoString(length=1000), nullable=False),
    sa.Column('content', sa.JSON(), nullable=False),
    sa.Column('contract_value_fen', sa.BigInteger(), nullable=False),
    sa.Column('technology_value_fen', sa.BigInteger(), nullable=False),
    sa.Column('recorded_by_id', sa.Integer(), nullable=True),
    sa.Column('recorded_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['contract_id'], ['technology_contract.id'], ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['recorded_by_id'], ['account.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('contract_id', 'number')
    )
    op.create_index(op.f('ix_contract_version_contract_id'), 'contract_version', ['contract_id'], unique=False)


def downgrade() -> None:
    for table in reversed(NEW_TABLES):
        op.drop_table(table)

"""Create the first schema."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel

from alembic import op

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('artifact',
    sa.Column('id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('content_key', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('blob_key', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('size_bytes', sa.BigInteger(), nullable=False),
    sa.Column('sha256', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('media_type', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('page_count', sa.Integer(), nullable=False),
    sa.Column('missing_pages', sa.JSON(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('blob_key'),
    sa.UniqueConstraint('content_key')
    )
    with op.batch_alter_table('artifact', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_artifact_expires_at'), ['expires_at'], unique=False)

    op.create_table('cron_slot',
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('slot', sa.DateTime(timezone=True), nullable=False),
    sa.Column('claimed_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('name', 'slot')
    )
    op.create_table('library_scan',
    sa.Column('id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('requested_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('heartbeat_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('comics_done', sa.Integer(), nullable=False),
    sa.Column('comics_total', sa.Integer(), nullable=False),
    sa.Column('comics_added', sa.Integer(), nullable=False),
    sa.Column('comics_damaged', sa.Integer(), nullable=False),
    sa.Column('error', sa.Text(), server_default='', nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('library_scan', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_library_scan_requested_at'), ['requested_at'], unique=False)

    op.create_table('manifest',
    sa.Column('content_key', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('body', sa.Text(), server_default='', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('content_key')
    )
    op.create_table('revision_counter',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('value', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('series',
    sa.Column('id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('title', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('title_key', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('sort_key', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('title_key')
    )
    with op.batch_alter_table('series', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_series_sort_key'), ['sort_key'], unique=False)

    op.create_table('sign_in_failure',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('subject', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('failed_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('sign_in_failure', schema=None) as batch_op:
        batch_op.create_index('sign_in_failure_who', ['subject', 'failed_at'], unique=False)

    op.create_table('user_account',
    sa.Column('id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('username', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('username_key', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('password_hash', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('role', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("role IN ('owner', 'member')", name='user_role'),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('username_key')
    )
    with op.batch_alter_table('user_account', schema=None) as batch_op:
        batch_op.create_index('one_owner', ['role'], unique=True, sqlite_where=sa.text("role = 'owner'"), postgresql_where=sa.text("role = 'owner'"))

    op.create_table('worker',
    sa.Column('id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('host', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('pid', sa.Integer(), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('heartbeat_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('job_id', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('worker', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_worker_heartbeat_at'), ['heartbeat_at'], unique=False)

    op.create_table('access_token',
    sa.Column('id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('user_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('token_hash', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('token_hash')
    )
    with op.batch_alter_table('access_token', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_access_token_user_id'), ['user_id'], unique=False)

    op.create_table('browser_session',
    sa.Column('token_hash', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('user_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('token_hash')
    )
    with op.batch_alter_table('browser_session', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_browser_session_expires_at'), ['expires_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_browser_session_user_id'), ['user_id'], unique=False)

    op.create_table('comic',
    sa.Column('id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('path', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('kind', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('fingerprint', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('series_id', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('title', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('title_key', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('number', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('number_key', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('metadata', sa.JSON(), nullable=False),
    sa.Column('search_text', sa.Text(), server_default='', nullable=False),
    sa.Column('page_count', sa.Integer(), nullable=False),
    sa.Column('damaged_pages', sa.Integer(), nullable=False),
    sa.Column('size_bytes', sa.BigInteger(), nullable=False),
    sa.Column('error', sa.Text(), server_default='', nullable=False),
    sa.Column('cover_version', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('added_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('missing_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['series_id'], ['series.id'], ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('path')
    )
    with op.batch_alter_table('comic', schema=None) as batch_op:
        batch_op.create_index('comic_reading_order', ['series_id', 'number_key', 'title_key'], unique=False)
        batch_op.create_index(batch_op.f('ix_comic_added_at'), ['added_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_comic_series_id'), ['series_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_comic_title_key'), ['title_key'], unique=False)

    op.create_table('job',
    sa.Column('id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('user_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('status', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('revision', sa.BigInteger(), nullable=False),
    sa.Column('format', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('quality', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('comics', sa.JSON(), nullable=False),
    sa.Column('request', sa.JSON(), nullable=False),
    sa.Column('request_key', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('idempotency_key', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('content_key', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('rendition_key', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('filename', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('media_type', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('on_page_error', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('priority', sa.Integer(), nullable=False),
    sa.Column('expected_bytes', sa.BigInteger(), nullable=False),
    sa.Column('ttl_seconds', sa.Integer(), nullable=False),
    sa.Column('phase', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('progress', sa.Integer(), nullable=False),
    sa.Column('pages_done', sa.Integer(), nullable=False),
    sa.Column('pages_total', sa.Integer(), nullable=False),
    sa.Column('bytes_done', sa.BigInteger(), nullable=False),
    sa.Column('file_size_bytes', sa.BigInteger(), nullable=True),
    sa.Column('downloaded_bytes', sa.BigInteger(), nullable=False),
    sa.Column('waiting_for', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('attempt', sa.Integer(), nullable=False),
    sa.Column('max_attempts', sa.Integer(), nullable=False),
    sa.Column('not_before', sa.DateTime(timezone=True), nullable=False),
    sa.Column('owner', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('worker_id', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('progressed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('error_code', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('error_message', sa.Text(), server_default='', nullable=False),
    sa.Column('error_retryable', sa.Boolean(), nullable=False),
    sa.Column('error_comic_id', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('error_page_index', sa.Integer(), nullable=True),
    sa.Column('missing_pages', sa.JSON(), nullable=False),
    sa.Column('artifact_id', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('sha256', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('attempt_started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('deleted_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(status = 'preparing') = (owner IS NOT NULL)", name='job_owner_while_preparing'),
    sa.CheckConstraint("deleted_at IS NULL OR status NOT IN ('paused', 'preparing', 'queued')", name='job_deleted_is_finished'),
    sa.CheckConstraint("phase IN ('waiting', 'converting', 'packaging', 'verifying', 'storing', 'done')", name='job_phase'),
    sa.CheckConstraint("status <> 'failed' OR error_code <> ''", name='job_failed_says_why'),
    sa.CheckConstraint("status <> 'ready' OR (artifact_id IS NOT NULL AND progress = 100)", name='job_ready_has_file'),
    sa.CheckConstraint("status = 'ready' OR progress < 100", name='job_done_only_when_ready'),
    sa.CheckConstraint("status IN ('queued', 'preparing', 'paused', 'ready', 'failed', 'cancelled', 'expired')", name='job_status'),
    sa.CheckConstraint('(owner IS NULL) = (lease_until IS NULL)', name='job_lease_with_owner'),
    sa.CheckConstraint('attempt >= 0 AND pages_done >= 0 AND pages_done <= pages_total', name='job_counts'),
    sa.ForeignKeyConstraint(['artifact_id'], ['artifact.id'], ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('user_id', 'idempotency_key', name='job_idempotency')
    )
    with op.batch_alter_table('job', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_job_artifact_id'), ['artifact_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_job_content_key'), ['content_key'], unique=False)
        batch_op.create_index(batch_op.f('ix_job_created_at'), ['created_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_job_deleted_at'), ['deleted_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_job_expires_at'), ['expires_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_job_finished_at'), ['finished_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_job_rendition_key'), ['rendition_key'], unique=False)
        batch_op.create_index(batch_op.f('ix_job_revision'), ['revision'], unique=False)
        batch_op.create_index(batch_op.f('ix_job_user_id'), ['user_id'], unique=False)
        batch_op.create_index('job_claim_order', ['status', 'user_id', 'priority', 'created_at', 'id'], unique=False)
        batch_op.create_index('job_lease', ['status', 'lease_until'], unique=False)
        batch_op.create_index('job_of_user', ['user_id', 'created_at'], unique=False)
        batch_op.create_index('job_unfinished_request', ['user_id', 'request_key'], unique=True, sqlite_where=sa.text("status IN ('paused', 'preparing', 'queued')"), postgresql_where=sa.text("status IN ('paused', 'preparing', 'queued')"))

    op.create_table('sign_in_ticket',
    sa.Column('token_hash', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('user_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('token_hash')
    )
    with op.batch_alter_table('sign_in_ticket', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_sign_in_ticket_expires_at'), ['expires_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_sign_in_ticket_user_id'), ['user_id'], unique=False)

    op.create_table('delivered_range',
    sa.Column('job_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('start_byte', sa.BigInteger(), nullable=False),
    sa.Column('end_byte', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['job_id'], ['job.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('job_id', 'start_byte')
    )
    op.create_table('page',
    sa.Column('comic_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('page_index', sa.Integer(), nullable=False),
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('media_type', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('width', sa.Integer(), nullable=False),
    sa.Column('height', sa.Integer(), nullable=False),
    sa.Column('size_bytes', sa.BigInteger(), nullable=False),
    sa.Column('crc32', sa.BigInteger(), nullable=False),
    sa.Column('sha256', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('error', sa.Text(), server_default='', nullable=False),
    sa.ForeignKeyConstraint(['comic_id'], ['comic.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('comic_id', 'page_index')
    )
    op.create_table('transfer',
    sa.Column('id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('artifact_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('job_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('heartbeat_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['artifact_id'], ['artifact.id'], ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['job_id'], ['job.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('transfer', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_transfer_artifact_id'), ['artifact_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_transfer_heartbeat_at'), ['heartbeat_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_transfer_job_id'), ['job_id'], unique=False)

    op.bulk_insert(sa.table("revision_counter", sa.column("id", sa.Integer), sa.column("value", sa.BigInteger)), [{"id": 1, "value": 0}])
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE SEQUENCE job_revision")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP SEQUENCE job_revision")
    with op.batch_alter_table('transfer', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_transfer_job_id'))
        batch_op.drop_index(batch_op.f('ix_transfer_heartbeat_at'))
        batch_op.drop_index(batch_op.f('ix_transfer_artifact_id'))

    op.drop_table('transfer')
    op.drop_table('page')
    op.drop_table('delivered_range')
    with op.batch_alter_table('sign_in_ticket', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_sign_in_ticket_user_id'))
        batch_op.drop_index(batch_op.f('ix_sign_in_ticket_expires_at'))

    op.drop_table('sign_in_ticket')
    with op.batch_alter_table('job', schema=None) as batch_op:
        batch_op.drop_index('job_unfinished_request', sqlite_where=sa.text("status IN ('paused', 'preparing', 'queued')"), postgresql_where=sa.text("status IN ('paused', 'preparing', 'queued')"))
        batch_op.drop_index('job_of_user')
        batch_op.drop_index('job_lease')
        batch_op.drop_index('job_claim_order')
        batch_op.drop_index(batch_op.f('ix_job_user_id'))
        batch_op.drop_index(batch_op.f('ix_job_revision'))
        batch_op.drop_index(batch_op.f('ix_job_rendition_key'))
        batch_op.drop_index(batch_op.f('ix_job_finished_at'))
        batch_op.drop_index(batch_op.f('ix_job_expires_at'))
        batch_op.drop_index(batch_op.f('ix_job_deleted_at'))
        batch_op.drop_index(batch_op.f('ix_job_created_at'))
        batch_op.drop_index(batch_op.f('ix_job_content_key'))
        batch_op.drop_index(batch_op.f('ix_job_artifact_id'))

    op.drop_table('job')
    with op.batch_alter_table('comic', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_comic_title_key'))
        batch_op.drop_index(batch_op.f('ix_comic_series_id'))
        batch_op.drop_index(batch_op.f('ix_comic_added_at'))
        batch_op.drop_index('comic_reading_order')

    op.drop_table('comic')
    with op.batch_alter_table('browser_session', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_browser_session_user_id'))
        batch_op.drop_index(batch_op.f('ix_browser_session_expires_at'))

    op.drop_table('browser_session')
    with op.batch_alter_table('access_token', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_access_token_user_id'))

    op.drop_table('access_token')
    with op.batch_alter_table('worker', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_worker_heartbeat_at'))

    op.drop_table('worker')
    with op.batch_alter_table('user_account', schema=None) as batch_op:
        batch_op.drop_index('one_owner', sqlite_where=sa.text("role = 'owner'"), postgresql_where=sa.text("role = 'owner'"))

    op.drop_table('user_account')
    with op.batch_alter_table('sign_in_failure', schema=None) as batch_op:
        batch_op.drop_index('sign_in_failure_who')

    op.drop_table('sign_in_failure')
    with op.batch_alter_table('series', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_series_sort_key'))

    op.drop_table('series')
    op.drop_table('revision_counter')
    op.drop_table('manifest')
    with op.batch_alter_table('library_scan', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_library_scan_requested_at'))

    op.drop_table('library_scan')
    op.drop_table('cron_slot')
    with op.batch_alter_table('artifact', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_artifact_expires_at'))

    op.drop_table('artifact')

"""The link that a ready job's description carries. Looking at a job must not change it, so this prolongs nothing."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

from ..domain.job import JobStatus
from ..domain.link import Link, LinkClaims
from .context import Context
from .link_token import sign_link
from .queries import JobView


def link_of_ready(context: Context, job: JobView) -> Link | None:
    """A fresh link to the job's file, valid until the link's or the file's time is over; None while there is no file."""
    if job.status != JobStatus.READY or job.sha256 is None:
        return None
    expires_at = context.clock() + timedelta(seconds=context.settings.link_ttl_seconds)
    if job.expires_at is not None:
        expires_at = min(expires_at, job.expires_at)
    expires_at = expires_at.replace(microsecond=0)
    token = sign_link(context.settings.secret_keys, LinkClaims(job.id, job.user_id, job.sha256, expires_at))
    base = context.settings.cdn_base_url.rstrip("/") if context.settings.storage_backend == "local" else ""
    return Link(f"{base}/d/{token}/{quote(job.filename, safe='')}", expires_at)

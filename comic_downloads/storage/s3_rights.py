"""What a bucket's user must be allowed to do, and how a refusal names the right that is missing."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

# The rights of AWS, by request. Other servers have fewer, but most documentation uses these names.
_RIGHTS = {
    "PutObject": "s3:PutObject",
    "CreateMultipartUpload": "s3:PutObject",
    "UploadPart": "s3:PutObject",
    "CompleteMultipartUpload": "s3:PutObject",
    "CopyObject": "s3:GetObject and s3:PutObject",
    "GetObject": "s3:GetObject",
    # Without the right to list, AWS refuses to say that an object is missing.
    "HeadObject": "s3:GetObject and s3:ListBucket",
    "DeleteObject": "s3:DeleteObject",
    "ListObjectsV2": "s3:ListBucket",
    "ListMultipartUploads": "s3:ListBucketMultipartUploads",
    "ListParts": "s3:ListMultipartUploadParts",
    "AbortMultipartUpload": "s3:AbortMultipartUpload",
}
# Answers to HEAD have no body, so their code is the status.
_DENIED = frozenset({"AccessDenied", "Forbidden", "UnauthorizedAccess", "403"})
_NOT_OFFERED = frozenset(
    {"NotImplemented", "MethodNotAllowed", "UnsupportedOperation", "405", "501"}
)


def is_refused(error: ClientError) -> bool:
    """Return True if this user may not send the request at all, or the server does not know it."""
    return _code(error) in _DENIED or _is_not_offered(error)


def explain_refusal(error: ClientError) -> str:
    """Return a sentence that names the request and the missing right, but no bucket or key."""
    request = error.operation_name
    if _is_not_offered(error):
        return f"The storage does not offer the request {request}, which this server needs."
    right = _RIGHTS.get(request, "the right for it")
    return f"The storage refuses the request {request}: its user lacks {right}."


def try_rights(client: Any, address: dict[str, str]) -> None:
    """Send every request that cannot be missed, once, for a test object.

    Raises:
        ClientError: One of them is refused.
    """
    client.put_object(**address, Body=b"comic downloads\n")
    client.head_object(**address)
    client.get_object(**address, Range="bytes=0-0")["Body"].close()
    client.list_objects_v2(Bucket=address["Bucket"], Prefix=address["Key"], MaxKeys=1)
    upload = client.create_multipart_upload(**address)
    client.delete_object(**address)
    try:
        client.abort_multipart_upload(**address, UploadId=upload["UploadId"])
    except ClientError as error:
        if not is_refused(error):
            raise


def _is_not_offered(error: ClientError) -> bool:
    # A server that has begun an upload offers the rest; rclone says so of a part sent twice.
    is_rest = error.operation_name in {"UploadPart", "CompleteMultipartUpload"}
    return _code(error) in _NOT_OFFERED and not is_rest


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))

"""Tell disks that belong to another machine."""

from __future__ import annotations

import re
from pathlib import Path

MOUNTS = Path("/proc/self/mountinfo")
# The kinds as Linux names them. Their locks, or memory that processes share through a file, do not
# work everywhere as on a disk of this machine.
_NETWORK_KINDS = frozenset(
    [
        "9p",
        "afs",
        "beegfs",
        "ceph",
        "cifs",
        "davfs",
        "glusterfs",
        "lustre",
        "ncpfs",
        "nfs",
        "nfs4",
        "smb3",
        "smbfs",
    ]
)
_NETWORK_FUSE = re.compile(
    r"fuse\.(?:sshfs|rclone|s3fs|goofys|gcsfuse|glusterfs|ceph|ceph-fuse|davfs2?|curlftpfs|smbnetfs|"
    r"gvfsd-fuse|grpcfuse|juicefs|seaweedfs|mfs)"
)
_ESCAPED = re.compile(r"\\([0-7]{3})")


def network_file_system(folder: Path) -> str:
    """Return the kind of the network file system that holds the folder, such as ``nfs4``.

    Return an empty string for a disk of this machine, and where the system does not say.
    """
    try:
        mounts = MOUNTS.read_text(errors="surrogateescape")
    except OSError:
        return ""
    kind, length = "", -1
    for line in mounts.splitlines():
        # Format: proc_pid_mountinfo(5). The fields before “ - ” vary in number.
        before, _, after = line.partition(" - ")
        place = _ESCAPED.sub(lambda code: chr(int(code[1], 8)), before.split(" ")[4])
        # Of two mounts at one place, the later one covers the other.
        if len(place) >= length and folder.is_relative_to(place):
            kind, length = after.split(" ")[0], len(place)
    return kind if kind in _NETWORK_KINDS or _NETWORK_FUSE.fullmatch(kind) else ""

"""Whether a folder is on another machine, where SQLite's write-ahead log is not safe."""

from __future__ import annotations

from pathlib import Path

_NETWORK = frozenset({
    "9p", "afpfs", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "drvfs", "fuse.ceph",
    "fuse.davfs", "fuse.glusterfs", "fuse.gvfsd-fuse", "fuse.rclone", "fuse.s3fs", "fuse.sshfs",
    "fuse.vmhgfs-fuse", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs3", "nfs4", "orangefs",
    "panfs", "prl_fs", "smb2", "smb3", "smbfs", "vboxsf", "wekafs", "webdav",
})  # fmt: skip


def network_kind(folder: Path) -> str | None:
    """Return the kind of network file system that a folder is on, None for a local one."""
    import psutil

    path = folder.resolve()
    if str(path).startswith("\\\\"):  # Windows' names of other machines
        return "network share"
    kind, options, longest = "", "", -1
    for mount in psutil.disk_partitions(all=True):
        length = len(mount.mountpoint)
        # of several mounts at one place the last hides the others
        if length >= longest and path.is_relative_to(mount.mountpoint):
            kind, options, longest = mount.fstype, mount.opts, length
    return kind if kind.lower() in _NETWORK or "remote" in options.split(",") else None

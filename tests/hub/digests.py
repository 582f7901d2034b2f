"""What the hub says of the content of files."""

import hashlib
from typing import Any

LARGE = (".parquet", ".safetensors", ".arrow")
"""What a repository keeps outside git, as the hub's default .gitattributes do."""


def git_blob(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def digests(name: str, data: bytes) -> dict[str, Any]:
    """What the hub says about a file's content in its lists."""
    if not name.endswith(LARGE):
        return {"size": len(data), "oid": git_blob(data)}
    sha256 = hashlib.sha256(data).hexdigest()
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize %d\n" % (sha256.encode(), len(data))
    lfs = {"oid": sha256, "sha256": sha256, "size": len(data), "pointerSize": len(pointer)}
    return {"size": len(data), "oid": git_blob(pointer), "lfs": lfs}

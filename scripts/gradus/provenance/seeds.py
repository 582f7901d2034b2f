"""Seeds for every job from the study's one seed."""

import hashlib


def derive_seed(seed: int, *names: object) -> int:
    """A seed in [0, 2**31) that depends on the study's seed and on what it is for, and on nothing else."""
    text = "/".join(map(str, (seed, *names)))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") >> 1

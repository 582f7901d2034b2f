"""Every purpose has a seed of its own, the same in every process."""

from gradus.provenance.seeds import derive_seed


def test_seeds_are_fixed() -> None:
    """The first 31 bits of SHA-256 of "0/models/base", as sha256sum prints it."""
    assert derive_seed(0, "models", "base") == 2107515442
    assert 0 <= derive_seed(2**63, "x") < 2**31


def test_names_that_read_alike_when_joined_have_seeds_of_their_own() -> None:
    asked = [
        (0,),
        (1,),
        (0, "a"),
        (0, "ab", "c"),
        (0, "a", "bc"),
        (0, "abc"),
        (0, 1, 2),
        (0, 12),
        (1, "ab", "c"),
        (0, 0),
    ]
    assert len({derive_seed(seed, *names) for seed, *names in asked}) == len(asked)

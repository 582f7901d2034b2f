"""Which commands may write what jobs read."""

import sys
from types import SimpleNamespace

import pytest
from snakemake.cli import get_argument_parser

from gradus.study.purposes import LOOKING, Purpose, purpose_of


def purpose(monkeypatch: pytest.MonkeyPatch, command: str, dryrun: bool = False) -> Purpose:
    monkeypatch.setattr(sys, "argv", command.split())
    return purpose_of(SimpleNamespace(output_settings=SimpleNamespace(dryrun=dryrun)))


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        *((f"snakemake {option}", Purpose.LOOK) for option in ("--lint", "--dag", "--rulegraph", "--summary", "-D")),
        *(
            (f"snakemake all {option}", Purpose.LOOK)
            for option in ("--unlock", "--d3dag", "--filegraph", "--list-rules")
        ),
        *((f"/a/snakemake/__main__.py all {option}", Purpose.LOOK) for option in ("--lint", "--report r.html")),
        ("snakemake --list-changes params", Purpose.LOOK),
        ("snakemake --summ", Purpose.LOOK),  # shortened, as Snakemake allows
        ("snakemake plan --configfile config/ci.yaml", Purpose.LOOK),
        ("snakemake hub_pins --configfile config/ci.yaml", Purpose.PIN),
        ("snakemake plan all", Purpose.BUILD),
        ("snakemake plan hub_pins", Purpose.BUILD),
        ("snakemake", Purpose.BUILD),
        ("snakemake all --report r.html --report-after-run", Purpose.BUILD),
        ("snakemake all --touch", Purpose.BUILD),
        ("snakemake --forcerun grpo --configfile config/ci.yaml --cores 2", Purpose.BUILD),
        ("python tests/run.py --dag", Purpose.BUILD),
    ],
)
def test_a_commands_purpose(monkeypatch: pytest.MonkeyPatch, command: str, expected: Purpose) -> None:
    assert purpose(monkeypatch, command) is expected
    assert purpose(monkeypatch, command, dryrun=True) is Purpose.LOOK


def test_snakemake_has_these_options() -> None:
    """A name that its parser has no more would never be set."""
    options = vars(get_argument_parser().parse_args([]))
    assert [name for name in LOOKING if name not in options] == []
    assert not any(options[name] for name in LOOKING)

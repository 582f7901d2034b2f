"""What Snakemake calls tens of thousands of times while it makes its graph."""

from collections.abc import Callable
from inspect import signature
from typing import Any
from unittest.mock import Mock

import pytest

from gradus.graph.rules import OF_WILDCARDS, Rules

PATTERN = "eval/{experiment}/{benchmark}"
ASKED: dict[str, Callable[[Rules], Any]] = {
    "spec": lambda rules: rules.spec(PATTERN),
    "reads": lambda rules: rules.reads(PATTERN, "problems"),
    "files": lambda rules: rules.files(PATTERN, "problems"),
    "gate": lambda rules: rules.gate(PATTERN),
    "threads": lambda rules: rules.threads(PATTERN),
    **{
        name: lambda rules, name=name: rules.needs(PATTERN)[name] for name in ("mem_mb", "gpu", "gpu_mem_mb", "runtime")
    },
}


@pytest.mark.parametrize("name", ASKED)
def test_its_parameters_need_not_be_worked_out(name: str) -> None:
    graph = Mock(of_stages=lambda *stages: [], root="results/x")
    rules = Rules(graph, Mock(), Mock(), None, Mock(), Mock(), Mock())
    assert signature(ASKED[name](rules)) is OF_WILDCARDS

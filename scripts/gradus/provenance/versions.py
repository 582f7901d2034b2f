"""The versions that results were made with."""

import platform
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version

from gradus.provenance.environments import environments_of

PACKAGES = (
    *("accelerate", "bitsandbytes", "datasets", "jinja2", "math-verify", "mpmath", "numpy", "peft", "pyarrow"),
    *("pydantic", "pyyaml", "safetensors", "scipy", "snakemake", "sympy", "tinker", "tokenizers", "torch"),
    *("transformers", "trl"),
)
"""What computes results, decides what is computed, or reads and writes it."""


def versions(modules: Iterable[str]) -> dict[str, str]:
    """Python, the packages that results depend on, and the package of each environment that a job went on in.

    modules: those that the jobs loaded by name, by which their environments are known.
    """
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue  # an environment of one's own, for jobs that need fewer
    others = ((environment.packages[0], environment.version) for environment in environments_of(modules))
    return found | {package: there for package, there in others if there}

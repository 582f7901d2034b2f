"""The versions that a result was made with."""

import platform
from importlib.metadata import version

PACKAGES = ("torch", "tokenizers", "numpy", "scipy", "sympy", "math-verify", "pandas", "pyarrow", "snakemake")


def versions() -> dict[str, str]:
    """Python and the packages that results depend on."""
    return {"python": platform.python_version()} | {name: version(name) for name in PACKAGES}

"""Write the conda environment that the rules name, from requirements.lock beside it. Run by `make lock`."""

import sys
from pathlib import Path

from gradus.provenance.files import write_text

HEAD = """\
# The packages of requirements.lock for `snakemake --sdm conda`, written by `make lock`. They are listed here, and not
# named by `-r requirements.lock`, because Snakemake copies this file to a folder where no lock is, and makes another
# environment only when this file changes.
name: gradus
channels:
  - conda-forge
  - nodefaults
dependencies:
  - python =3.11
  - pip
  - pip:
"""


def conda_environment(lock: str) -> str:
    """The environment in conda's format; `lock` is a file of requirements for pip."""
    pinned = (line.strip() for line in lock.splitlines())
    return HEAD + "".join(f"      - {line}\n" for line in pinned if line and not line.startswith("#"))


def main() -> None:
    folder = Path(sys.argv[1])
    write_text(folder / "gradus.yaml", conda_environment((folder / "requirements.lock").read_text(encoding="utf-8")))


if __name__ == "__main__":
    main()

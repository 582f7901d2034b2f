"""Print the section of CHANGELOG.md for a release: python scripts/release_notes.py v0.2.0."""

import argparse
import re
import sys
import tomllib
from pathlib import Path

from gradus.provenance.errors import GradusError

ROOT = Path(__file__).parents[1]


def release_notes(tag: str, changelog: str, version: str) -> str:
    """Raises GradusError where the tag is not the package's version, or the changelog has nothing under it."""
    if tag != f"v{version}":
        raise GradusError(f"the tag is {tag}, the version in pyproject.toml {version}; make them the same")
    sections = re.split(r"^## (.+)\n", changelog, flags=re.MULTILINE)[1:]
    found = {
        title.split()[0].strip("[]"): text.strip() for title, text in zip(sections[::2], sections[1::2], strict=True)
    }
    if not found.get(version):
        raise GradusError(f"CHANGELOG.md has nothing under `## {version}`; rename `## Unreleased` and start a new one")
    return found[version] + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description="Print the section of CHANGELOG.md for a release.")
    parser.add_argument("tag", help="such as v0.2.0")
    tag = parser.parse_args().tag
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    print(release_notes(tag, (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), project["version"]), end="")


if __name__ == "__main__":
    try:
        main()
    except GradusError as error:
        sys.exit(f"error: {error}")

"""Write config/README.md and config/schema.json from the settings' models, and docs/algorithms.md from the algorithms.

Run by hand after a change to them.
"""

from pathlib import Path

from gradus.provenance.files import write_json, write_text
from gradus.study.algorithm_docs import algorithms_page
from gradus.study.documentation import config_readme
from gradus.study.editor_schema import editor_schema

PROJECT = Path(__file__).resolve().parents[1]
CONFIG = PROJECT / "config"


def main() -> None:
    write_text(CONFIG / "README.md", config_readme())
    write_json(CONFIG / "schema.json", editor_schema())
    write_text(PROJECT / "docs" / "algorithms.md", algorithms_page())


if __name__ == "__main__":
    main()

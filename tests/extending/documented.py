"""The examples of docs/extending.md: their files by name, as a reader would write them."""

import re
from pathlib import Path

PAGE = (Path(__file__).parents[2] / "docs/extending.md").read_text(encoding="utf-8")
FILES: dict[str, str] = dict(re.findall(r"^```\w+\n# config/(\S+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
FRAGMENTS: list[str] = re.findall(r"^```yaml\n((?!# config/).*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def write_examples(folder: Path) -> Path:
    """Every file of the page in this folder. Returns the study."""
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder / "own.yaml"

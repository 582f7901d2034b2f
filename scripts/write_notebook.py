"""Run the notebooks, whose cells are marked by `# %%` in notebooks/*.py, on built studies, and write them with what
they showed.

Run by hand, after a change to one or to its study: `make notebook`.
"""

import argparse
import os
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient

from gradus.provenance.files import write_text

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"

STUDIES = {"pocket": "pocket", "baseline": "pocket_engine", "analysis": "pocket_engine"}
"""What each is written with. The last two are for a study of a GPU, and take any."""


def executed(source: Path, folder: Path) -> nbformat.NotebookNode:
    """The notebook after a run in `folder`. Raises CellExecutionError where a cell fails."""
    notebook = jupytext.read(source)
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"  # else another one each time
    NotebookClient(notebook, resources={"metadata": {"path": str(folder)}}, record_timing=False).execute()
    return notebook


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("notebooks", nargs="*", choices=STUDIES, default=STUDIES, help="which; all of them else")
    for name in parser.parse_args().notebooks:
        os.environ["GRADUS_STUDY"] = STUDIES[name]
        write_text(NOTEBOOKS / f"{name}.ipynb", nbformat.writes(executed(NOTEBOOKS / f"{name}.py", NOTEBOOKS)))


if __name__ == "__main__":
    main()

"""Run notebooks/pocket.py, whose cells are marked by `# %%`, on the pocket study, and write it with what it showed.

Run by hand, after a change to it or to the study: `make notebook`.
"""

from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient

from gradus.provenance.files import write_text

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"


def executed(source: Path, folder: Path) -> nbformat.NotebookNode:
    """The notebook after a run in `folder`. Raises CellExecutionError where a cell fails."""
    notebook = jupytext.read(source)
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"  # else another one each time
    NotebookClient(notebook, resources={"metadata": {"path": str(folder)}}, record_timing=False).execute()
    return notebook


def main() -> None:
    notebook = executed(NOTEBOOKS / "pocket.py", NOTEBOOKS)
    write_text(NOTEBOOKS / "pocket.ipynb", nbformat.writes(notebook))


if __name__ == "__main__":
    main()

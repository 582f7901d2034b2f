"""notebooks/pocket.ipynb is a run of notebooks/pocket.py; tests/graph runs it on a study that was built."""

import jupytext
import nbformat

from write_notebook import NOTEBOOKS

MOST_BYTES = 300_000


def test_the_notebook_is_a_run_of_its_source() -> None:
    source = jupytext.read(NOTEBOOKS / "pocket.py")
    notebook = nbformat.read(NOTEBOOKS / "pocket.ipynb", as_version=4)
    assert [(cell.cell_type, cell.source) for cell in notebook.cells] == [
        (cell.cell_type, cell.source) for cell in source.cells
    ]
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert all(cell.outputs for cell in code)
    assert {output.output_type for cell in code for output in cell.outputs} == {
        "stream",
        "execute_result",
        "display_data",
    }


def test_the_notebook_is_light() -> None:
    assert (NOTEBOOKS / "pocket.ipynb").stat().st_size < MOST_BYTES

"""The notebooks in notebooks/ are runs of their sources; tests/graph runs these on a study that was built."""

import jupytext
import nbformat
import pytest

from write_notebook import NOTEBOOKS, STUDIES

MOST_BYTES = 300_000


def test_every_notebook_is_written() -> None:
    assert {path.stem for path in NOTEBOOKS.glob("*.py")} == STUDIES.keys()


@pytest.mark.parametrize("name", STUDIES)
def test_a_notebook_is_a_run_of_its_source(name: str) -> None:
    source = jupytext.read(NOTEBOOKS / f"{name}.py")
    notebook = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    assert [(cell.cell_type, cell.source) for cell in notebook.cells] == [
        (cell.cell_type, cell.source) for cell in source.cells
    ]
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert all(cell.outputs for cell in code)
    assert {output.output_type for cell in code for output in cell.outputs} <= {
        "stream",
        "execute_result",
        "display_data",
    }


@pytest.mark.parametrize("name", STUDIES)
def test_a_notebook_is_light(name: str) -> None:
    assert (NOTEBOOKS / f"{name}.ipynb").stat().st_size < MOST_BYTES

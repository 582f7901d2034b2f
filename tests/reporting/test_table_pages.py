"""Tables as pages: every field as it is in the table, whatever it holds."""

import csv
from html.parser import HTMLParser
from io import StringIO

from hypothesis import given
from hypothesis import strategies as st

from gradus.evaluation.pipe_table import bold, escape, pipe_table
from gradus.reporting.table_pages import csv_page, markdown_page
from reporting.test_page import HOSTILE


class Cells(HTMLParser):
    """The texts of a page's table cells, by row, and the names of its elements."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.names: set[str] = set()
        self._inside = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")
            self._inside = True

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.rows[-1][-1] += data


def _csv(rows: list[list[str]]) -> str:
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


FIELDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1)


@given(st.lists(st.lists(FIELDS, min_size=2, max_size=2), min_size=1, max_size=3))
def test_every_field_of_a_csv_is_a_cell(rows: list[list[str]]) -> None:
    assert Cells(csv_page("T", _csv(rows))).rows == rows


def test_numbers_are_aligned_and_keep_their_digits() -> None:
    page = csv_page("T", _csv([["name", "value"], ["a", "0.50"], ["b", ""], ["c", "-1e-07"]]))
    assert '<td class="number">0.50</td>' in page
    assert '<td class="number">-1e-07</td>' in page
    assert "<td>a</td>" in page


def test_a_table_of_nothing_is_its_header() -> None:
    assert Cells(csv_page("T", "a,b\n")).rows == [["a", "b"]]


def test_markdown_tables_keep_their_cells_and_notes() -> None:
    text = pipe_table(["Name", "n"], [[bold(escape("a|b_*c*")), "1 *"]]) + "- `*`: differs <b>x</b>\n"
    page = markdown_page("T", text)
    assert Cells(page).rows == [["Name", "n"], ["a|b_*c*", "1 *"]]
    assert "<strong>" in page
    assert "<li><code>*</code>: differs &lt;b&gt;x&lt;/b&gt;</li>" in page


def test_what_models_write_becomes_no_element() -> None:
    known = {"html", "head", "meta", "title", "style", "body", "h1", "table", "tr", "th", "td"}
    assert Cells(csv_page(HOSTILE, _csv([["a"], [HOSTILE]]))).names == known
    assert Cells(markdown_page(HOSTILE, pipe_table(["a"], [[escape(HOSTILE)]]))).names <= known | {"thead", "tbody"}

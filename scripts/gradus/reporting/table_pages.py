"""Tables as pages of their own: Snakemake's report shows HTML, but neither Markdown nor CSV."""

import csv
from io import StringIO

from markdown_it import MarkdownIt
from markupsafe import Markup, escape

STYLE = """
:root { color-scheme: light dark; }
body { margin: 1.5rem; font: 15px/1.45 "Helvetica Neue", "Segoe UI", Roboto, "Liberation Sans", Arial, sans-serif; }
h1 { margin: 0 0 1rem; font-size: 1.2rem; }
h3 { margin: 1.5rem 0 0.5rem; font-size: 1rem; }
p, ul { max-width: 50rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { max-width: 40rem; padding: 0.25rem 0.9rem 0.25rem 0; border-bottom: 1px solid #8884; text-align: left; }
th { position: sticky; top: 0; background: Canvas; white-space: nowrap; }
td { vertical-align: top; white-space: pre-line; }
.number { text-align: right; }
"""
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def markdown_page(title: str, text: str) -> str:
    """A page of Markdown as Gradus writes it: tables, headings, lists and paragraphs. HTML in it is shown as text."""
    return _page(title, Markup(MarkdownIt("commonmark", {"html": False}).enable("table").render(text)))


def csv_page(title: str, text: str) -> str:
    """A page of a CSV file with a header; every field as it is in the file."""
    header, *rows = csv.reader(StringIO(text, newline=""))
    numeric = [all(_is_number(row[column]) for row in rows if row[column]) for column in range(len(header))]
    shape = [' class="number"' if rows and number else "" for number in numeric]
    lines = [_row("th", header, shape), *(_row("td", row, shape) for row in rows)]
    return _page(title, Markup("<table>\n{}\n</table>\n").format(Markup("\n").join(lines)))


def _row(cell: str, fields: list[str], shape: list[str]) -> Markup:
    cells = (f"<{cell}{kind}>{escape(field)}</{cell}>" for field, kind in zip(fields, shape, strict=True))
    return Markup(f"<tr>{''.join(cells)}</tr>")


def _is_number(field: str) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True


def _page(title: str, body: Markup) -> str:
    return Markup(
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        "<title>{title}</title>\n<style>{style}</style>\n</head>\n<body>\n<h1>{title}</h1>\n{body}</body>\n</html>\n"
    ).format(policy=POLICY, title=title, style=Markup(STYLE), body=body)

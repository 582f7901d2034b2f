"""Rows of CSV and TSV files with a header, as spreadsheets and pandas write them."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gradus.provenance.errors import GradusError

csv.field_size_limit(2**31 - 1)  # a field of a corrupt file is as long as the file; ours are checked by `check_row`


def csv_rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Place and values of each row; an empty field is no value. Raises GradusError naming the line."""
    delimiter = "\t" if path.suffix == ".tsv" else ","
    with open(path, encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        try:
            header = next(reader, [])
            _check_header(path, header)
            for fields in reader:
                place = f"{path}:{reader.line_num}"
                if not fields:  # a blank line
                    continue
                if len(fields) != len(header):
                    what = f"{len(fields)} fields where the header names {len(header)}"
                    raise GradusError(f"{place}: {what}; put text that holds {delimiter!r} in double quotes")
                yield place, {name: text if text.strip() else None for name, text in zip(header, fields)}
        except csv.Error as error:
            what = "a quoted text has no end" if "unexpected end" in str(error) else str(error)
            raise GradusError(f"{path}:{reader.line_num}: not valid CSV: {what}; correct the row") from None
        except UnicodeDecodeError:
            raise GradusError(f"{path}:{reader.line_num + 1}: not UTF-8 text; save the whole file as UTF-8") from None


def _check_header(path: Path, header: list[str]) -> None:
    repeated = [name for name in header if header.count(name) > 1]
    if repeated:
        raise GradusError(f"{path}:1: the column {repeated[0]!r} is there twice; rename one")
    if not any(name.strip() for name in header):
        raise GradusError(f"{path}:1: no header; the first line has to name the columns")

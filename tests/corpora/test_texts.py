"""Documents of text files: whatever the kind of file, from any place on, and one line for each thing that is wrong."""

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gradus.corpora.passages import PASSAGE_CHARACTERS, SHARED_CHARACTERS, passages
from gradus.corpora.texts import BEGIN, Document, Place, TextFiles
from gradus.provenance.errors import GradusError

TEXTS = ["One apple.", "Two\npens, é.", "Three books."]


def write(folder: Path, name: str) -> Path:
    path = folder / name
    lines = "".join(json.dumps({"text": text, "id": n}) + "\n" for n, text in enumerate(TEXTS))
    if name.endswith(".txt"):
        path.write_text("\n\n".join(TEXTS) + "\n", encoding="utf-8")
    elif name.endswith(".gz"):
        path.write_bytes(gzip.compress(lines.encode()))
    elif name.endswith(".parquet"):
        pq.write_table(pa.table({"text": TEXTS, "id": [0, 1, 2]}), path)
    else:
        path.write_text(lines, encoding="utf-8")
    return path


def read(path: Path, start: Place = BEGIN, column: str = "text", separator: str = "\n\n") -> list[Document]:
    return list(TextFiles.at(path, column, separator).documents(start))


@pytest.mark.parametrize("name", ["a.txt", "a.jsonl", "a.jsonl.gz", "a.json.gz", "a.parquet"])
def test_documents_are_the_same_from_every_kind_of_file(tmp_path: Path, name: str) -> None:
    found = read(write(tmp_path, name))
    assert [document.text for document in found] == TEXTS
    assert [document.number for document in found] == [0, 1, 2]
    assert all(document.said.startswith(str(tmp_path / name)) for document in found)


def test_reading_goes_on_where_it_ended_over_several_files(tmp_path: Path) -> None:
    for name in ("part-10.txt", "part-2.jsonl", "part-1.parquet"):
        write(tmp_path, name)
    (tmp_path / "part-3.txt").write_text("\n\n \n\nAlone.\n\n", encoding="utf-8")  # nothing but one document
    whole = read(tmp_path)
    assert [document.text for document in whole] == [*TEXTS, *TEXTS, "Alone.", *TEXTS]
    for before, document in enumerate(whole):
        assert [one.number for one in read(tmp_path, document.after)] == list(range(before + 1, 10))
    assert read(tmp_path, whole[6].after)[0].said == f"{tmp_path / 'part-10.txt'}:1"


def test_another_separator_and_a_nested_column(tmp_path: Path) -> None:
    (tmp_path / "stories.txt").write_text("A story.\n<|endoftext|>\nAnother\n\none.", encoding="utf-8")
    found = read(tmp_path / "stories.txt", separator="<|endoftext|>\n")
    assert [(document.text, document.said.rpartition(":")[2]) for document in found] == [
        ("A story.", "1"),
        ("Another\n\none.", "3"),
    ]
    (tmp_path / "rows.jsonl").write_text('{"meta": {"body": "Deep."}}\n', encoding="utf-8")
    assert [document.text for document in read(tmp_path / "rows.jsonl", column="meta.body")] == ["Deep."]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (
            "a.jsonl",
            b'{"text": "x"}\n{"body": "y"}\n',
            "a.jsonl:2: no column 'text'; the row has body; name the column",
        ),
        ("a.jsonl", b'{"text": "x"}\n{"text": 3}\n', "a.jsonl:2: column 'text' is 3, not text; correct the row"),
        ("a.jsonl", b'{"text": "x"}\n{"text": "\xff"}\n', "a.jsonl:2: not UTF-8 text (byte 0xff at position 11)"),
        ("a.txt", b"one\n\ntwo\nthr\xffee\n\nfour", "a.txt:4: not UTF-8 text (byte 0xff at position 4)"),
        ("a.jsonl.gz", gzip.compress(b'{"text": "x"}\n' * 99, mtime=0)[:-9], "a.jsonl.gz: not a whole gzip file"),
        ("a.parquet", b"PAR1 torn", "a.parquet: not a whole parquet file"),
        ("a.pdf", b"", "a.pdf: unknown kind of file; expected .jsonl"),
    ],
)
def test_what_is_wrong_is_one_line_with_file_and_row(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(GradusError) as error:
        read(tmp_path / name)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_a_missing_column_of_a_table_names_those_that_it_has(tmp_path: Path) -> None:
    with pytest.raises(GradusError, match=r"a.parquet: row 1: no column 'body'; the row has text, id"):
        read(write(tmp_path, "a.parquet"), column="body")


def test_long_documents_are_searched_in_passages_that_share_their_ends(tmp_path: Path) -> None:
    long = " ".join(map(str, range(9_000)))
    (tmp_path / "a.txt").write_text(f"Short.\n\n{long}", encoding="utf-8")
    (batch,) = passages("books", TextFiles.at(tmp_path / "a.txt", "text", "\n\n").documents())
    assert [(text.row, text.id) for text in batch] == [(1, "books/1"), *[(2, "books/2")] * 3]
    parts = [text.text for text in batch[1:]]
    assert max(map(len, parts)) == PASSAGE_CHARACTERS
    assert parts[0][-SHARED_CHARACTERS:] == parts[1][:SHARED_CHARACTERS]
    assert parts[0] + "".join(part[SHARED_CHARACTERS:] for part in parts[1:]) == long

"""What is known of requests after a kill."""

from pathlib import Path

import pytest

from gradus.provenance.errors import GradusError
from gradus.tinker.journal import Asked, Journal


def test_each_step_outlives_the_process(tmp_path: Path) -> None:
    path = tmp_path / "state" / "asked.jsonl"
    journal = Journal(path)
    for number, key in enumerate("abc"):
        journal.asking(key, "session", number)
    journal.given("b", "id-b")
    journal.given("c", "id-c")
    journal.answered("c")
    again = Journal(path)  # the first was not closed, as after a kill
    assert again.asked("a") == Asked("session", 0)
    assert again.asked("b") == Asked("session", 1, "id-b")
    assert again.asked("c") == Asked("session", 2, "id-c", paid=True)
    assert again.asked("d") is None


def test_what_is_asked_anew_forgets_what_was_before(tmp_path: Path) -> None:
    path = tmp_path / "asked.jsonl"
    journal = Journal(path)
    journal.asking("a", "old", 1)
    journal.given("a", "lost")
    journal.asking("a", "new", 2)
    assert Journal(path).asked("a") == Asked("new", 2)


def test_a_torn_line_is_as_if_it_had_not_begun(tmp_path: Path) -> None:
    path = tmp_path / "asked.jsonl"
    journal = Journal(path)
    journal.asking("a", "session", 1)
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"key": "a", "requ')
    again = Journal(path)
    assert again.asked("a") == Asked("session", 1)
    again.given("a", "id")
    assert path.read_bytes().startswith(whole)
    assert Journal(path).asked("a") == Asked("session", 1, "id")


def test_a_journal_without_a_file_frees_answered_keys() -> None:
    journal = Journal(None)
    journal.asking("a", "session", 1)
    journal.given("a", "id")
    assert journal.asked("a") == Asked("session", 1, "id")
    journal.answered("a")
    assert journal.asked("a") is None


def test_another_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "asked.jsonl"
    path.write_text("none\n")
    with pytest.raises(GradusError, match=r"asked.jsonl: not a journal"):
        Journal(path)

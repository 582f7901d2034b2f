"""Families of domain tokens from a study's settings."""

from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from gradus.provenance.errors import GradusError
from gradus.study.settings.token_groups import TokensOfModel
from gradus.vocabulary.family import TokenFamily
from gradus.vocabulary.kinds.list import ListedTokens
from gradus.vocabulary.kinds.multiplication import MultiplicationTokens
from gradus.vocabulary.named import resolved, token_family


def test_the_published_tokens() -> None:
    tokens = token_family(MultiplicationTokens()).tokens
    assert len(tokens) == 45
    assert tokens[:2] == ("<MUL_1_1_1>", "<MUL_1_2_2>")
    assert tokens[8:10] == ("<MUL_1_9_9>", "<MUL_2_2_4>")
    assert tokens[-1] == "<MUL_9_9_81>"


def test_a_name_of_its_own() -> None:
    assert token_family(MultiplicationTokens()).name == "multiplication"
    assert token_family(MultiplicationTokens(name="mul")).name == "mul"


def test_a_listed_family_is_the_same_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "tokens.txt"
    file.write_text("km/h\n\nm/s²\n", encoding="utf-8")
    from_file = ListedTokens(file=str(file))
    assert token_family(from_file) == token_family(ListedTokens(tokens=["km/h", "m/s²"]))
    assert resolved(from_file) == ListedTokens(tokens=["km/h", "m/s²"])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (ListedTokens(), "either `tokens` or `file`"),
        (ListedTokens(tokens=["a"], file="b.txt"), "either `tokens` or `file`"),
        (ListedTokens(tokens=["a", "b", "a"]), "'a' is listed twice"),
        (ListedTokens(file="missing.txt"), "missing.txt: cannot be read as tokens"),
    ],
)
def test_lists_that_are_refused(settings: ListedTokens, message: str) -> None:
    with pytest.raises(GradusError, match=message) as refused:
        token_family(settings)
    assert "\n" not in str(refused.value)


def test_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("\n \n")
    with pytest.raises(GradusError, match="has no tokens; write one a line"):
        token_family(ListedTokens(file=str(tmp_path / "empty.txt")))


def test_a_family_without_tokens() -> None:
    with pytest.raises(GradusError, match="there are none"):
        TokenFamily("none", ())


def test_groups_of_a_study() -> None:
    groups = TypeAdapter(TokensOfModel)
    mul = groups.validate_python({"kind": "multiplication", "up_to": 3, "reserved": True})
    assert (mul.reserved, len(token_family(mul).tokens)) == (True, 6)
    assert token_family(groups.validate_python({"kind": "list", "tokens": ["a"]})).name == "list"
    with pytest.raises(ValidationError, match="'multiplication'"):
        groups.validate_python({"kind": "division"})

import pytest

from rewards.made_completion import completion, value


@pytest.mark.parametrize(("text", "expected"), [("is <MUL_2_4_8>", 1.0), ("is <DIV_8>", 1.0), ("is MUL_2", 0.0)])
def test_a_token_of_the_domain_by_its_beginning(text: str, expected: float) -> None:
    assert value("domain_tokens", completion(text), tokens=["<MUL_", "<DIV_"]) == expected

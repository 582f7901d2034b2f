import pytest

from rewards.made_completion import completion, value


@pytest.mark.parametrize(
    ("counts", "families", "expected"),
    [
        ({"mul": 2}, None, 1.0),
        ({"mul": 0}, None, 0.0),
        ({}, None, 0.0),
        ({"mul": 0, "div": 1}, None, 1.0),
        ({"mul": 0, "div": 1}, ["mul"], 0.0),
        ({"mul": 3, "div": 0}, ["div", "mul"], 1.0),
        ({"mul": 3}, ["units"], 0.0),
    ],
)
def test_any_token_of_the_families(counts: dict[str, int], families: list[str] | None, expected: float) -> None:
    assert value("uses_tokens", completion(domain_tokens=counts), families=families) == expected


def test_ids_decide_and_not_the_text() -> None:
    assert value("uses_tokens", completion("so <MUL_2_4_8>", domain_tokens={"mul": 0})) == 0.0

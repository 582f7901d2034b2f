"""`domain_tokens.json` beside a model's tokenizer."""

from pathlib import Path

import pytest

from gradus.hub.contents import DOMAIN_TOKENS
from gradus.models.domain_tokens import FamilyIds, read_domain_tokens, token_counter, write_domain_tokens
from gradus.provenance.errors import GradusError

UNITS = FamilyIds(reserved=True, tokens={"km": 12, "h": 11})
MUL = FamilyIds(reserved=False, tokens={"<MUL_1_1_1>": 9, "<MUL_1_2_2>": 10})


def test_what_is_written_is_read_in_the_order_of_the_ids(tmp_path: Path) -> None:
    write_domain_tokens(tmp_path, {"units": UNITS, "multiplication": MUL})
    assert read_domain_tokens(tmp_path) == {"multiplication": MUL, "units": UNITS}
    assert list(read_domain_tokens(tmp_path)) == ["multiplication", "units"]
    assert token_counter(tmp_path).counts([9, 9, 12, 3]) == {"multiplication": 2, "units": 1}


def test_a_model_without_domain_tokens_has_no_file(tmp_path: Path) -> None:
    write_domain_tokens(tmp_path, {})
    assert list(tmp_path.iterdir()) == []
    assert read_domain_tokens(tmp_path) == {}
    assert token_counter(tmp_path).counts([9]) == {}


@pytest.mark.parametrize("text", ["{", '{"mul": {"tokens": {"a": 1}}}', '{"mul": {"reserved": false, "tokens": {}}}'])
def test_a_torn_file_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / DOMAIN_TOKENS).write_text(text)
    with pytest.raises(GradusError, match=DOMAIN_TOKENS) as refused:
        read_domain_tokens(tmp_path)
    assert "\n" not in str(refused.value)

import os
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradus.models.tokenizer import load_tokenizer, save_tokenizer, train_tokenizer
from gradus.provenance.errors import GradusError

TEXTS = [
    f"Tom has {n} apples and buys {n + 3} more.\n{n}+{n + 3}={2 * n + 3}. \\boxed{{{2 * n + 3}}}" for n in range(200)
]


@pytest.fixture(scope="module")
def tokenizer():
    return train_tokenizer(TEXTS, 280)


def test_special_tokens_come_first_and_size_is_kept(tokenizer):
    assert [tokenizer.id_to_token(i) for i in range(3)] == ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    assert tokenizer.get_vocab_size() == 280


def test_each_digit_is_one_token(tokenizer):
    tokens = tokenizer.encode("There are 12345 of 67").tokens
    assert [token for token in tokens if any(c.isdigit() for c in token)] == list("1234567")


@given(text=st.text(max_size=60))
@settings(max_examples=200, deadline=None)
def test_any_text_round_trips(tokenizer, text):
    assert tokenizer.decode(tokenizer.encode(text).ids, skip_special_tokens=False) == text


def test_training_is_the_same_in_another_process(tokenizer):
    """Hash seeds differ between processes; ties between pairs of equal count must not."""
    code = (
        "import sys; from test_tokenizer import TEXTS; from gradus.models.tokenizer import train_tokenizer;"
        "sys.stdout.write(train_tokenizer(TEXTS, 280).to_str())"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([os.path.dirname(__file__), *sys.path])}
    for seed in ("1", "2"):
        found = subprocess.run(
            [sys.executable, "-c", code],
            env=environment | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        assert found == tokenizer.to_str()


def test_transformers_reads_it(tmp_path, tokenizer, arch):
    from transformers import AutoTokenizer

    from gradus.provenance.files import write_json

    save_tokenizer(tmp_path, tokenizer)
    write_json(tmp_path / "config.json", arch.to_config())
    reference = AutoTokenizer.from_pretrained(tmp_path)
    assert (reference.eos_token, reference.pad_token) == ("<|im_end|>", "<|endoftext|>")
    assert (reference.eos_token_id, reference.pad_token_id) == (2, 0)
    for text in [*TEXTS[:3], "It's 3.14, naïve\n\n  <|im_end|>x  "]:
        assert reference(text)["input_ids"] == tokenizer.encode(text).ids
    messages = [{"role": "user", "content": "2+2?"}]
    rendered = reference.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    assert rendered == "<|im_start|>user\n2+2?<|im_end|>\n<|im_start|>assistant\n"
    assert load_tokenizer(tmp_path).to_str() == tokenizer.to_str()


def test_refuses_a_vocabulary_without_room_for_the_bytes():
    with pytest.raises(GradusError, match="259"):
        train_tokenizer(TEXTS, 258)


def test_names_a_missing_file(tmp_path):
    with pytest.raises(GradusError, match=r"tokenizer\.json"):
        load_tokenizer(tmp_path)

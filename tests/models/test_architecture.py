import pytest

from gradus.models.architecture import Architecture
from gradus.provenance.errors import GradusError


def test_config_round_trip(arch):
    assert Architecture.from_config(arch.to_config()) == arch


def test_reads_the_older_spelling_of_rope_theta(arch):
    config = arch.to_config()
    del config["rope_parameters"]
    assert Architecture.from_config(config | {"rope_theta": 5e5}).rope_theta == 5e5


def test_parameter_count_by_hand():
    arch = Architecture(10, 4, 6, 1, 2, 1, 2)
    # embedding 40; norms 4+4+4 and 2+2; q 16, k 8, v 8, o 16; mlp 3*24
    assert arch.parameter_count == 40 + 12 + 4 + 48 + 72


@pytest.mark.parametrize(
    ("key", "value"), [("model_type", "llama"), ("tie_word_embeddings", False), ("attention_bias", True)]
)
def test_refuses_what_it_would_compute_wrongly(arch, key, value):
    with pytest.raises(GradusError, match=key):
        Architecture.from_config(arch.to_config() | {key: value})


def test_names_a_missing_key(arch):
    config = arch.to_config()
    del config["head_dim"]
    with pytest.raises(GradusError, match="head_dim"):
        Architecture.from_config(config)


def test_refuses_heads_that_do_not_divide():
    with pytest.raises(GradusError, match="num_key_value_heads"):
        Architecture(10, 4, 6, 1, 3, 2, 2)

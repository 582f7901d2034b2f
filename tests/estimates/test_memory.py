"""The parts by hand, and which of them are there together."""

from dataclasses import replace

import pytest
from torch import nn
from transformers import GPT2Config

from estimates.held import network
from gradus.estimates.generation import Generation, generation_bytes, share_needed
from gradus.estimates.known import KNOWN
from gradus.estimates.memory import ASLEEP, GB, Training, sampling_memory, training_memory
from gradus.estimates.shape import Shape
from gradus.provenance.errors import GradusError

QWEN = KNOWN["Qwen/Qwen3-4B"]
ALL = tuple(QWEN.projections)
FULL = Training(QWEN, "full", True, True, "adamw", 8, 2560, 2048, True)
LORA = replace(FULL, method="lora", rank=64, targets=ALL)
DEVICE = 80 * GB

# The sums of the published files' tensors; of tied models the embedding once.
PUBLISHED = {
    "openai-community/gpt2": 124_439_808,
    "openai-community/gpt2-medium": 354_823_168,
    "openai-community/gpt2-large": 774_030_080,
    "openai-community/gpt2-xl": 1_557_611_200,
    "Qwen/Qwen3-0.6B": 596_049_920,
    "Qwen/Qwen3-1.7B": 1_720_574_976,
    "Qwen/Qwen3-4B": 4_022_468_096,
    "Qwen/Qwen3-8B": 8_190_735_360,
    "Qwen/Qwen3-14B": 14_768_307_200,
    "Qwen/Qwen3-32B": 32_762_123_264,
    "Qwen/Qwen2.5-0.5B": 494_032_768,
    "Qwen/Qwen2.5-1.5B": 1_543_714_304,
    "Qwen/Qwen2.5-3B": 3_085_938_688,
    "Qwen/Qwen2.5-7B": 7_615_616_512,
    "Qwen/Qwen2.5-14B": 14_770_033_664,
    "Qwen/Qwen2.5-32B": 32_763_876_352,
    "meta-llama/Llama-3.2-1B": 1_235_814_400,
    "meta-llama/Llama-3.2-3B": 3_212_749_824,
    "meta-llama/Llama-3.1-8B": 8_030_261_248,
}


@pytest.mark.parametrize(("repo", "parameters"), PUBLISHED.items())
def test_parameters_of_published_models(repo: str, parameters: int) -> None:
    assert KNOWN[repo].parameters == parameters


@pytest.mark.parametrize("rank", [0, 8])
@pytest.mark.parametrize("tied", [True, False])
def test_parameters_are_those_of_the_network(tied: bool, rank: int) -> None:
    shape = Shape(1000, 64, 160, 2, 4, 2, 32, tied=tied)
    made = network(shape, rank, "float32")
    trained = shape.adapter(rank, list(ALL)) if rank else shape.parameters
    assert sum(p.numel() for p in made.parameters() if p.requires_grad) == trained
    assert sum(p.numel() for p in made.parameters()) == shape.parameters + (trained if rank else 0)


def test_weights_gradients_and_moments_by_hand() -> None:
    full = training_memory(FULL, DEVICE)
    assert (full.weights, full.gradients, full.optimizer, full.adapter) == (16_089_872_384,) * 2 + (32_179_744_768, 0)
    # 64 * (inputs + outputs) of q 6656, k and v 3584 each, o 6656, gate, up and down 12288 each; 36 layers.
    adapter = 36 * 64 * (2 * 6656 + 2 * 3584 + 3 * 12288)
    assert adapter == 132_120_576
    lora = training_memory(LORA, DEVICE)
    assert (lora.weights, lora.adapter, lora.gradients) == (8_044_936_192, 4 * adapter, 4 * adapter)
    assert lora.optimizer == 8 * adapter
    # 3,633,315,840 parameters in matrices at 0.51587 bytes, and 389,152,256 others in bfloat16.
    qlora = training_memory(replace(LORA, method="qlora"), DEVICE)
    assert qlora.weights == round(3_633_315_840 * (0.5 + 0.015625 + 0.000244140625)) + 2 * 389_152_256


def test_moments_in_eight_bits_and_paged() -> None:
    paged = training_memory(replace(FULL, optimizer="paged_adamw"), DEVICE)
    eight = training_memory(replace(FULL, optimizer="paged_adamw_8bit"), DEVICE)
    whole = training_memory(FULL, DEVICE)
    assert paged.optimizer == whole.optimizer
    assert eight.optimizer == 2 * QWEN.parameters + 8 * -(-QWEN.parameters // 256)
    assert whole.total - paged.total == whole.optimizer
    assert eight.total == paged.total


def test_a_reference_is_a_copy_only_where_all_parameters_train() -> None:
    assert training_memory(replace(FULL, reference=4), DEVICE).reference == 16_089_872_384
    assert training_memory(replace(LORA, reference=2), DEVICE).reference == 0


def test_the_cache_by_hand() -> None:
    # Keys and values of 8 heads of 128 in 36 layers: 73,728 numbers a token, in bfloat16 147,456 bytes.
    assert QWEN.cache_values == 73_728
    drawn = Generation("model", 64, 2560)
    logits = 64 * 151_936 * 12
    # One of 36 layers anew; or, beside the cache of the prompts, 8 bytes of the MLP's 9,728 for each of their tokens.
    held = 64 * 2560 * 147_456
    assert generation_bytes(QWEN, drawn, 2, DEVICE) == held + logits + held // 36
    read = replace(drawn, prompt=2048)
    assert generation_bytes(QWEN, read, 2, DEVICE) == 64 * 2048 * (147_456 + 8 * 9728) + logits
    assert generation_bytes(QWEN, Generation("share", 64, 2560, share=0.3), 2, DEVICE) == 24 * GB
    assert generation_bytes(QWEN, Generation("server", 64, 2560), 2, DEVICE) == 0


def test_the_cache_of_rollouts_is_in_the_precision_of_the_weights() -> None:
    drawn = Generation("model", 64, 2560)
    for work, number in ((FULL, 4), (LORA, 2), (replace(LORA, bf16=False), 4), (replace(LORA, method="qlora"), 2)):
        cache = training_memory(replace(work, generation=drawn), DEVICE).cache
        assert cache == generation_bytes(QWEN, drawn, number, DEVICE), work


def test_rollouts_as_measured_on_an_h100() -> None:
    """`generate` of 64 completions of 256 tokens after 256, an adapter of rank 64 on Qwen3-4B before the first update:
    13.7 GB in tensors."""
    work = replace(LORA, rows=1, generation=Generation("model", 64, 512, 256))
    memory = training_memory(work, DEVICE)
    assert memory.tensors - memory.optimizer == pytest.approx(13.7e9, rel=0.02)


def test_the_cache_of_slots_by_hand() -> None:
    # 16 groups have 8,192 tokens of prompts, of which 4,096 are read at a time, their keys in float32; then a step's
    # logits, or 8 bytes of the MLP's 9,728 for each token that is read.
    drawn = Generation("model", 64, 2560, 512, group=4, static=True)
    held = 64 * 2560 * 147_456 + 4096 * 4 * 73_728
    assert generation_bytes(QWEN, drawn, 2, DEVICE) == held + 8 * 4096 * 9728
    few = replace(drawn, rows=4)
    assert generation_bytes(QWEN, few, 2, DEVICE) == 4 * 2560 * 147_456 + 512 * (4 * 73_728 + 8 * 9728)
    short = replace(drawn, prompt=8)
    assert generation_bytes(QWEN, short, 2, DEVICE) == 64 * 2560 * 147_456 + 128 * 4 * 73_728 + 64 * 151_936 * 20


def test_rollouts_and_update_do_not_add_up_unless_vllm_stays() -> None:
    alone = training_memory(LORA, DEVICE).total
    one = training_memory(LORA, DEVICE)
    resident = one.weights + one.adapter + one.optimizer + one.overhead
    asleep = replace(LORA, generation=Generation("share", 64, 2560, share=0.3, stays=False))
    awake = replace(LORA, generation=Generation("share", 64, 2560, share=0.3, stays=True))
    cache = replace(LORA, generation=Generation("model", 64, 2560))
    assert training_memory(asleep, DEVICE).total == resident + 24 * GB
    assert (
        training_memory(replace(asleep, rows=32), DEVICE).total
        == training_memory(replace(LORA, rows=32), DEVICE).total + ASLEEP
    )
    assert training_memory(awake, DEVICE).total == alone + 24 * GB
    assert training_memory(cache, DEVICE).total == resident + training_memory(cache, DEVICE).cache


def test_rollouts_that_are_drawn_ahead_add_up_with_the_update() -> None:
    for work, copied in ((LORA, training_memory(LORA, DEVICE).adapter), (FULL, 4 * FULL.shape.parameters)):
        alone = training_memory(work, DEVICE).total
        ahead = training_memory(replace(work, generation=Generation("model", 64, 2560, ahead=True)), DEVICE)
        assert ahead.total == alone + ahead.cache + copied


def test_the_square_roots_of_an_unfused_step() -> None:
    unfused = training_memory(replace(FULL, rows=1, fused=False), DEVICE)
    assert unfused.total == unfused.weights + unfused.optimizer + 2 * unfused.gradients + unfused.overhead


def test_vllm_takes_its_share_and_needs_room_for_one_text() -> None:
    memory = sampling_memory(QWEN, Generation("share", 1, 2560, share=0.9), DEVICE)
    assert (memory.weights, memory.weights + memory.cache) == (8_044_936_192, 72 * GB)
    assert share_needed(QWEN, 2560) == 8_044_936_192 + 2560 * 147_456 + 2 * GB


def test_a_model_that_vllm_cannot_start_with_is_planned_with_what_it_needs() -> None:
    qwen_32b, drawn = KNOWN["Qwen/Qwen3-32B"], Generation("share", 1, 2560, share=0.9)
    needed = 2 * 32_762_123_264 + 2560 * 2 * (2 * 64 * 8 * 128) + 2 * GB
    assert share_needed(qwen_32b, 2560) == needed
    assert sampling_memory(qwen_32b, drawn, 40 * GB).total == needed + 1_200_000_000 > 40 * GB
    assert sampling_memory(qwen_32b, drawn, 80 * GB).total == 72 * GB + 1_200_000_000


def test_other_families_are_refused_with_their_name() -> None:
    with pytest.raises(GradusError, match="model_type is 'qwen3_5_moe'"):
        Shape.from_config({"model_type": "qwen3_5_moe"}, "x/config.json")
    with pytest.raises(GradusError, match=r"x/config.json: the key 'vocab_size' is missing"):
        Shape.from_config({"model_type": "qwen3"}, "x/config.json")


@pytest.mark.parametrize("rank", [0, 8])
def test_parameters_of_gpt2_are_those_of_the_network(rank: int) -> None:
    """Its adapters target `c_proj` twice a layer."""
    shape = Shape.from_config(GPT2Config(vocab_size=1000, n_embd=64, n_layer=2, n_head=4, n_positions=128).to_dict())
    made = network(shape, rank, "float32")
    assert sum(p.numel() for p in made.parameters()) == shape.parameters + shape.adapter(rank, shape.targets)
    norms = sum(p.numel() for module in made.modules() if isinstance(module, nn.LayerNorm) for p in module.parameters())
    assert norms == shape.parts["norms"]
    assert shape.adapter(rank, ["c_proj"]) == rank * 2 * ((64 + 64) + (64 + 256))
    assert len(shape.targeted(["c_proj", "c_fc"])) == 3


def test_heads_and_widths_that_a_config_leaves_out() -> None:
    config = {"model_type": "llama", "vocab_size": 100, "hidden_size": 64, "intermediate_size": 128}
    shape = Shape.from_config(config | {"num_hidden_layers": 1, "num_attention_heads": 4})
    assert (shape.kv_heads, shape.head, shape.tied, shape.head_norms) == (4, 16, False, False)
    assert shape.parameters == 2 * 6400 + 4 * 64 * 64 + 3 * 64 * 128 + 2 * 64 + 64

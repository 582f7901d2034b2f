"""Shapes of published models, so that a study can be planned before anything is downloaded.

From the models' own `config.json` (Qwen3 Technical Report, arXiv:2505.09388, table 1; Qwen2.5, arXiv:2412.15115; Llama
3, arXiv:2407.21783; Qwen3.5: https://huggingface.co/Qwen/Qwen3.5-4B and its sisters; GPT-2: Radford et al. 2019).
"""

from dataclasses import replace

from gradus.estimates.shape import LinearAttention, Shape


def _qwen3(hidden: int, inner: int, layers: int, heads: int, tied: bool) -> Shape:
    return Shape(151_936, hidden, inner, layers, heads, kv_heads=8, head=128, tied=tied)


def _qwen2(hidden: int, inner: int, layers: int, heads: int, kv_heads: int, head: int = 128) -> Shape:
    """Vocabularies of Qwen2.5 are padded further from 7B on."""
    small = hidden < 3584
    vocabulary = 151_936 if small else 152_064
    return Shape(vocabulary, hidden, inner, layers, heads, kv_heads, head, small, head_norms=False, attention_bias=True)


def _qwen3_5(hidden: int, inner: int, layers: int, heads: int, value_heads: int, tied: bool) -> Shape:
    """Every fourth layer attends; the encoder of pictures is left out, as no job here loads it but vLLM's."""
    linear = LinearAttention(layers - layers // 4, 16, value_heads, key_head=128, value_head=128, kernel=4)
    return Shape(248_320, hidden, inner, layers, heads, 4, head=256, tied=tied, gated=True, linear=linear)


def _llama3(hidden: int, inner: int, layers: int, heads: int, head: int, tied: bool) -> Shape:
    return Shape(128_256, hidden, inner, layers, heads, 8, head, tied, head_norms=False)


def _gpt2(hidden: int, layers: int, heads: int) -> Shape:
    shape = Shape(50_257, hidden, 4 * hidden, layers, heads, kv_heads=heads, head=64, tied=True, head_norms=False)
    return replace(shape, layout="gpt2", positions=1024)


_SIZES = {
    "0.6B": _qwen3(1024, 3072, 28, 16, tied=True),
    "1.7B": _qwen3(2048, 6144, 28, 16, tied=True),
    "4B": _qwen3(2560, 9728, 36, 32, tied=True),
    "8B": _qwen3(4096, 12288, 36, 32, tied=False),
    "14B": _qwen3(5120, 17408, 40, 40, tied=False),
}

_SIZES_2_5 = {
    "0.5B": _qwen2(896, 4864, 24, 14, kv_heads=2, head=64),
    "1.5B": _qwen2(1536, 8960, 28, 12, kv_heads=2),
    "3B": _qwen2(2048, 11_008, 36, 16, kv_heads=2),
    "7B": _qwen2(3584, 18_944, 28, 28, kv_heads=4),
    "14B": _qwen2(5120, 13_824, 48, 40, kv_heads=8),
    "32B": _qwen2(5120, 27_648, 64, 40, kv_heads=8),
}

_SIZES_3_5 = {
    "4B": _qwen3_5(2560, 9216, 32, 16, value_heads=32, tied=True),
    "9B": _qwen3_5(4096, 12_288, 32, 16, value_heads=32, tied=False),
    "27B": _qwen3_5(5120, 17_408, 64, 24, value_heads=48, tied=False),
}

_SIZES_LLAMA = {
    "3.2-1B": _llama3(2048, 8192, 16, 32, head=64, tied=True),
    "3.2-3B": _llama3(3072, 8192, 28, 24, head=128, tied=True),
    "3.1-8B": _llama3(4096, 14_336, 32, 32, head=128, tied=False),
}

_SIZES_GPT2 = {"": _gpt2(768, 12, 12), "-medium": _gpt2(1024, 24, 16), "-large": _gpt2(1280, 36, 20)}
_SIZES_GPT2["-xl"] = _gpt2(1600, 48, 25)
_WITH_PRODUCTS = replace(_gpt2(768, 12, 12), vocabulary=50_349)
"""GPT-2 of config/domain_tokens.yaml: a vocabulary padded to 50,304, and 45 further tokens."""

KNOWN: dict[str, Shape] = {
    **{f"{owner}gpt2{size}": shape for owner in ("", "openai-community/") for size, shape in _SIZES_GPT2.items()},
    **{
        f"zhengpu-berkeley/domain-token-gpt2-{name}": _WITH_PRODUCTS
        for condition in ("baseline", "mul-tokens")
        for name in (f"{condition}-10b", f"sft-tulu-{condition}", f"sft-gsm8k-{condition}")
    },
    **{f"Qwen/Qwen3-{size}": shape for size, shape in _SIZES.items()},
    **{f"Qwen/Qwen3-{size}-Base": shape for size, shape in _SIZES.items()},
    "Qwen/Qwen3-4B-Instruct-2507": _SIZES["4B"],
    "Qwen/Qwen3-4B-Thinking-2507": _SIZES["4B"],
    "Qwen/Qwen3-32B": _qwen3(5120, 25600, 64, 64, tied=False),
    **{f"Qwen/Qwen3.5-{size}": shape for size, shape in _SIZES_3_5.items()},
    "Qwen/Qwen3.5-9B-Base": _SIZES_3_5["9B"],
    **{f"Qwen/Qwen2.5-{size}": shape for size, shape in _SIZES_2_5.items()},
    **{f"Qwen/Qwen2.5-{size}-Instruct": shape for size, shape in _SIZES_2_5.items()},
    **{f"Qwen/Qwen2.5-Math-{size}": _SIZES_2_5[size] for size in ("1.5B", "7B")},
    **{f"meta-llama/Llama-{size}": shape for size, shape in _SIZES_LLAMA.items()},
    **{f"meta-llama/Llama-{size}-Instruct": shape for size, shape in _SIZES_LLAMA.items()},
}

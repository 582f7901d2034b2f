"""Shapes of published models, so that a study can be planned before anything is downloaded.

From the models' own `config.json` (Qwen3 Technical Report, arXiv:2505.09388, table 1).
"""

from gradus.estimates.shape import Shape


def _qwen3(hidden: int, inner: int, layers: int, heads: int, tied: bool) -> Shape:
    return Shape(151_936, hidden, inner, layers, heads, kv_heads=8, head=128, tied=tied)


_SIZES = {
    "0.6B": _qwen3(1024, 3072, 28, 16, tied=True),
    "1.7B": _qwen3(2048, 6144, 28, 16, tied=True),
    "4B": _qwen3(2560, 9728, 36, 32, tied=True),
    "8B": _qwen3(4096, 12288, 36, 32, tied=False),
    "14B": _qwen3(5120, 17408, 40, 40, tied=False),
}

KNOWN: dict[str, Shape] = {
    **{f"Qwen/Qwen3-{size}": shape for size, shape in _SIZES.items()},
    **{f"Qwen/Qwen3-{size}-Base": shape for size, shape in _SIZES.items()},
    "Qwen/Qwen3-4B-Instruct-2507": _SIZES["4B"],
    "Qwen/Qwen3-4B-Thinking-2507": _SIZES["4B"],
    "Qwen/Qwen3-32B": _qwen3(5120, 25600, 64, 64, tied=False),
}

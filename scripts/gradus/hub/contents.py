"""Which files of a repository are ever downloaded. Code is not: nothing from the hub is run, and no pickle is read."""

from collections.abc import Iterable
from fnmatch import fnmatchcase

TABLES = ("*.parquet", "*.jsonl", "*.json", "*.csv", "*.tsv", "*.arrow")
ALLOWED = {
    "dataset": TABLES,
    # Of a dataset too, for models to be pretrained on.
    "text": (*TABLES, "*.txt", "*.jsonl.gz", "*.json.gz"),
    # Weights as safetensors only; .jinja and .json hold tokenizer, chat template and shape.
    "model": ("*.safetensors", "*.safetensors.index.json", "*.json", "*.jinja"),
}

WEIGHTS = "model.safetensors"
WEIGHTS_INDEX = "model.safetensors.index.json"
CONFIG = "config.json"
TOKENIZER = "tokenizer.json"
DOMAIN_TOKENS = "domain_tokens.json"
"""Beside the tokenizer of a model with domain tokens, see `models/domain_tokens.py`."""

MODEL_FILES = (
    CONFIG,
    "generation_config.json",
    TOKENIZER,
    "tokenizer_config.json",
    "special_tokens_map.json",
    "chat_template.jinja",
    DOMAIN_TOKENS,
    WEIGHTS,
    WEIGHTS_INDEX,
    "model-*-of-*.safetensors",
)
"""What a model folder may need. Other files of the repository, such as a second copy of the weights, stay there."""

ORIGIN = "origin.json"
"""Beside a model of the hub in the results: its repository and revision. Those of other models have none."""

NEEDED = (CONFIG, TOKENIZER)
"""Without these there is no model to work with; besides them it needs its weights."""


def allowed(kind: str, names: Iterable[str]) -> list[str]:
    """The files of a repository that may be downloaded; hidden ones are the hub's own."""
    return sorted(
        name
        for name in names
        if matches(name, ALLOWED[kind]) and not any(part.startswith(".") for part in name.split("/"))
    )


def matches(name: str, patterns: Iterable[str]) -> bool:
    """Whether a path matches one of the patterns part by part: `*` does not reach over a slash."""
    parts = name.split("/")
    return any(
        len(parts) == len(pattern.split("/")) and all(map(fnmatchcase, parts, pattern.split("/")))
        if "/" in pattern
        else fnmatchcase(parts[-1], pattern)
        for pattern in patterns
    )


def model_files(names: Iterable[str]) -> list[str]:
    """The files of a model in the repository's or folder's top level; of two forms of the weights the whole file."""
    found = sorted(name for name in names if "/" not in name and matches(name, MODEL_FILES))
    if WEIGHTS in found:
        found = [name for name in found if name == WEIGHTS or not name.startswith("model")]
    return found


def is_weights(name: str) -> bool:
    return ".safetensors" in name


def weights_file(names: Iterable[str]) -> str | None:
    """The file by which a model's weights are found: the weights themselves, or the index of their parts."""
    there = set(names)
    return next((name for name in (WEIGHTS, WEIGHTS_INDEX) if name in there), None)

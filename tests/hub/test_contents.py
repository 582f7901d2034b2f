"""What is downloaded of a repository, and what never is."""

import pytest

from gradus.hub.contents import allowed, matches, model_files, weights_file


def test_no_code_and_no_pickles_are_ever_taken() -> None:
    names = ["a.py", "model.bin", "x.pt", "x.pkl", "x.ckpt", "x.h5", "README.md", ".gitattributes", ".cache/x.json"]
    assert allowed("model", [*names, "model.safetensors", "config.json"]) == ["config.json", "model.safetensors"]
    assert allowed("dataset", [*names, "data/x.parquet", "test.jsonl"]) == ["data/x.parquet", "test.jsonl"]


@pytest.mark.parametrize(
    ("name", "pattern", "whether"),
    [
        ("main/test-00000-of-00001.parquet", "main/test-*.parquet", True),
        ("socratic/test-00000-of-00001.parquet", "main/test-*.parquet", False),
        ("algebra/test-0.parquet", "*/test-*.parquet", True),
        ("a/b/test-0.parquet", "*/test-*.parquet", False),
        ("a/b/test.jsonl", "test.jsonl", True),
        ("a/latest.jsonl", "test.jsonl", False),
    ],
)
def test_patterns(name: str, pattern: str, whether: bool) -> None:
    assert matches(name, [pattern]) is whether


def test_a_model_has_its_weights_once() -> None:
    parts = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "model.safetensors.index.json"]
    small = ["config.json", "tokenizer.json", "chat_template.jinja"]
    other = ["onnx/config.json", "vocab.json", "consolidated.safetensors", "adapter_model.safetensors"]
    assert model_files([*parts, *small, *other]) == sorted([*parts, *small])
    assert model_files([*parts, "model.safetensors", *small]) == sorted(["model.safetensors", *small])
    assert weights_file(parts) == "model.safetensors.index.json"
    assert weights_file([*parts, "model.safetensors"]) == "model.safetensors"
    assert weights_file(["config.json", "consolidated.safetensors"]) is None

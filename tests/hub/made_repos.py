"""What the double serves in the tests: a few rows in a publisher's layout, and a tiny Qwen3 with its tokenizer."""

import hashlib
import io
import json
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as parquet
import torch
from safetensors.torch import load, save

from gradus.models.architecture import Architecture
from gradus.models.qwen3 import init_weights
from gradus.models.store import save_model
from gradus.models.tokenizer import EOS_TOKEN, PAD_TOKEN, save_tokenizer, train_tokenizer

TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m.role }} says:\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant says:\n{% endif %}"
)


def gsm8k(count: int, split: str = "test", of: str = "boxes") -> dict[str, bytes]:
    """GSM8K's layout with `count` rows."""
    rows = [
        {"question": f"There are {i} {of} and 2 more. How many?", "answer": f"{i}+2={i + 2}\n#### {i + 2}"}
        for i in range(count)
    ]
    buffer = io.BytesIO()
    parquet.write_table(pa.Table.from_pylist(rows), buffer)
    files = f"{{split: {split}, path: main/{split}-*}}"
    card = f"---\nconfigs:\n- config_name: main\n  data_files: [{files}]\n---\n# A set\n"
    return {"README.md": card.encode(), f"main/{split}-00000-of-00001.parquet": buffer.getvalue()}


def math500(count: int) -> dict[str, bytes]:
    """MATH-500's layout with `count` rows."""
    rows = [
        {
            "problem": f"What is ${i}+1$?",
            "solution": f"It is $\\boxed{{{i + 1}}}$.",
            "answer": str(i + 1),
            "subject": "Algebra",
            "level": 1 + i % 5,
            "unique_id": f"test/algebra/{i}.json",
        }
        for i in range(count)
    ]
    return {"test.jsonl": "".join(json.dumps(row) + "\n" for row in rows).encode()}


@cache
def qwen3(seed: int = 0, template: str = TEMPLATE) -> dict[str, bytes]:
    """A repository with a Qwen3 of 20 thousand parameters in bfloat16, and with files that nobody should fetch."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        tokenizer = train_tokenizer(["Question: what is 2 + 3? It is \\boxed{5}."] * 10, 264)
        save_tokenizer(folder, tokenizer)
        arch = Architecture(
            vocab_size=tokenizer.get_vocab_size(),
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=2,
            num_attention_heads=2,
            num_key_value_heads=1,
            head_dim=16,
            eos_token_id=tokenizer.token_to_id(EOS_TOKEN),
            pad_token_id=tokenizer.token_to_id(PAD_TOKEN),
        )
        save_model(folder, arch, init_weights(arch, seed))
        files = {path.name: path.read_bytes() for path in folder.iterdir()}
    weights = {name: tensor.to(torch.bfloat16) for name, tensor in load(files["model.safetensors"]).items()}
    files["model.safetensors"] = save(weights, metadata={"format": "pt"})
    files["chat_template.jinja"] = template.encode()
    return files | {"README.md": b"# A model\n", "pytorch_model.bin": b"a pickle", "modeling.py": b"raise SystemExit"}


def in_parts(files: dict[str, bytes]) -> dict[str, bytes]:
    """The same model with its weights in two files and an index."""
    weights = load(files["model.safetensors"])
    names = sorted(weights)
    parts = {f"model-0000{i + 1}-of-00002.safetensors": names[i::2] for i in range(2)}
    index = {"metadata": {}, "weight_map": {name: part for part, inside in parts.items() for name in inside}}
    rest = {name: data for name, data in files.items() if name != "model.safetensors"}
    saved = {part: save({name: weights[name] for name in inside}) for part, inside in parts.items()}
    return rest | saved | {"model.safetensors.index.json": json.dumps(index).encode()}


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()

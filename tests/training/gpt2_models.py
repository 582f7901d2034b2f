"""GPT-2 models with the publisher's tokenizer, made by the jobs of a study: from a local folder, and from a checkpoint
of nanoGPT.
"""

from pathlib import Path
from typing import Any

import torch
from transformers import GPT2Config, GPT2LMHeadModel

import fetch_model
import import_nanogpt
from gradus.models.manifest import MANIFEST
from gradus.provenance.outside import outside
from gradus.specs.models import ChatSpec, FetchModelSpec, ImportNanogptSpec
from gradus.study.chat import chat_settings
from gradus.study.settings.models import FolderModel, NanogptModel
from nanogpt_checkpoints import SIZES, network_weights
from published_tokenizers import FILES, published
from typed_jobs import typed_job

END = 50_256
"""`<|endoftext|>`, the only special token: beginning, end and padding."""


def fetched(root: Path) -> Path:
    """The folder models/gpt2 of a tiny model that lies in a local folder as its publisher has it."""
    source, out = root / "published", root / "models/gpt2"
    sizes = {"n_embd": 32, "n_layer": 2, "n_head": 2}
    torch.manual_seed(0)
    GPT2LMHeadModel(GPT2Config(**sizes, bos_token_id=END, eos_token_id=END)).save_pretrained(source)
    for name in FILES:
        (source / name).write_bytes((published("gpt2") / name).read_bytes())
    chat = ChatSpec(**chat_settings(FolderModel(path=str(source), chat_template="user_assistant")))
    settings = FetchModelSpec(chat=chat, backends=["trl"], path=str(source), outside=outside(str(source)))
    fetch_model.build(typed_job(root, "models/gpt2", settings, {"model": [out / MANIFEST]}))
    return out


def imported(root: Path, tokenizer: Path, **said: Any) -> Path:
    """The folder models/mine of a checkpoint with 1,024 positions and GPT-2's padded vocabulary."""
    path, out = root / "ckpt.pt", root / "models/mine"
    sizes = SIZES | {"block_size": 1024, "n_embd": 64} | said
    torch.save({"model": network_weights(sizes), "model_args": sizes}, path)
    model = NanogptModel(path=str(path), tokenizer=tokenizer.name)
    settings = ImportNanogptSpec(
        chat=ChatSpec(**chat_settings(model)), checkpoint=outside(str(path)), gelu=None, tokenizer=tokenizer.name
    )
    files = {"tokenizer": [tokenizer / MANIFEST], "model": [out / MANIFEST]}
    import_nanogpt.build(typed_job(root, "models/mine", settings, files))
    return out

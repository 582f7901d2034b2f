"""Whether two models of a study have the same tokens, as far as it is known before any of them is made or fetched."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gradus.specs.models import TokensSpec
from gradus.study.extended import chain_of, first_of, tokens_spec
from gradus.study.settings.models import AnyModel, ExtendedModel, FolderModel, NanogptModel, PretrainedModel, TextModel


def known_to_differ(models: Mapping[str, AnyModel], one: str, other: str) -> bool:
    """Pretrained models of a study share a tokenizer where they have as many tokens. Of folders the files are read.

    Domain tokens that were added to one alone, or only reserved in one, make a difference. The tokenizer of a nanoGPT
    checkpoint, or of a model on a text, is another model's, which is not looked up.
    """
    if _added(models, one) != _added(models, other):
        return True
    names = [first_of(models, name) for name in (one, other)]
    first = [models[name] for name in names]
    if any(isinstance(model, NanogptModel | TextModel) for model in first):
        return False
    made = [isinstance(model, PretrainedModel) for model in first]
    if all(made):
        return _size(first[0]) != _size(first[1])
    if any(made):
        return True
    vocabularies = [_vocabulary(model) for model in first]
    return names[0] != names[1] and None not in vocabularies and vocabularies[0] != vocabularies[1]


def _added(models: Mapping[str, AnyModel], name: str) -> list[TokensSpec | None]:
    """The families that were added to a model here, the last one first."""
    chain = [models[one] for one in chain_of(models, name)]
    return [tokens_spec(model.tokens) for model in chain if isinstance(model, ExtendedModel)]


def _size(model: AnyModel) -> tuple[int, TokensSpec | None]:
    assert isinstance(model, PretrainedModel)
    return model.architecture.vocab_size, tokens_spec(model.tokens)


def _vocabulary(model: AnyModel) -> Any:
    """None where it is not known, or the folder is no model's, which others tell."""
    file = Path(model.path, "tokenizer.json") if isinstance(model, FolderModel) else None
    if file is None or not file.is_file():
        return None
    try:
        said = json.loads(file.read_bytes())
        return said["model"]["vocab"], said.get("added_tokens")
    except (ValueError, KeyError, TypeError):
        return None

"""Texts that a study pretrains on: whether they are there, and whether the models that read them fit them."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gradus.corpora.texts import KINDS
from gradus.hub.lock import is_repo_name
from gradus.problems.raw.files import data_files
from gradus.provenance.errors import GradusError
from gradus.study.mistakes import Mistake
from gradus.study.settings.base import shown
from gradus.study.settings.corpora import TextCorpus
from gradus.study.settings.models import TextModel
from gradus.vocabulary.named import token_family

OF_THE_TEXT = ("path", "repo", "files", "column", "separator")
"""Keys that say what a text is; the others what is made of it."""


def text_of(study: Any, name: str) -> str:
    """The first corpus of the study with the same text, which is downloaded and searched once."""
    wanted = study.corpora[name].model_dump(include={*OF_THE_TEXT})
    return next(one for one, text in study.corpora.items() if text.model_dump(include={*OF_THE_TEXT}) == wanted)


def shards_of(study: Any, name: str) -> str:
    """The first model that has the same text in the same tokens, which is tokenised once, under that model's name."""

    def tokenised(model: TextModel) -> tuple[Any, ...]:
        vocabulary = model.architecture.vocab_size if model.tokens else 0
        return model.text, model.tokenizer, model.tokens, vocabulary

    models = {one: model for one, model in study.models.items() if isinstance(model, TextModel)}
    return next(one for one, model in models.items() if tokenised(model) == tokenised(models[name]))


def text_mistakes(study: Any, expect: Any) -> Iterator[Mistake]:
    """Of all texts, and of the models that read them."""
    for name, text in study.corpora.items():
        here = ("corpora", name)
        if text.path is None and not is_repo_name(text.repo):
            what = f"{text.repo!r} is not the name of a repository, such as owner/name" if text.repo else "is missing"
            yield (*here, "repo" if text.repo else "path"), f"{what}; name a local file (`path`) or a `repo`"
        elif text.path is not None and (mistake := _path_mistake(text.path)):
            yield (*here, "path"), mistake
    for name, model in study.models.items():
        if isinstance(model, TextModel):
            there = expect(("models", name, "text"), model.text, study.corpora, "corpus")
            named = expect(("models", name, "tokenizer"), model.tokenizer, study.models, "model")
            if named and isinstance(study.models[model.tokenizer], TextModel):
                what = f"{model.tokenizer!r} has its tokenizer from another model too"
                yield ("models", name, "tokenizer"), f"{what}; name the one that both have it from"
            if there:
                mistakes = _mistakes_of(model, study.corpora[model.text])
                yield from ((("models", name, *keys), what) for keys, what in mistakes)


def _mistakes_of(model: TextModel, text: TextCorpus) -> Iterator[Mistake]:
    read = model.steps * model.batch_size * model.sequence_length + 1
    if read > text.tokens:
        what = f"{model.steps:,} steps of {model.batch_size:,} rows read {read:,} tokens, and {model.text!r} has "
        yield ("steps",), f"{what}{text.tokens:,}; lower them, or raise the corpus's `tokens`"
    if model.evaluate_every is not None and not text.eval_tokens:
        yield ("evaluate_every",), f"{model.text!r} holds out nothing to measure by; set its `eval_tokens`"
    if text.eval_tokens and text.eval_tokens <= model.sequence_length:
        what = f"{model.text!r} holds out {text.eval_tokens:,} tokens, less than a row"
        yield ("sequence_length",), f"{what}; raise its `eval_tokens` above {model.sequence_length:,}"
    if model.gpus > 1 and model.optimizer == "muon_adamw":
        yield ("optimizer",), "muon_adamw needs whole matrices, which several GPUs divide; take adamw, or gpus: 1"
    if text.inject is not None:
        own = model.tokens
        written = () if own is None or own.reserved else token_family(own).tokens
        if not {*token_family(text.inject).tokens} <= {*written}:
            what = (
                f"{model.text!r} has tokens injected that the model does not have, and would read as many pieces each"
            )
            yield ("tokens",), f"{what}; give it the same, not reserved, or name a text without"


def _path_mistake(path: str) -> str | None:
    if not os.path.exists(path):
        return f"there is no {shown(path)} (from {Path.cwd()}); correct the path, or fetch the text to it"
    try:
        files = data_files(Path(path), kinds=KINDS)
    except GradusError as error:
        return str(error)
    unreadable = next((str(file) for file in files if not os.access(file, os.R_OK)), None)
    return unreadable and f"{unreadable!r} may not be read by this user; change its permissions, or copy it"

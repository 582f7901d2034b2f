"""Where an answer ends: the one place that says which tokens end what a model writes."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from gradus.models.tokenizer import load_tokenizer
from gradus.prompts.chat import REMEDY, ChatTemplate
from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json

CONFIGS = ("generation_config.json", "config.json")


@dataclass(frozen=True)
class Ends:
    """ids: the tokens after which nothing is generated. The first one closes answers in the chat template.

    Published models disagree with themselves: Qwen2.5's base names `<|endoftext|>` in all its configs, and its chat
    template closes an answer with `<|im_end|>`, which is what fine-tuning teaches. Whatever any of the files names ends
    an answer, in all samplers and rollouts alike.
    """

    ids: tuple[int, ...]

    @classmethod
    def load(cls, folder: str | Path) -> "Ends":
        """Of the model in a folder. Raises GradusError where its answers would have no end."""
        return cls.of(Path(folder), load_tokenizer(folder), ChatTemplate.load(folder))

    @classmethod
    def of(cls, folder: Path, tokenizer: Tokenizer, template: ChatTemplate) -> "Ends":
        eos = template.special_tokens.get("eos_token")
        named = [] if eos is None else [token_id(tokenizer, eos, f"{folder}/tokenizer_config.json: eos_token")]
        closing = token_id(tokenizer, closing_token(tokenizer, template), template.source)
        others = {*named, *config_ids(folder, tokenizer)} - {closing}
        return cls((closing, *sorted(others)))


def closing_token(tokenizer: Tokenizer, template: ChatTemplate) -> str:
    """What a chat template closes an answer with: eos_token where it writes that, else the first special token.

    Raises GradusError where it writes neither.
    """
    after, eos = template.after_answer(), template.special_tokens.get("eos_token")
    if eos and eos in after:
        return eos
    special = [token.content for token in tokenizer.get_added_tokens_decoder().values() if token.special]
    found = [(after.index(token), -len(token), token) for token in special if token in after]
    if not found:
        raise GradusError(
            f"{template.source} writes {after!r} after an answer, in which there is neither the eos_token "
            f"({eos or 'none is named'}) nor another special token of tokenizer.json: {REMEDY}, or its eos_token"
        )
    return min(found)[2]


def token_id(tokenizer: Tokenizer, text: str, where: str) -> int:
    """The token that is this text. Raises GradusError where it is none, or several; `where` says who names it."""
    known = tokenizer.token_to_id(text)
    ids = [known] if known is not None else tokenizer.encode(text, add_special_tokens=False).ids
    if len(ids) != 1:
        raise GradusError(f"{where}: {text!r} is not one token of tokenizer.json but {len(ids)}: name another token")
    return ids[0]


def config_ids(folder: Path, tokenizer: Tokenizer) -> list[int]:
    """The eos_token_id of generation_config.json and config.json, of models that read images too that of their text."""
    found: list[int] = []
    for name in CONFIGS:
        config: dict[str, Any] = read_json(folder / name) if (folder / name).is_file() else {}
        for part in (config, config.get("text_config") or {}):
            ids = part.get("eos_token_id")
            found += ids if isinstance(ids, list) else [] if ids is None else [ids]
    for number in found:
        if tokenizer.id_to_token(number) is None:
            raise GradusError(f"{folder}: eos_token_id {number} is no token of tokenizer.json: correct it there")
    return list(dict.fromkeys(found))
